import { defineConfig } from 'vitest/config';

export default defineConfig({
  // The examples import the package by its name.
  resolve: {
    alias: [{ find: /^cdk-adaptive-inference$/, replacement: `${__dirname}/lib/index.ts` }],
  },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['./test/support/temporary-folder.ts'],
    reporters: ['default', './test/support/tally-reporter.ts'],
    // Guards against a hang, not a measure of speed.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    // Two workers on two cores: the twin and the synthesis are CPU bound.
    maxWorkers: 2,
    pool: 'forks',
  },
});
