import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    reporters: ['default', './test/support/tally-reporter.ts'],
    testTimeout: 120_000,
    // Two workers on two cores: the twin and the synthesis are CPU bound.
    maxWorkers: 2,
    pool: 'forks',
  },
});
