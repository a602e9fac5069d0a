import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Gives a run a temporary folder of its own, gone when it ends: each `App` leaves an assembly behind. The assemblies go without copies of
 * their functions' code, of up to 60 MB each; `npm run test:package` makes whole ones.
 */
export const setup = (): (() => void) => {
  const folder = mkdtempSync(join(tmpdir(), 'adaptive-inference-tests-'));
  process.env.TMPDIR = folder;
  process.env.CDK_CONTEXT_JSON = JSON.stringify({ 'aws:cdk:disable-asset-staging': true });
  return () => rmSync(folder, { recursive: true, force: true });
};
