import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { givenKubeconfig } from './cluster/given';

const isGiven = givenKubeconfig() !== undefined;

export default defineConfig({
  test: {
    root: join(import.meta.dirname, '../..'),
    include: ['test/e2e/**/*.e2e.ts'],
    globalSetup: [join(import.meta.dirname, 'global-setup.ts')],
    reporters: ['default', join(import.meta.dirname, '../support/tally-reporter.ts')],
    // Guards against a hang; every wait has a deadline of its own.
    testTimeout: isGiven ? 7_200_000 : 1_200_000,
    hookTimeout: isGiven ? 7_200_000 : 1_200_000,
    // Each file has a cluster of its own, of about 700 MB and a fraction of a core; most of its time it waits.
    // Of a given cluster each file has the whole.
    maxWorkers: isGiven ? 1 : 3,
    pool: 'forks',
  },
});
