import { describe, expect, it } from 'vitest';
import { highestRate, waitsLonger } from '../../../sim/bounds/deterministic-queue';

const factorial = (n: number): number => (n <= 1 ? 1 : n * factorial(n - 1));

/** A. K. Erlang's formula of 1909 for one server: P(W <= t) = (1 - a) sum_{k <= t/D} (-a (t/D - k))^k / k! e^{a (t/D - k)}. */
const erlangTail = (load: number, services: number): number => {
  let within = 0;
  for (let k = 0; k <= Math.floor(services); k++) {
    const rest = load * (services - k);
    within += ((-rest) ** k / factorial(k)) * Math.exp(rest);
  }
  return 1 - (1 - load) * within;
};

describe('The queue with equal service times', () => {
  it.each([
    [0.3, 0],
    [0.5, 0.3],
    [0.8, 1.5],
    [0.9, 4],
  ])('with one server waits as Erlang computed: load %d, longer than %d services', (load, services) => {
    expect(waitsLonger(1, load, 1, services)).toBeCloseTo(erlangTail(load, services), 5);
  });

  it('waits never without load, and always where more arrives than is served', () => {
    expect(waitsLonger(4, 0, 1, 0)).toBe(0);
    expect(waitsLonger(4, 4, 1, 0)).toBe(1);
  });

  /** Simulated elsewhere, with service times that vary by 5 %: requests per minute within 1.5 s for 99.9 % and 99 %. */
  it.each([
    ['inf2', 0.67, [4, 44, 107, 263, 687], [15, 73, 150, 313, 740]],
    ['trn1', 0.51, [17, 96, 197, 416, 975], [36, 132, 238, 458, 1041]],
    ['g6', 0.96, [0, 5, 23, 90, 341], [1, 18, 52, 142, 415]],
  ] as const)('serves within the objective what simulations of %s found, or a little more', (_, serviceSeconds, strict, loose) => {
    for (const [mayMiss, simulated] of [
      [0.001, strict],
      [0.01, loose],
    ] as const) {
      for (const [index, servers] of [1, 2, 3, 5, 10].entries()) {
        const ratePerMinute = 60 * highestRate(servers, serviceSeconds, 1.5 - serviceSeconds, mayMiss);
        expect(ratePerMinute).toBeGreaterThan(simulated[index]! - 1.5);
        expect(ratePerMinute).toBeLessThan(simulated[index]! * 1.09 + 6);
      }
    }
  });
});
