import { basename } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect } from 'vitest';
import { progress } from '../cluster/cache';
import { givenKubeconfig } from '../cluster/given';
import { startGivenCluster } from '../cluster/given-cluster';
import { startTestBed, type TestBed, type TestBedOptions, type TestCluster } from '../cluster/test-bed';
import { LOOP_GROUP, LOOP_USER } from './loop';

/** Whether tests of this file must be skipped, because they do to a cluster what cannot be done to one that is not theirs; then says so. */
export const cannot = (what: string): boolean => {
  if (givenKubeconfig() === undefined) return false;
  progress(`skipped on the given cluster: ${basename(expect.getState().testPath ?? '')}: tests that ${what}`);
  return true;
};

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
  const tellState = async (when: string): Promise<void> => {
    if (cluster) process.stderr.write(`\n=== ${when} ===\n${await cluster.describe()}\n`);
  };
  beforeAll(async () => {
    cluster = await start();
    try {
      await prepare?.(cluster);
    } catch (error) {
      await tellState('preparation');
      throw error;
    }
  });
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') await tellState(task.name);
  });
  afterAll(() => cluster?.stop());
  return () => {
    if (cluster === undefined) throw new Error('the cluster is not up yet');
    return cluster;
  };
};
