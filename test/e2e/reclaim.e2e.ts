import { expect, it } from 'vitest';
import { resources } from '../../lambda/control-loop/contract/names';
import { launchFailures, poolFinder } from '../../lambda/control-loop/observe/shortage-events';
import type { TestBed } from './cluster/test-bed';
import { until } from './cluster/wait';
import { describeOnTestBed, useTestBed } from './support/bed';
import { addPool, nodeClaimsOf } from './support/pools';
import { addUnit, isRunning, podsOf } from './support/workload';

const bed = useTestBed('have EC2 reclaim instances', {}, async (started) => {
  const types = { capacityType: 'spot', instanceTypes: ['g5.xlarge'] } as const;
  await addPool(started, { ...types, name: 'g5-spot', weight: 80, zones: ['us-west-2a'] });
  await addPool(started, { ...types, name: 'g5-od', capacityType: 'on-demand', weight: 20, limitDevices: 1 });
});

const UNIT = { fleet: 'chat', unit: 'g5' };
const running = async (started: TestBed): Promise<number> => (await podsOf(started, UNIT)).filter(isRunning).length;

const exhausted = async () =>
  (await bed().api.list(resources.events, { namespace: 'default', fieldSelector: 'reason=NoCompatibleInstanceTypes' })).items;

describeOnTestBed('a spot notice', () => {
  it('for the only offering of a pool has Karpenter call the pool exhausted, which is not taken for a refusal', async () => {
    await addUnit(bed(), { ...UNIT, replicas: 1 });
    await until('a running pod', 60, async () => (await running(bed())) === 1);
    const [claim] = await nodeClaimsOf(bed(), 'g5-spot');
    const instanceId = String(claim?.status.providerID).split('/').at(-1) ?? '';
    await bed().aws.instances.reclaim([instanceId], { afterSeconds: 60 });
    await until(
      'the pod to run on the next pool',
      60,
      async () => (await nodeClaimsOf(bed(), 'g5-od')).length === 1 && (await running(bed())) === 1,
    );
    expect(bed().aws.capacity.refused).toEqual([]);
    const events = await until('the event', 30, async () => {
      const found = await exhausted();
      return found.length > 0 && found;
    });
    expect(events.map(({ involvedObject }) => involvedObject.name)).toEqual(['g5-spot']);
    expect([...launchFailures(events, poolFinder(['g5-spot', 'g5-od'])).keys()]).toEqual([]);
  });
});
