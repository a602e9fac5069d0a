import { expect, it } from 'vitest';
import { runBedCampaign } from '../campaign/bed/run';
import { progress } from './cluster/cache';
import { describeOnTestBed, useTestBed } from './support/bed';

const FAULTS = [
  'the API server is killed',
  'a stranger sets the limit of a pool',
  'all pods of a unit crash again and again',
  'AWS throttles a call',
  'the loop is killed at a write',
  'a right of the loop is withdrawn',
];
const WAVES = 3;

const bed = useTestBed('kill programs, crash pods, withdraw rights and have AWS refuse calls', { keda: true });

describeOnTestBed('random faults on real programs', () => {
  it(`break no invariant in ${WAVES} waves, and the loop recovers from each; npm run campaign -- --bed tries all of them for longer`, async () => {
    const result = await runBedCampaign(bed(), { seed: 1, waves: WAVES, faults: FAULTS, atOnce: 3, tell: progress });
    expect(result.violations).toEqual([]);
    expect(result.waves).toBe(WAVES);
    expect(Object.keys(result.faults).sort()).toEqual([...FAULTS].sort());
    // Two ticks under the faults of each wave at least, and one after them.
    expect(result.ticks).toBeGreaterThanOrEqual(3 * WAVES);
  });
});
