import { describe, expect, it } from 'vitest';
import { type FleetSpecInput, FleetSpecSchema, toFleetSpec } from '../../../../lambda/control-loop/api';
import { resources } from '../../../../lambda/control-loop/contract/names';
import { startDeadline } from '../../../../lambda/control-loop/observe/deadline';
import { observeKubernetes } from '../../../../lambda/control-loop/observe/kubernetes';
import { createTickCaches, tick } from '../../../../lambda/control-loop/tick';
import type { FakePorts } from '../../../support/fake-ports';
import { chatSpec, chatWorld, NOW_SECONDS, rfc3339, ruleArn, targetGroupArn } from '../../../support/fake-world';

/** Two pods on nodes of each of three pools: those of g5 on spot and on-demand nodes. */
const world = (): FakePorts => chatWorld({}, { ready: { inf2: { 'inf2-spot': 2 }, g5: { 'g5-spot': 2, 'g5-od': 2 } } });

interface Leaving {
  readonly deletedSecondsAgo?: number;
  readonly capacityType?: string;
  /** Since it was created. */
  readonly ageSeconds?: number;
  readonly expireAfter?: string;
  /** Types of conditions that are true. */
  readonly conditions?: readonly string[];
}

/** Makes the node of one pod of g5 leave. */
const leave = (fake: FakePorts, nodeClaim: string, leaving: Leaving): void => {
  const { deletedSecondsAgo, capacityType, ageSeconds, expireAfter, conditions = [] } = leaving;
  const claim = fake.kubernetes.read(resources.nodeClaims, nodeClaim);
  const status = claim.status as { readonly conditions: readonly object[] };
  fake.kubernetes.put(resources.nodeClaims, {
    ...claim,
    metadata: {
      ...claim.metadata,
      ...(ageSeconds !== undefined && { creationTimestamp: rfc3339(NOW_SECONDS - ageSeconds) }),
      ...(deletedSecondsAgo !== undefined && { deletionTimestamp: rfc3339(NOW_SECONDS - deletedSecondsAgo) }),
      labels: { ...claim.metadata.labels, ...(capacityType !== undefined && { 'karpenter.sh/capacity-type': capacityType }) },
    },
    spec: { ...(claim.spec as object), ...(expireAfter !== undefined && { expireAfter }) },
    status: { ...status, conditions: [...status.conditions, ...conditions.map((type) => ({ type, status: 'True' }))] },
  });
};

const SPOT = 'g5-spot-g5chat0';
const ON_DEMAND = 'g5-od-g5chat0';

const observe = async (fake: FakePorts, spec: FleetSpecInput = chatSpec()) => {
  const deadline = startDeadline(10);
  const fleet = { ...toFleetSpec(FleetSpecSchema.parse(spec)), name: 'chat', namespace: 'default' };
  const { units } = await observeKubernetes(fake.ports.kubernetes, deadline, [fleet], NOW_SECONDS);
  deadline.cancel();
  const { readyPodsByPool, leavingPods } = units.get('default/chat/g5')!;
  const knownValue = (signal: { readonly known: boolean; readonly value?: unknown }) => (signal.known ? signal.value : undefined);
  return { ready: knownValue(readyPodsByPool), leaving: knownValue(leavingPods) };
};

describe('a ready pod on a node that is being deleted', () => {
  it.each<[string, string, Leaving]>([
    ['by drift', SPOT, { deletedSecondsAgo: 20, capacityType: 'spot', conditions: ['DisruptionReason'] }],
    ['by drift, on demand', ON_DEMAND, { deletedSecondsAgo: 20, capacityType: 'on-demand', conditions: ['DisruptionReason'] }],
    ['by expiry', SPOT, { deletedSecondsAgo: 20, capacityType: 'spot', ageSeconds: 3_600 * 24, expireAfter: '23h59m30s' }],
    ['for longer than a notice of EC2 leaves, by expiry or by hand', SPOT, { deletedSecondsAgo: 600, capacityType: 'spot' }],
  ])('%s serves until it is evicted, and leaves', async (_name, nodeClaim, leaving) => {
    const fake = world();
    leave(fake, nodeClaim, leaving);
    expect(await observe(fake)).toEqual({ ready: { 'g5-spot': 2, 'g5-od': 2 }, leaving: 1 });
  });

  it.each<[string, Leaving, Readonly<Record<string, number>>]>([
    [SPOT, { deletedSecondsAgo: 20, capacityType: 'spot' }, { 'g5-spot': 1, 'g5-od': 2 }],
    [SPOT, { deletedSecondsAgo: 20, capacityType: 'spot', ageSeconds: 3_600 * 23, expireAfter: '24h' }, { 'g5-spot': 1, 'g5-od': 2 }],
    [SPOT, { deletedSecondsAgo: 20, capacityType: 'spot', ageSeconds: 3_600 * 23, expireAfter: 'Never' }, { 'g5-spot': 1, 'g5-od': 2 }],
    // EC2 announces the retirement of on-demand instances too.
    [ON_DEMAND, { deletedSecondsAgo: 20, capacityType: 'on-demand' }, { 'g5-spot': 2, 'g5-od': 1 }],
  ])('by what may be a notice of EC2 (%s) serves two minutes at most, and counts as gone', async (nodeClaim, leaving, ready) => {
    const fake = world();
    leave(fake, nodeClaim, leaving);
    expect(await observe(fake)).toEqual({ ready, leaving: 0 });
  });
});

describe('ready pods of a NodePool that is deleted', () => {
  const claims = [SPOT, 'g5-spot-g5chat1'];

  it.each([
    ['is gone', (fake: FakePorts) => fake.kubernetes.remove(resources.nodePools, 'g5-spot')],
    [
      'is going',
      (fake: FakePorts) => {
        const pool = fake.kubernetes.read(resources.nodePools, 'g5-spot');
        fake.kubernetes.put(resources.nodePools, { ...pool, metadata: { ...pool.metadata, deletionTimestamp: rfc3339(NOW_SECONDS - 5) } });
      },
    ],
  ])('and %s serve until they are evicted, from the first second on, and leave', async (_name, remove) => {
    const fake = world();
    remove(fake);
    for (const claim of claims) leave(fake, claim, { deletedSecondsAgo: 2, capacityType: 'spot' });
    expect(await observe(fake)).toEqual({ ready: { 'g5-spot': 2, 'g5-od': 2 }, leaving: 2 });
  });

  it('count as those that a fleet does not name, once its spec has another pool in its place', async () => {
    const fake = world();
    fake.kubernetes.remove(resources.nodePools, 'g5-spot');
    for (const claim of claims) leave(fake, claim, { deletedSecondsAgo: 2, capacityType: 'spot' });
    const spec = chatSpec();
    const without = {
      ...spec,
      units: spec.units.map((unit) => ({ ...unit, pools: unit.pools.filter((name) => name !== 'g5-spot') })),
      pools: spec.pools.filter(({ name }) => name !== 'g5-spot'),
    };
    expect(await observe(fake, without)).toEqual({ ready: { '': 2, 'g5-od': 2 }, leaving: 2 });
  });
});

describe('nodes that have drifted', () => {
  it('are replaced one of a pool at a time: so many pods leave', async () => {
    const fake = world();
    for (const claim of [SPOT, 'g5-spot-g5chat1', ON_DEMAND, 'g5-od-g5chat1']) leave(fake, claim, { conditions: ['Drifted'] });
    expect(await observe(fake)).toEqual({ ready: { 'g5-spot': 2, 'g5-od': 2 }, leaving: 2 });
  });

  it('count those of a node that is drained already, and no other of its pool', async () => {
    const fake = world();
    leave(fake, SPOT, { conditions: ['Drifted'] });
    leave(fake, 'g5-spot-g5chat1', { deletedSecondsAgo: 5, capacityType: 'spot', conditions: ['Drifted', 'DisruptionReason'] });
    expect(await observe(fake)).toEqual({ ready: { 'g5-spot': 2, 'g5-od': 2 }, leaving: 1 });
  });
});

describe('a unit whose nodes leave', () => {
  const tickOf = (fake: FakePorts) =>
    tick(fake.ports, { deadlineSeconds: fake.nowSeconds + 50, trigger: 'schedule', caches: createTickCaches() });
  const floorOf = (fake: FakePorts): number => fake.kubernetes.read(resources.scaledObjects, 'g5', 'default').spec.minReplicaCount;
  const shareOf = (fake: FakePorts): number => {
    const weights = fake.rules.get(ruleArn('chat'))!;
    return weights[targetGroupArn('g5')]! / Object.values(weights).reduce((sum, weight) => sum + weight, 0);
  };

  it('keeps its traffic while a disruption budget blocks the drain, and asks for successors', async () => {
    const [undisturbed, drained] = [world(), world()];
    for (const claim of [SPOT, 'g5-spot-g5chat1', ON_DEMAND, 'g5-od-g5chat1']) {
      leave(drained, claim, { deletedSecondsAgo: 600, capacityType: 'on-demand' });
    }
    await tickOf(undisturbed);
    await tickOf(drained);
    expect(shareOf(drained)).toBeCloseTo(shareOf(undisturbed), 2);
    expect(floorOf(drained)).toBe(floorOf(undisturbed) + 4);
  });
});
