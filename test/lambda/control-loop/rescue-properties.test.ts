import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resources } from '../../../lambda/control-loop/contract/names';
import { KubernetesError } from '../../../lambda/control-loop/errors';
import { createTickCaches, tick } from '../../../lambda/control-loop/tick';
import type { FakePorts } from '../../support/fake-ports';
import { chatSpec, chatWorld, NOW_SECONDS, ruleArn, targetGroupArn } from '../../support/fake-world';

const UNITS = ['inf2', 'g5', 'l4'] as const;

/** Everything that may go wrong around a dead unit, as long as its pods and the router can be seen and the router can be written. */
const trouble = fc.record({
  dead: fc.constantFrom(...UNITS),
  alsoDead: fc.boolean(),
  weights: fc.tuple(fc.integer({ min: 1, max: 999 }), fc.integer({ min: 1, max: 999 }), fc.integer({ min: 1, max: 999 })),
  missing: fc.option(fc.constantFrom(...UNITS), { nil: undefined }),
  stranger: fc.boolean(),
  failures: fc.subarray([
    'kubernetes.apply',
    'kubernetes.jsonPatch',
    'kubernetes.replaceStatus',
    'kubernetes.create',
    'kubernetes.list events',
    'kubernetes.list nodepools',
    'kubernetes.list scaledobjects',
    'kubernetes.list deployments',
    'kubernetes.list horizontalpodautoscalers',
    'cloudWatch.getMetricData',
    'ec2.describeSpotPriceHistory',
    'ec2.describeInstanceTypeOfferings',
  ]),
  status: fc.constantFrom(0, 403, 409, 422, 500),
  // Another writer sets the weights between the ticks, as it likes.
  edited: fc.option(fc.tuple(fc.nat(999), fc.nat(999), fc.nat(999)), { nil: undefined }),
  malformed: fc.boolean(),
  paused: fc.constantFrom(undefined, 'up', 'down', 'all'),
  policy: fc.constantFrom('TwoMode' as const, 'Static' as const),
  secondsBetween: fc.constantFrom(2, 60, 300),
});

type Trouble = typeof trouble extends fc.Arbitrary<infer T> ? T : never;

const worldOf = (given: Trouble): { readonly fake: FakePorts; readonly dead: readonly string[] } => {
  const dead = UNITS.filter((unit, index) => unit === given.dead || (given.alsoDead && index === (UNITS.indexOf(given.dead) + 1) % 3));
  const [inf2, g5] = chatSpec().units as [ReturnType<typeof chatSpec>['units'][number], ReturnType<typeof chatSpec>['units'][number]];
  const l4 = { ...g5, name: 'l4', deployment: 'l4', scaler: { ...g5.scaler, name: 'l4' }, targetGroupArn: targetGroupArn('l4') };
  const ready = Object.fromEntries(
    UNITS.map((unit) => [unit, dead.includes(unit) ? {} : { [unit === 'inf2' ? 'inf2-spot' : 'g5-spot']: 2 }]),
  );
  const fake = chatWorld(
    { units: [inf2, g5, l4], policy: { name: given.policy } },
    { ready, ...(given.paused && { annotations: { 'adaptive-inference.dev/pause': given.paused } }) },
  );
  setWeights(fake, given.weights);
  const rule = fake.rules.get(ruleArn('chat'))!;
  // A missing target group leaves one alive in the rule, or there is nowhere to move to.
  if (given.missing !== undefined && UNITS.some((unit) => unit !== given.missing && !dead.includes(unit))) {
    delete rule[targetGroupArn(given.missing)];
  }
  if (given.stranger) rule[targetGroupArn('stranger')] = 100;
  if (given.malformed) {
    const [claim] = fake.kubernetes.all(resources.nodeClaims);
    fake.kubernetes.put(resources.nodeClaims, { ...claim!, metadata: { ...claim!.metadata, name: 'bad' }, status: { conditions: 'bad' } });
  }
  return { fake, dead };
};

const setWeights = (fake: FakePorts, weights: readonly number[]): void => {
  const rule = fake.rules.get(ruleArn('chat'))!;
  const next = { ...rule };
  UNITS.forEach((unit, index) => {
    if (targetGroupArn(unit) in rule) next[targetGroupArn(unit)] = weights[index]!;
  });
  fake.rules.set(ruleArn('chat'), next);
};

describe('the traffic of a dead unit', () => {
  it('is gone within two ticks in every world in which another unit lives, also where a person pauses all', async () => {
    await fc.assert(
      fc.asyncProperty(trouble, async (given) => {
        const { fake, dead } = worldOf(given);
        for (let index = 0; index < 2; index += 1) {
          fake.restart();
          fake.nowSeconds = NOW_SECONDS + index * given.secondsBetween;
          for (const failure of given.failures) fake.failures.set(failure, new KubernetesError('refused', given.status));
          await tick(fake.ports, { deadlineSeconds: fake.nowSeconds + 50, trigger: 'event', caches: createTickCaches() });
          if (index === 0 && given.edited !== undefined) setWeights(fake, given.edited);
        }
        const rule = fake.rules.get(ruleArn('chat'))!;
        for (const unit of dead) expect(rule[targetGroupArn(unit)] ?? 0).toBe(0);
        const living = UNITS.filter((unit) => !dead.includes(unit) && targetGroupArn(unit) in rule);
        // What a person sets to zero while all is paused is meant.
        const isMeant = given.paused === 'all' && given.edited?.every((weight) => weight === 0) === true;
        expect(living.some((unit) => rule[targetGroupArn(unit)]! > 0)).toBe(!isMeant);
      }),
      { seed: 20_261_130, numRuns: 150 },
    );
  });
});
