import { describe, expect, it } from 'vitest';
import type { RunResult } from '../../sim/results/result';
import { run } from '../../sim/run';
import { type SteadyWorld, steadyWorld } from './worlds/steady';

/** Two thirds of a peak of 450 requests a minute. */
const REQUESTS_PER_MINUTE = 300;
const ADDED = 3600;
const THEN = 7200;
const PART = 0.05;

const canaryIn = async (
  resilience: number,
  then: Partial<NonNullable<SteadyWorld['deployments']>[number]>,
  reality: SteadyWorld['reality'] = {},
) => {
  const deployments = [{ atSeconds: ADDED, addUnits: ['canary'] }, ...(Object.keys(then).length > 0 ? [{ atSeconds: THEN, ...then }] : [])];
  const world: SteadyWorld = {
    resilience,
    requestsPerMinute: REQUESTS_PER_MINUTE,
    durationSeconds: 3 * 3600,
    canaryShare: PART,
    deployments,
    reality,
  };
  return run({ scenario: steadyWorld(world), policy: 'two-mode', seed: 1 });
};

const shareAt = ({ series }: RunResult, seconds: number): number => series.shareByUnit.canary![seconds / 60]!;
const sharesFrom = ({ series }: RunResult, seconds: number): readonly number[] => series.shareByUnit.canary!.slice(seconds / 60);

describe.each([0, 1])('a canary on the pools of another unit, resilience %d, seed 1', (resilience) => {
  it('gets its part when its pods are ready, and holds it', async () => {
    const result = await canaryIn(resilience, {});
    expect(shareAt(result, ADDED + 120)).toBe(0);
    for (const share of sharesFrom(result, ADDED + 1200)) {
      expect(share).toBeGreaterThan(0.8 * PART);
      expect(share).toBeLessThan(1.02 * PART);
    }
    expect(result.summary.failed).toBe(0);
  });

  it('loses it within two ticks after a minute in which it answers with 5xx is known, and no other request fails', async () => {
    const result = await canaryIn(resilience, {}, { failingRequests: [{ unit: 'canary', fromSeconds: THEN }] });
    expect(shareAt(result, THEN)).toBeGreaterThan(0.8 * PART);
    // The minute is over after 60 s and in CloudWatch a minute later.
    expect(shareAt(result, THEN + 120 + 120)).toBe(0);
    // It is tried once more, half an hour after its last bad minute, for as long.
    const lost = sharesFrom(result, THEN + 240).filter((share) => share > 0).length;
    expect(lost).toBeLessThanOrEqual(2 * 4);
    expect(result.summary.failed).toBeLessThanOrEqual(3 * 4 * PART * REQUESTS_PER_MINUTE * 1.5);
  });

  it('takes the share of a unit like the others once it is promoted, and no request fails', async () => {
    const result = await canaryIn(resilience, { promoteUnits: ['canary'] });
    expect(shareAt(result, THEN)).toBeLessThan(1.02 * PART);
    expect(shareAt(result, THEN + 1800)).toBeGreaterThan(0.2);
    expect(result.summary.failed).toBe(0);
  });

  it('is gone once it is retired, and no request fails', async () => {
    const result = await canaryIn(resilience, { removeUnits: ['canary'] });
    expect(shareAt(result, THEN + 900)).toBe(0);
    expect(result.summary.failed).toBe(0);
  });
});
