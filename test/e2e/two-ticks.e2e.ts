import { describe, expect, it } from 'vitest';
import { annotations, resources } from '../../lambda/control-loop/contract/names';
import type { TickRecord } from '../../lambda/control-loop/tick';
import { until } from './cluster/wait';
import { useCluster } from './support/bed';
import { addChatFleet, type ChatFleet, putTraffic } from './support/fleet';
import { limitsOf, loopWith, withLimits } from './support/limits';
import { createLoop } from './support/loop';
import { grantLoopRights } from './support/loop-rights';
import { isRunning, podsOf } from './support/workload';

let fleet: ChatFleet;

const bed = useCluster({}, async (started) => {
  // A share goes no further than what ready pods serve within the objective: one that a pod of each unit meets whatever its share.
  fleet = await addChatFleet(started, { objective: { latencySeconds: 10 } }, { scaler: 'HorizontalPodAutoscaler' });
  await grantLoopRights(started);
  for (const unit of ['inf2', 'g5'])
    putTraffic(started, fleet.router, unit, { requestsPerMinute: 20, latencySeconds: 0.5, healthyHosts: 1 });
  await until('a running pod of each unit', 120, async () => {
    const pods = await Promise.all(['inf2', 'g5'].map((unit) => podsOf(started, { fleet: 'chat', unit })));
    return pods.every((list) => list.some(isRunning));
  });
});

const outcomes = ({ writes }: TickRecord): readonly string[] => writes.map(({ outcome }) => outcome);

describe('two ticks at once', () => {
  it('have one that wins and one that stops before its first write', async () => {
    let arrived = 0;
    const meet = () =>
      loopWith(bed(), (kubernetes) => ({
        replaceStatus: async (...given) => {
          arrived += 1;
          await until('the other tick to have decided', 60, () => arrived === 2);
          return kubernetes.replaceStatus(...given);
        },
      }));
    const records = await Promise.all([meet().tick({ decide: withLimits(5) }), meet().tick({ decide: withLimits(6) })]);
    const results = records.map(({ fleets }) => fleets[0]?.outcome);
    expect([...results].sort()).toEqual(['Acted', 'Conflict']);
    const winner = results.indexOf('Acted');
    expect(new Set(outcomes(records[winner] as TickRecord))).toEqual(new Set(['Done']));
    expect((records[winner] as TickRecord).writes.length).toBeGreaterThanOrEqual(4);
    expect(records[1 - winner]?.writes).toEqual([]);
    expect(records[1 - winner]?.fleets[0]?.message).toMatch(/another tick ran/);
    // All of one decision, nothing of the other.
    expect(new Set(await limitsOf(bed()))).toEqual(new Set([winner === 0 ? 5 : 6]));
  });
});

describe('an AWS that falters', () => {
  it.each([
    ['throttles once', { kind: 'Throttle' }],
    ['fails once', { kind: 'ServerError' }],
    ['breaks off an answer', { kind: 'Cut' }],
  ] as const)('and %s is asked again, and the weights are written', async (_, fault) => {
    await bed().api.patch(resources.inferenceFleets, 'chat', 'default', {
      metadata: {
        annotations: {
          [annotations.overrides]: overrideOfShare(fault.kind === 'Throttle' ? 0.3 : fault.kind === 'Cut' ? 0.4 : 0.6),
        },
      },
    });
    const end = bed().aws.faults.inject({ service: 'elasticloadbalancing', action: 'ModifyRule' }, fault, 1);
    const record = await createLoop(bed()).tick();
    end();
    const write = record.writes.find(({ object }) => object.startsWith('ListenerRule'));
    expect(write).toMatchObject({ outcome: 'Done' });
    expect(await fleet.router.weights()).toMatchObject({ inf2: Number(write?.fields.inf2) });
  });
});

const overrideOfShare = (value: number): string =>
  JSON.stringify([
    { field: 'share/inf2', value, owner: 'test', reason: 'to have weights written', until: new Date(Date.now() + 600_000).toISOString() },
  ]);
