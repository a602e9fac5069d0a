import { describe, expect, it } from 'vitest';
import { ScenarioSchema } from '../../sim/inputs/scenario';
import { run } from '../../sim/run';
import { pool, RULE_ARN, unit } from './twin/harness';

const CAP_SECONDS = 600;
const LOAD_SECONDS = 1200;
const LIFT_SECONDS = 3600;

/**
 * Pods of one and of four devices on one pool that EC2 gives no more than what runs, eight devices. The small unit is at its maximum; the
 * load then asks for a second large pod.
 */
const scenario = ScenarioSchema.parse({
  name: 'large-pod-waits',
  description: 'A pod of four devices waits for a pool in a shortage that pods of one device use too.',
  startTime: '2026-01-01T00:00:00Z',
  durationSeconds: 5400,
  fleet: {
    objective: { latencySeconds: 1.5 },
    resilience: 0,
    router: { listenerRuleArn: RULE_ARN },
    units: [
      unit('small', ['g5'], { minimumReplicas: 3, maximumReplicas: 3 }),
      unit('large', ['g5'], { devicesPerPod: 4, profile: { throughputPerMinute: 300, latencySeconds: 0.6, coldStartSeconds: 120 } }),
    ],
    pools: [
      pool('g5', {
        instanceTypes: [
          { name: 'g5.xlarge', devices: 1, priceUsdPerHour: 1 },
          { name: 'g5.12xlarge', devices: 4, priceUsdPerHour: 5.6 },
        ],
      }),
    ],
  },
  initialReplicas: { small: 3, large: 1 },
  clients: {
    kind: 'open-loop',
    requestsPerMinute: {
      kind: 'steps',
      rows: [
        { timestampSeconds: 0, value: 200 },
        { timestampSeconds: LOAD_SECONDS, value: 600 },
      ],
    },
  },
  availability: { reclaim: 'none' },
});

const availability = [
  { timestampSeconds: CAP_SECONDS, pool: 'g5', devices: 8 },
  { timestampSeconds: LIFT_SECONDS, pool: 'g5', devices: null },
];

describe('a pod of four devices that waits for a pool in a shortage', () => {
  it('is launched within minutes of the return of capacity', async () => {
    const { series } = await run({
      scenario: { scenario, availability, baseDirectory: '.' },
      policy: 'two-mode',
      seed: 1,
    });
    const readyAt = (seconds: number) => series.readyPodsByPool.g5![seconds / 60]!;
    expect(readyAt(LIFT_SECONDS)).toBe(4);
    // A retry of Karpenter, a cold start and two ticks.
    expect(readyAt(LIFT_SECONDS + 600)).toBeGreaterThan(4);
  });
});
