import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Gives a run a temporary folder of its own, gone when it ends: each synthesized `App` leaves its assembly behind, of up to 60 MB with the
 * bundles of its functions.
 */
export const setup = (): (() => void) => {
  const folder = mkdtempSync(join(tmpdir(), 'adaptive-inference-tests-'));
  process.env.TMPDIR = folder;
  return () => rmSync(folder, { recursive: true, force: true });
};
