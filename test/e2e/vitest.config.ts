import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: join(import.meta.dirname, '../..'),
    include: ['test/e2e/**/*.e2e.ts'],
    globalSetup: [join(import.meta.dirname, 'global-setup.ts')],
    reporters: ['default', join(import.meta.dirname, '../support/tally-reporter.ts')],
    // Guards against a hang; every wait has a deadline of its own.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    // Each file has a cluster of its own, of about 700 MB and a fraction of a core; most of its time it waits.
    maxWorkers: 3,
    pool: 'forks',
  },
});
