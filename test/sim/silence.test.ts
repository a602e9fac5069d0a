import { expect, it } from 'vitest';
import { run } from '../../sim/run';
import { steadyWorld } from './worlds/steady';

const PEAK_SECONDS = 5400;
const IDLE_SECONDS = 5 * 3600;

/** 1,200 requests a minute until the peak ends, then as few as stated for five hours. */
const nightAfterPeak = (requestsPerMinute: number) => {
  const world = steadyWorld({ resilience: 0, durationSeconds: PEAK_SECONDS - 1800 + IDLE_SECONDS });
  const rows = [
    { timestampSeconds: 0, value: 1200 },
    { timestampSeconds: PEAK_SECONDS, value: requestsPerMinute },
  ];
  const clients = { kind: 'open-loop' as const, burstiness: 1, requestsPerMinute: { kind: 'steps' as const, rows } };
  return { ...world, scenario: { ...world.scenario, clients } };
};

it('a fleet that nobody asks for anything costs what it costs with a trickle, and comes to its minimum', async () => {
  const idle = async (requestsPerMinute: number) => {
    const { series } = await run({ scenario: nightAfterPeak(requestsPerMinute), policy: 'two-mode', seed: 1 });
    const pods = Object.values(series.readyPodsByPool).reduce((sum, ofPool) => sum + ofPool.at(-1)!, 0);
    const costUsd = series.costUsdPerHour.slice(PEAK_SECONDS / 60).reduce((sum, rate) => sum + rate / 60, 0);
    return { pods, costUsd };
  };
  const silence = await idle(0);
  const trickle = await idle(3);
  expect(silence.pods).toBe(2);
  expect(silence.costUsd).toBeLessThan(1.05 * trickle.costUsd);
});
