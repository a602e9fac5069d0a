import { describe, expect, it } from 'vitest';
import { figuresWithout, type LostSignal } from './worlds/lost-signals';

/** A tenth of a percentage point. */
const MAX_ATTAINMENT_LOST = 0.001;
const MAX_COST_FACTOR = 1.1;

const kubernetes = (kind: 'InferenceFleet' | 'NodePool' | 'NodeClaim' | 'ScaledObject' | 'Deployment' | 'Pod' | 'Event'): LostSignal => ({
  signal: 'kubernetes',
  kind,
  answer: 'error',
});

describe('an hour without one signal, begun when a pool is lost and its limit is lowered', () => {
  const whole = figuresWithout();

  it.each<[string, LostSignal]>([
    ['metrics, for the loop', { signal: 'cloudwatch', readers: 'loop', answer: 'error' }],
    ['metrics, for loop and scalers', { signal: 'cloudwatch', readers: 'all', answer: 'error' }],
    ['values in the metrics', { signal: 'cloudwatch', readers: 'all', answer: 'empty' }],
    ['spot prices', { signal: 'spot-prices', answer: 'error' }],
    ['the weights of the router', { signal: 'router', answer: 'error' }],
    ['NodePools', kubernetes('NodePool')],
    ['NodeClaims', kubernetes('NodeClaim')],
    ['scalers', kubernetes('ScaledObject')],
    ['Deployments', kubernetes('Deployment')],
    ['pods', kubernetes('Pod')],
    ['Events', kubernetes('Event')],
    ['the API server', { signal: 'kubernetes', answer: 'throttled' }],
    // Without its fleets no tick decides anything: the loop is as good as dead.
    ['the loop', kubernetes('InferenceFleet')],
  ])('%s: costs at most 0.1 points of attainment and a tenth more', async (_what, signal) => {
    const { attainment, costUsd } = await whole;
    const lost = await figuresWithout(signal);
    expect(lost.attainment).toBeGreaterThanOrEqual(attainment - MAX_ATTAINMENT_LOST);
    expect(lost.costUsd).toBeLessThanOrEqual(costUsd * MAX_COST_FACTOR);
  });
});
