import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import { cannot, givenKubeconfig } from '../cluster/given';
import { startGivenCluster } from '../cluster/given-cluster';
import { startTestBed, type TestBed, type TestBedOptions, type TestCluster } from '../cluster/test-bed';
import { LOOP_GROUP, LOOP_USER } from './loop';

/** A group of tests that need a cluster of their own: skipped with a given cluster. */
export const describeOnTestBed = describe.skipIf(givenKubeconfig() !== undefined);

/**
 * A cluster of its own for the tests of one file, all in `describeOnTestBed`, for they do what cannot be done to any other: `what` says
 * it, after "tests that". After a failed test the cluster's state is printed.
 */
export const useTestBed = (what: string, options: TestBedOptions = {}, prepare?: (bed: TestBed) => Promise<void>): (() => TestBed) => {
  cannot(what);
  return use(() => startTestBed(options), prepare);
};

/** A cluster for the tests of one file: the given one, or one of its own. After a failed test its state is printed. */
export const useCluster = (options: TestBedOptions = {}, prepare?: (cluster: TestCluster) => Promise<void>): (() => TestCluster) =>
  use<TestCluster>(
    () => (givenKubeconfig() === undefined ? startTestBed(options) : startGivenCluster({ user: LOOP_USER, groups: [LOOP_GROUP] })),
    prepare,
  );

const use = <T extends TestCluster>(start: () => Promise<T>, prepare?: (cluster: T) => Promise<void>): (() => T) => {
  let cluster: T | undefined;
  beforeAll(async () => {
    cluster = await start();
    await prepare?.(cluster);
  });
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail' && cluster) process.stderr.write(`\n=== ${task.name} ===\n${await cluster.describe()}\n`);
  });
  afterAll(() => cluster?.stop());
  return () => {
    if (cluster === undefined) throw new Error('the cluster is not up yet');
    return cluster;
  };
};
