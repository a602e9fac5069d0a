import { describe, expect, it } from 'vitest';
import { type Estimate, estimateMeanWait, estimateMeanWaitOfQueue, type Station } from './mean-wait';

/**
 * Mean waits in units of the mean service time.
 *
 * M/M/c by Erlang's formula C (Erlang 1917; Kleinrock, "Queueing Systems" volume 1, 1975, section 3.5): with offered load
 * a = c rho, C = a^c/c!/(1 - rho) / (sum over k < c of a^k/k! + a^c/c!/(1 - rho)), the mean wait is C / (c (1 - rho)).
 * For c = 4, rho = 0.5: a = 2, C = (16/24/0.5) / (1 + 2 + 2 + 8/6 + 16/24/0.5) = 4/23, and the wait is (4/23)/2 = 2/23.
 *
 * M/D/1 by the formula of Pollaczek and Khinchine (Kleinrock, section 5.6): rho / (2 (1 - rho)).
 */
const stations: readonly (Station & { readonly name: string; readonly expectedSeconds: number })[] = [
  { name: 'M/M/1', servers: 1, utilisation: 0.5, service: 'exponential', requestsPerBatch: 100_000, expectedSeconds: 1 },
  { name: 'M/M/1', servers: 1, utilisation: 0.8, service: 'exponential', requestsPerBatch: 50_000, expectedSeconds: 4 },
  { name: 'M/M/1', servers: 1, utilisation: 0.95, service: 'exponential', requestsPerBatch: 100_000, expectedSeconds: 19 },
  { name: 'M/M/4', servers: 4, utilisation: 0.5, service: 'exponential', requestsPerBatch: 150_000, expectedSeconds: 0.0869565 },
  { name: 'M/M/4', servers: 4, utilisation: 0.8, service: 'exponential', requestsPerBatch: 50_000, expectedSeconds: 0.7455406 },
  { name: 'M/M/4', servers: 4, utilisation: 0.95, service: 'exponential', requestsPerBatch: 100_000, expectedSeconds: 4.457095 },
  { name: 'M/M/16', servers: 16, utilisation: 0.8, service: 'exponential', requestsPerBatch: 200_000, expectedSeconds: 0.09527622 },
  { name: 'M/M/16', servers: 16, utilisation: 0.95, service: 'exponential', requestsPerBatch: 200_000, expectedSeconds: 0.9752406 },
  { name: 'M/D/1', servers: 1, utilisation: 0.5, service: 'deterministic', requestsPerBatch: 50_000, expectedSeconds: 0.5 },
  { name: 'M/D/1', servers: 1, utilisation: 0.8, service: 'deterministic', requestsPerBatch: 50_000, expectedSeconds: 2 },
  { name: 'M/D/1', servers: 1, utilisation: 0.95, service: 'deterministic', requestsPerBatch: 50_000, expectedSeconds: 9.5 },
];

const check = (name: string, { meanWaitSeconds, halfWidthSeconds }: Estimate, expectedSeconds: number): void => {
  console.info(
    `${name}: mean wait ${meanWaitSeconds.toPrecision(5)} s, 95 % confidence interval +- ${((100 * halfWidthSeconds) / expectedSeconds).toFixed(2)} %, ` +
      `theory ${expectedSeconds} s`,
  );
  expect(halfWidthSeconds).toBeLessThan(0.015 * expectedSeconds);
  expect(Math.abs(meanWaitSeconds - expectedSeconds)).toBeLessThan(0.02 * expectedSeconds);
};

describe('the mean wait in a pod is the one of queueing theory within 2 %', () => {
  it.each(stations)('$name at utilisation $utilisation', ({ name, expectedSeconds, ...station }) => {
    check(`${name} at ${station.utilisation}`, estimateMeanWait(station), expectedSeconds);
  });

  it('M/M/16 at utilisation 0.5, where one request in a hundred waits', () => {
    check('M/M/16 at 0.5', estimateMeanWaitOfQueue({ servers: 16, utilisation: 0.5, requestsPerBatch: 3_000_000 }), 0.001127351);
  });
});
