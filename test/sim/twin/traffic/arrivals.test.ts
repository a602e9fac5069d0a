import { describe, expect, it } from 'vitest';
import { randomStreams } from '../../../../sim/kernel/random';
import { type Arrivals, RateArrivals, RecordedArrivals } from '../../../../sim/twin/traffic/arrivals';

const timesBefore = (arrivals: Arrivals, endSeconds: number): number[] => {
  const times: number[] = [];
  for (let time = arrivals.next(); time < endSeconds; time = arrivals.next()) times.push(time);
  return times;
};

const squaredVariation = (values: readonly number[]): number => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0) / values.length / (mean * mean);
};

const gapsOf = (times: readonly number[]): number[] => times.slice(1).map((time, index) => time - times[index]!);

const of = (curve: ConstructorParameters<typeof RateArrivals>[0], burstiness: number) =>
  new RateArrivals(curve, burstiness, randomStreams(4)('arrivals'));

describe('open-loop arrivals', () => {
  it.each([
    [0.25, 0.02],
    [1, 0.03],
    [4, 0.05],
    [16, 0.1],
  ])('of burstiness %d have that squared coefficient of variation between requests', (burstiness, tolerance) => {
    const times = timesBefore(of({ kind: 'constant', value: 600 }, burstiness), 30_000);
    expect(Math.abs(squaredVariation(gapsOf(times)) / burstiness - 1)).toBeLessThan(tolerance);
    // 300,000 requests expected, with a variance of burstiness times that.
    expect(Math.abs(times.length - 300_000)).toBeLessThan(4 * Math.sqrt(burstiness * 300_000));
  });

  it('of burstiness 0 are evenly spaced', () => {
    expect(timesBefore(of({ kind: 'constant', value: 30 }, 0), 9)).toEqual([2, 4, 6, 8]);
  });

  it('follow the rate, through times without any', () => {
    const rows = [
      { timestampSeconds: 0, value: 0 },
      { timestampSeconds: 100, value: 60 },
      { timestampSeconds: 110, value: 0 },
      { timestampSeconds: 200, value: 120 },
      { timestampSeconds: 203, value: 0 },
    ];
    const arrivals = of({ kind: 'steps', rows }, 0);
    const times = Array.from({ length: 17 }, () => arrivals.next());
    // One a second for ten seconds: the tenth falls on the end of the rate, and so on the beginning of the next one.
    expect(times.slice(0, 9)).toEqual([101, 102, 103, 104, 105, 106, 107, 108, 109]);
    expect(times.slice(9)).toEqual([200, 200.5, 201, 201.5, 202, 202.5, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
  });

  it('vary in operational time: the burstiness is the stated one though the rate changes', () => {
    const rows = Array.from({ length: 3_000 }, (_, row) => ({ timestampSeconds: row * 10, value: row % 2 === 0 ? 60 : 600 }));
    const times = timesBefore(of({ kind: 'steps', rows }, 2), 30_000);
    // Requests expected until a time: 1 a second in even rows, 10 a second in odd ones.
    const expectedUntil = (time: number): number => {
      const row = Math.floor(time / 10);
      return Math.floor(row / 2) * 110 + (row % 2) * 10 + (time - row * 10) * (row % 2 === 0 ? 1 : 10);
    };
    expect(Math.abs(squaredVariation(gapsOf(times.map(expectedUntil))) / 2 - 1)).toBeLessThan(0.05);
  });

  it('can be given one by one', () => {
    const arrivals = new RecordedArrivals([1, 1, 2.5]);
    expect([arrivals.next(), arrivals.next(), arrivals.next(), arrivals.next(), arrivals.next()]).toEqual([
      1,
      1,
      2.5,
      Number.POSITIVE_INFINITY,
      Number.POSITIVE_INFINITY,
    ]);
    expect(() => new RecordedArrivals([2, 1])).toThrow('Arrival 1 was given the time 1 s, expected at least 2 s');
  });

  it('refuse a burstiness that is none', () => {
    expect(() => of({ kind: 'constant', value: 1 }, -1)).toThrow('burstiness -1, expected a number of at least 0');
  });
});
