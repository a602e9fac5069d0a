import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '../../../../lambda/control-loop/decide/decide';
import { fleetOf, inputOf, observationOf, poolOf, unitOf } from './fixtures';

/** The service time is longer than the objective: then a pod is used to 85 % of its throughput, and no queue is computed. */
const USED = 0.85;

interface Drawn {
  readonly throughputPerMinute: number;
  readonly ready: number;
  readonly hasSpare: boolean;
}

const drawn: fc.Arbitrary<readonly Drawn[]> = fc.array(
  fc.record({ throughputPerMinute: fc.integer({ min: 20, max: 200 }), ready: fc.integer({ min: 0, max: 30 }), hasSpare: fc.boolean() }),
  { minLength: 2, maxLength: 8 },
);

const resilience = fc.constantFrom(0.3, 0.5, 1);

describe('Floors and the loss of any one pool', () => {
  it.each([20, 300, 700])('the pods of the other pools carry the promised part of %d requests a minute', (perUnit) => {
    fc.assert(
      fc.property(drawn, resilience, (units, part) => {
        const fleet = fleetOf({
          objective: { latencySeconds: 0.5 },
          resilience: part,
          units: units.map(({ throughputPerMinute, hasSpare }, index) =>
            unitOf(`u${index}`, {
              pools: hasSpare ? [`p${index}`, `spare${index}`] : [`p${index}`],
              profile: { throughputPerMinute, latencySeconds: 1, coldStartSeconds: 300 },
            }),
          ),
          pools: units.flatMap(({ hasSpare }, index) => [
            poolOf(`p${index}`, { maximumDevices: 1000 }),
            ...(hasSpare ? [poolOf(`spare${index}`, { maximumDevices: 1000 })] : []),
          ]),
        });
        // Floors as low as can be: what is decided is what the demand asks for.
        const states = Object.fromEntries(
          units.map(({ ready }, index) => [`u${index}`, { ready, requestsPerMinute: perUnit, target: 60, floor: 0 }]),
        );
        const one = decide([inputOf(fleet)], observationOf(fleet, states, {})).fleets[0]!;
        const carriedPerMinute = (index: number, pods: number): number => pods * units[index]!.throughputPerMinute * USED;
        const demandPerMinute = perUnit * units.length * part;
        for (const lost of fleet.pools) {
          const carried = fleet.units.map(({ name, pools }, index) => {
            if (!pools.includes(lost.name)) return carriedPerMinute(index, one.units[name]!.floor.value!);
            // A unit that has lost one of its pools keeps the pods that are ready in the other; all of them are ready in its first.
            return lost.name.startsWith('spare') ? carriedPerMinute(index, units[index]!.ready) : 0;
          });
          const sum = carried.reduce((total, rate) => total + rate, 0);
          expect(sum, `without ${lost.name}`).toBeGreaterThanOrEqual(demandPerMinute - 1e-6);
        }
      }),
      { seed: 20_261_201, numRuns: 200 },
    );
  });
});
