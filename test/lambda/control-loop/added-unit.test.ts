import { describe, expect, it } from 'vitest';
import { createTickCaches, type TickRecord, tick } from '../../../lambda/control-loop/tick';
import type { FakePorts } from '../../support/fake-ports';
import { addNodeClaim, addPod, chatWorld, type FleetState, ruleArn, targetGroupArn } from '../../support/fake-world';

const run = (fake: FakePorts): Promise<TickRecord> =>
  tick(fake.ports, { deadlineSeconds: fake.nowSeconds + 50, trigger: 'schedule', caches: createTickCaches() });

const weightOf = (fake: FakePorts, unit: string): number | undefined => fake.rules.get(ruleArn('chat'))?.[targetGroupArn(unit)];

/** The chat fleet after a deployment that added g5: its target group is in the rule with weight 0. */
const withNewG5 = (state: FleetState = {}): FakePorts =>
  chatWorld({}, { weights: { inf2: 999, g5: 0 }, ready: { inf2: { 'inf2-spot': 2 }, g5: {} }, ...state });

/** A pod of g5 that became ready so many seconds ago. */
const addReadyPod = (fake: FakePorts, secondsAgo: number): void => {
  addNodeClaim(fake, 'g5-spot-new', 'g5-spot', 'g5.xlarge', 'new-node');
  addPod(fake, 'g5-new', {
    fleet: 'chat',
    unit: 'g5',
    node: 'new-node',
    createdSeconds: fake.nowSeconds - 300,
    readySeconds: fake.nowSeconds - secondsAgo,
  });
};

describe('a unit that was added', () => {
  it('gets no traffic while it has no pod', async () => {
    const fake = withNewG5();
    await run(fake);
    expect(weightOf(fake, 'g5')).toBe(0);
    expect(weightOf(fake, 'inf2')).toBeGreaterThan(0);
  });

  it('gets none in the half minute in which the health checks of the load balancer are not through', async () => {
    const fake = withNewG5();
    addReadyPod(fake, 10);
    await run(fake);
    expect(weightOf(fake, 'g5')).toBe(0);
  });

  it('gets some afterwards', async () => {
    const fake = withNewG5();
    addReadyPod(fake, 40);
    await run(fake);
    expect(weightOf(fake, 'g5')).toBeGreaterThan(0);
  });

  it('gets it at once where no other unit serves', async () => {
    const fake = withNewG5({ ready: { inf2: {}, g5: {} } });
    addReadyPod(fake, 5);
    await run(fake);
    expect([weightOf(fake, 'inf2'), weightOf(fake, 'g5')]).toEqual([0, 999]);
  });

  it('is not taken for a unit that somebody else holds at zero', async () => {
    const fake = withNewG5();
    addReadyPod(fake, 40);
    const record = await run(fake);
    expect(record.decision.fleets[0]!.findings.filter(({ code }) => code === 'Contested')).toEqual([]);
  });
});
