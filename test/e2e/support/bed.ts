import { afterAll, afterEach, beforeAll } from 'vitest';
import { startTestBed, type TestBed, type TestBedOptions } from '../cluster/test-bed';

/** A cluster for the tests of one file; after a failed test its state is printed. */
export const useTestBed = (options: TestBedOptions = {}, prepare?: (bed: TestBed) => Promise<void>): (() => TestBed) => {
  let bed: TestBed | undefined;
  beforeAll(async () => {
    bed = await startTestBed(options);
    await prepare?.(bed);
  });
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail' && bed) process.stderr.write(`\n=== ${task.name} ===\n${await bed.describe()}\n`);
  });
  afterAll(() => bed?.stop());
  return () => {
    if (bed === undefined) throw new Error('the test bed is not up yet');
    return bed;
  };
};
