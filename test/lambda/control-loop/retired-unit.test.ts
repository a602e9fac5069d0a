import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resources } from '../../../lambda/control-loop/contract/names';
import { KubernetesError } from '../../../lambda/control-loop/errors';
import { createTickCaches, type TickRecord, tick } from '../../../lambda/control-loop/tick';
import type { FakePorts } from '../../support/fake-ports';
import {
  addNodeClaim,
  addPod,
  chatSpec,
  chatWorld,
  type FleetState,
  ruleArn,
  steadyMetrics,
  targetGroupArn,
} from '../../support/fake-world';

const OLD = targetGroupArn('old');

const run = (fake: FakePorts): Promise<TickRecord> =>
  tick(fake.ports, { deadlineSeconds: fake.nowSeconds + 50, trigger: 'schedule', caches: createTickCaches() });

const runLater = (fake: FakePorts): Promise<TickRecord> => {
  fake.restart();
  fake.nowSeconds += 60;
  return run(fake);
};

/** The chat fleet with a third unit, of which each has 60 requests a minute; then the spec without that unit, as a deployment leaves it. */
const withoutOld = async (state: FleetState = {}): Promise<FakePorts> => {
  const spec = chatSpec();
  const g5 = spec.units[1]!;
  const old = { ...g5, name: 'old', deployment: 'old', scaler: { ...g5.scaler, name: 'old' }, targetGroupArn: OLD };
  const fake = chatWorld({ units: [...spec.units, old] }, { weights: { inf2: 333, g5: 333, old: 333 }, ...state });
  await run(fake);
  fake.rules.set(ruleArn('chat'), { [targetGroupArn('inf2')]: 333, [targetGroupArn('g5')]: 333, [OLD]: 333 });
  const chat = fake.kubernetes.read(resources.inferenceFleets, 'chat', 'default');
  fake.kubernetes.put(resources.inferenceFleets, { ...chat, spec: { ...chat.spec, units: chat.spec.units.slice(0, 2) } });
  return fake;
};

/** Pods that serve 180 requests a minute within the objective. */
const ROOMY: FleetState = { ready: { inf2: { 'inf2-spot': 6 }, g5: { 'g5-spot': 6 }, old: { 'g5-spot': 1 } } };

const routerFindings = (record: TickRecord): readonly string[] =>
  record.decision.fleets[0]!.findings.filter(({ code }) => code === 'Router').map(({ subject, message }) => `${subject}: ${message}`);

const weightOf = (fake: FakePorts, arn = OLD): number => fake.rules.get(ruleArn('chat'))?.[arn] ?? Number.NaN;

/** Its part of the traffic, 0 to 1. */
const shareOf = (fake: FakePorts, arn = OLD): number =>
  weightOf(fake, arn) / Object.values(fake.rules.get(ruleArn('chat')) ?? {}).reduce((sum, weight) => sum + weight, 0);

const floorOf = (fake: FakePorts, unit: string): number =>
  fake.kubernetes.read(resources.scaledObjects, unit, 'default').spec.minReplicaCount;

describe('the target group of a unit that was removed', () => {
  it('is drained where the pods of the other units serve its requests, and reported with its part of the traffic', async () => {
    const fake = await withoutOld(ROOMY);
    expect(routerFindings(await runLater(fake))).toEqual([
      `${OLD}: a unit that was removed left it behind; it gets 33.3 % of the traffic and is drained`,
    ]);
    expect(weightOf(fake)).toBe(0);
    expect(routerFindings(await runLater(fake))).toEqual([]);
  });

  it('keeps its part while the others have no pods for it, and they grow for all requests', async () => {
    const fake = await withoutOld();
    const before = [floorOf(fake, 'inf2'), floorOf(fake, 'g5')];
    expect(routerFindings(await runLater(fake))).toEqual([
      expect.stringMatching(/left it behind; .* and keeps it: the pods of the other units/),
    ]);
    expect(shareOf(fake)).toBeCloseTo(1 / 3, 2);
    expect(floorOf(fake, 'inf2') + floorOf(fake, 'g5')).toBeGreaterThanOrEqual(before[0]! + before[1]!);
    // 180 requests a minute are more than three pods of 90 to 105 serve within the objective.
    expect(floorOf(fake, 'inf2') + floorOf(fake, 'g5')).toBeGreaterThan(3);
  });

  it('loses it step by step as the pods of the others become ready', async () => {
    const fake = await withoutOld();
    const shares: number[] = [];
    for (const pods of [1, 2, 3, 4, 5, 6]) {
      for (const [unit, pool, type] of [
        ['inf2', 'inf2-spot', 'inf2.xlarge'],
        ['g5', 'g5-spot', 'g5.xlarge'],
      ] as const) {
        addNodeClaim(fake, `${pool}-more${pods}`, pool, type, `more-${pool}-${pods}`);
        if (pods > 1) addPod(fake, `${unit}-more${pods}`, { fleet: 'chat', unit, node: `more-${pool}-${pods}` });
      }
      await runLater(fake);
      shares.push(shareOf(fake));
    }
    expect(shares[0]).toBeCloseTo(1 / 3, 2);
    expect(shares).toEqual([...shares].sort((a, b) => b - a));
    expect(shares.filter((share) => share > 0 && share < 0.3).length).toBeGreaterThan(0);
    expect(shares.at(-1)).toBe(0);
  });

  it('is drained at once where it has no healthy target', async () => {
    const fake = await withoutOld();
    fake.metric = (query, minuteSeconds) =>
      query.metricName === 'HealthyHostCount' && OLD.endsWith(query.dimensions.TargetGroup!) ? 0 : steadyMetrics(60)(query, minuteSeconds);
    await runLater(fake);
    expect(weightOf(fake)).toBe(0);
  });

  it('is drained though the floors are refused', async () => {
    const fake = await withoutOld(ROOMY);
    fake.restart();
    fake.nowSeconds += 60;
    fake.failures.set('kubernetes.jsonPatch', new KubernetesError('admission webhook denied the request: quota', 403));
    await run(fake);
    expect(weightOf(fake)).toBe(0);
  });

  it('keeps its weight while nothing is known of the demand', async () => {
    const fake = await withoutOld(ROOMY);
    fake.metric = () => undefined;
    await runLater(fake);
    expect(weightOf(fake)).toBe(333);
  });

  it('and one that was never of the fleet are told apart: the latter is reported and left alone', async () => {
    const fake = chatWorld();
    const canary = targetGroupArn('canary');
    fake.rules.set(ruleArn('chat'), { ...fake.rules.get(ruleArn('chat')), [canary]: 250 });
    for (let minute = 0; minute < 3; minute += 1) {
      const record = await runLater(fake);
      expect(routerFindings(record)).toEqual([expect.stringContaining('it is of no unit of the fleet and gets')]);
    }
    expect(weightOf(fake, canary)).toBe(250);
  });
});

describe('in every world', () => {
  const pods = fc.integer({ min: 0, max: 8 });
  const weight = fc.integer({ min: 0, max: 999 });

  it('the share of a removed unit never rises among those that serve, traffic goes to ready pods alone, and the whole rule is never empty', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({ inf2: pods, g5: pods, requestsPerMinute: fc.integer({ min: 0, max: 400 }) }),
        fc.record({ inf2: weight, g5: weight, old: fc.integer({ min: 1, max: 999 }) }),
        async ({ inf2, g5, requestsPerMinute }, weights) => {
          const fake = await withoutOld({ ready: { inf2: { 'inf2-spot': inf2 }, g5: { 'g5-spot': g5 }, old: { 'g5-spot': 2 } } });
          fake.metric = steadyMetrics(requestsPerMinute);
          const [inf2Arn, g5Arn] = [targetGroupArn('inf2'), targetGroupArn('g5')];
          fake.rules.set(ruleArn('chat'), { [inf2Arn]: weights.inf2, [g5Arn]: weights.g5, [OLD]: weights.old });
          /** Its part of what it and the units with ready pods get, where they get anything. */
          const share = (): number => {
            const others = (inf2 > 0 ? weightOf(fake, inf2Arn) : 0) + (g5 > 0 ? weightOf(fake, g5Arn) : 0);
            return weightOf(fake) + others === 0 ? 0 : weightOf(fake) / (weightOf(fake) + others);
          };
          for (let minute = 0; minute < 3; minute += 1) {
            const before = share();
            const unitBefore = [weightOf(fake, inf2Arn), weightOf(fake, g5Arn)];
            await runLater(fake);
            // Weights are whole numbers.
            expect(share()).toBeLessThanOrEqual(before + 0.003);
            for (const [index, [arn, ready]] of [[inf2Arn, inf2] as const, [g5Arn, g5] as const].entries()) {
              if (ready === 0 && inf2 + g5 > 0) expect(weightOf(fake, arn)).toBeLessThanOrEqual(unitBefore[index]!);
            }
            expect(Object.values(fake.rules.get(ruleArn('chat')) ?? {}).some((value) => value > 0)).toBe(true);
          }
        },
      ),
      { numRuns: 60, seed: 20261201 },
    );
  });
});
