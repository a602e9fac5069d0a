import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { cannot, givenKubeconfig } from '../cluster/given';
import { startGivenCluster } from '../cluster/given-cluster';
import { startTestBed, type TestBed, type TestBedOptions, type TestCluster } from '../cluster/test-bed';
import { LOOP_GROUP, LOOP_USER } from './loop';

/**
 * A cluster of its own for the tests of one file, which do what cannot be done to any other: `what` says it, after "tests that". With a
 * given cluster they are skipped. After a failed test the cluster's state is printed.
 */
export const useTestBed = (what: string, options: TestBedOptions = {}, prepare?: (bed: TestBed) => Promise<void>): (() => TestBed) => {
  const isSkipped = cannot(what);
  beforeEach(({ skip }) => skip(isSkipped, `tests that ${what}`));
  return use(async () => (isSkipped ? undefined : startTestBed(options)), prepare);
};

/** A cluster for the tests of one file: the given one, or one of its own. After a failed test its state is printed. */
export const useCluster = (options: TestBedOptions = {}, prepare?: (cluster: TestCluster) => Promise<void>): (() => TestCluster) =>
  use<TestCluster>(
    () => (givenKubeconfig() === undefined ? startTestBed(options) : startGivenCluster({ user: LOOP_USER, groups: [LOOP_GROUP] })),
    prepare,
  );

const use = <T extends TestCluster>(start: () => Promise<T | undefined>, prepare?: (cluster: T) => Promise<void>): (() => T) => {
  let cluster: T | undefined;
  beforeAll(async () => {
    cluster = await start();
    if (cluster) await prepare?.(cluster);
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
