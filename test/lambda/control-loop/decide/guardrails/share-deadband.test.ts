import { describe, expect, it } from 'vitest';
import { decideWith } from '../../../../../lambda/control-loop/decide/decide';
import { everyPolicy, fleetOf, inputOf, observationOf, poolOf, type UnitState, unitOf } from '../fixtures';

const fleet = fleetOf({ units: [unitOf('a'), unitOf('b')], pools: [poolOf('a'), poolOf('b')] });

interface Given {
  /** Weights of the rule, of 1,000. */
  readonly weights: readonly [number, number];
  /** Desired share of unit a. */
  readonly share: number;
  readonly isOverride?: true;
  readonly units?: Record<string, UnitState>;
}

/** The share of unit a that is set; `undefined` where the rule stays as it is. Two units of ten pods, 60 requests a minute each. */
const shareOf = ({ weights, share, isOverride, units = {} }: Given): number | undefined => {
  const wish = (value: number) => ({ share: { value, reason: 'desired', ...(isOverride && { isOverride }) } });
  const desired = {
    strategy: 'CostOptimized',
    strategyReason: 'test',
    units: { a: wish(share), b: wish(1 - share) },
    findings: [],
  } as const;
  const stateOf = (name: string, weight: number): UnitState => ({ ready: 10, weight, ...units[name] });
  const observation = observationOf(fleet, { a: stateOf('a', weights[0]), b: stateOf('b', weights[1]) });
  const decision = decideWith(everyPolicy(() => desired))([inputOf(fleet)], observation);
  return decision.fleets[0]!.units.a!.share.value;
};

describe('shares that are set', () => {
  it('stay where the desired ones differ by no more than 2.5 percent of the traffic', () => {
    expect(shareOf({ weights: [600, 400], share: 0.62 })).toBeUndefined();
    expect(shareOf({ weights: [600, 400], share: 0.58 })).toBeUndefined();
    expect(shareOf({ weights: [600, 400], share: 0.63 })).toBeCloseTo(0.63, 9);
    expect(shareOf({ weights: [600, 400], share: 0.57 })).toBeCloseTo(0.57, 9);
  });

  it('stay where a pod in ten is unready for a minute, as long as the others serve the share', () => {
    expect(shareOf({ weights: [600, 400], share: 0.6, units: { a: { ready: 9 } } })).toBeCloseTo(0.6, 9);
    expect(shareOf({ weights: [610, 390], share: 0.6, units: { a: { ready: 9 } } })).toBeUndefined();
  });

  it('move where a unit gets more than its pods serve, however small the difference', () => {
    // Of 120 requests a minute unit a gets 72. Three pods of 60 serve them within the objective, two do not.
    expect(shareOf({ weights: [600, 400], share: 0.59, units: { a: { ready: 3 } } })).toBeUndefined();
    expect(shareOf({ weights: [600, 400], share: 0.59, units: { a: { ready: 2 } } })).toBeLessThan(0.5);
  });

  it('move where a unit gets its first or loses its last request', () => {
    expect(shareOf({ weights: [1000, 0], share: 0.98 })).toBeCloseTo(0.98, 9);
    expect(shareOf({ weights: [980, 20], share: 1 })).toBe(1);
    expect(shareOf({ weights: [980, 20], share: 0.98, units: { b: { ready: 0 } } })).toBe(1);
  });

  it('move to what a person sets, exactly', () => {
    expect(shareOf({ weights: [600, 400], share: 0.61, isOverride: true })).toBeCloseTo(0.61, 9);
  });
});
