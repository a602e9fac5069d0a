import { expect, it } from 'vitest';
import { resources } from '../../lambda/control-loop/contract/names';
import { launchFailures, poolFinder } from '../../lambda/control-loop/observe/shortage-events';
import type { KubernetesObject } from '../../lambda/control-loop/ports';
import { ZONES } from './aws/moto-client';
import { until } from './cluster/wait';
import { describeOnTestBed, useTestBed } from './support/bed';
import { addPool, nodeClaimsOf } from './support/pools';
import { addUnit, isRunning, podsOf, unitName } from './support/workload';

const UNIT = { fleet: 'chat', unit: 'g5' };

const bed = useTestBed('take EC2 capacity away from Karpenter', {}, async (started) => {
  await addPool(started, { name: 'g5-spot', capacityType: 'spot', instanceTypes: ['g5.xlarge', 'g5.2xlarge'], weight: 80 });
  await addPool(started, { name: 'g5-od', capacityType: 'on-demand', instanceTypes: ['g5.xlarge', 'g5.2xlarge'], weight: 20 });
  await addUnit(started, { ...UNIT, replicas: 0 });
});

/** Asks for so many pods more than there are. */
const add = async (pods: number): Promise<void> => {
  const { spec } = await bed().api.get(resources.deployments, unitName(UNIT), 'default');
  await bed().api.patch(resources.deployments, unitName(UNIT), 'default', { spec: { replicas: spec.replicas + pods } });
};

const eventsOf = async (reason: string): Promise<readonly KubernetesObject[]> => {
  const { items } = await bed().api.list(resources.events, { namespace: 'default', fieldSelector: `reason=${reason}` });
  return items;
};

const failuresOf = async () => {
  const events = [...(await eventsOf('InsufficientCapacityError')), ...(await eventsOf('NoCompatibleInstanceTypes'))];
  return launchFailures(events, poolFinder(['g5-spot', 'g5-od']));
};

describeOnTestBed('a shortage of the top pool', () => {
  it('is told by an event on the NodeClaim and one on the NodePool, and the next pool takes over', async () => {
    const before = Math.floor(Date.now() / 1000);
    bed().aws.capacity.shortage({ capacityType: 'spot' });
    await add(2);
    await until('two running pods', 90, async () => (await podsOf(bed(), UNIT)).filter(isRunning).length === 2);
    expect(await nodeClaimsOf(bed(), 'g5-od')).toHaveLength(2);
    await until('the refused NodeClaims to be gone', 30, async () => (await nodeClaimsOf(bed(), 'g5-spot')).length === 0);

    const refusals = await eventsOf('InsufficientCapacityError');
    expect(refusals.length).toBeGreaterThan(0);
    for (const event of refusals) {
      expect(event).toMatchObject({
        type: 'Warning',
        involvedObject: { kind: 'NodeClaim', name: expect.stringMatching(/^g5-spot-[a-z0-9]{5}$/) },
        source: { component: 'karpenter' },
        eventTime: null,
        count: 1,
        message: expect.stringMatching(
          /^NodeClaim g5-spot-\w{5} event: creating instance, insufficient capacity, with fleet error\(s\), InsufficientInstanceCapacity: There is no Spot capacity available that matches your request\. \(aws-error-code=UnfulfillableCapacity, /,
        ),
      });
      expect(event.series).toBeUndefined();
    }
    const [exhausted] = await until('the event on the NodePool', 30, async () => {
      const events = await eventsOf('NoCompatibleInstanceTypes');
      return events.length > 0 && events;
    });
    expect(exhausted).toMatchObject({
      involvedObject: { kind: 'NodePool', name: 'g5-spot' },
      message: 'NodePool requirements filtered out all compatible available instance types',
    });

    const failures = (await failuresOf()).get('g5-spot') ?? [];
    expect(failures.length).toBeGreaterThanOrEqual(refusals.length);
    for (const { zone, atSeconds } of failures) {
      expect(zone).toBe('unknown');
      expect(atSeconds).toBeGreaterThanOrEqual(before);
      expect(atSeconds).toBeLessThanOrEqual(Date.now() / 1000);
    }
  });

  it('of on-demand capacity names a zone, of which the event holds but one however many refused', async () => {
    bed().aws.capacity.shortage({ capacityType: 'spot' });
    bed().aws.capacity.shortage({ capacityType: 'on-demand' });
    await add(1);
    const [event] = await until('the event', 60, async () => {
      const events = (await eventsOf('InsufficientCapacityError')).filter(({ involvedObject }) => involvedObject.name.startsWith('g5-od-'));
      return events.length > 0 && events;
    });
    expect(event?.message).toMatch(/Availability Zone you requested \(us-west-2[abc]\)/);
    expect(event?.message).toMatch(/\.\.\.$/);
    const refusedZones = new Set(bed().aws.capacity.refused.flatMap(({ pool, zone }) => (pool === 'g5-od' ? [zone] : [])));
    expect(refusedZones).toEqual(new Set(ZONES));
    const failures = ((await failuresOf()).get('g5-od') ?? []).filter(({ zone }) => zone !== 'unknown');
    expect(failures).toHaveLength(1);
    expect(ZONES).toContain(failures[0]?.zone);
  });
});
