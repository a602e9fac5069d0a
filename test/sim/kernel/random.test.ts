import { describe, expect, it } from 'vitest';
import { randomStreams } from '../../../sim/kernel/random';

const draws = (count: number, draw: () => number): number[] => Array.from({ length: count }, draw);

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

const variance = (values: readonly number[]): number => {
  const center = mean(values);
  return mean(values.map((value) => (value - center) * (value - center)));
};

const correlation = (ones: readonly number[], others: readonly number[]): number => {
  const [a, b] = [mean(ones), mean(others)];
  return mean(ones.map((one, index) => (one - a) * (others[index]! - b))) / Math.sqrt(variance(ones) * variance(others));
};

const COUNT = 200_000;

describe('random streams', () => {
  it('give the same numbers for the same seed and purpose, whatever else was drawn', () => {
    const one = randomStreams(7);
    const other = randomStreams(7);
    draws(100, () => other('service').uniform());
    const first = one('arrivals');
    const second = other('arrivals');
    expect(draws(50, () => first.uniform())).toEqual(draws(50, () => second.uniform()));
  });

  it('are uncorrelated between purposes and between neighbouring seeds', () => {
    const streams = [randomStreams(1)('a'), randomStreams(1)('b'), randomStreams(2)('a'), randomStreams(11)('a')];
    const values = streams.map((stream) => draws(COUNT, () => stream.uniform()));
    for (let one = 0; one < values.length; one += 1) {
      for (let other = one + 1; other < values.length; other += 1) {
        // Four standard deviations of a correlation of independent numbers: 4 / sqrt(COUNT).
        expect(Math.abs(correlation(values[one]!, values[other]!))).toBeLessThan(4 / Math.sqrt(COUNT));
      }
    }
  });

  it('draw uniform numbers in [0, 1)', () => {
    const stream = randomStreams(3)('test');
    const values = draws(COUNT, () => stream.uniform());
    expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
    const cells = new Array<number>(100).fill(0);
    for (const value of values) cells[Math.floor(value * 100)]! += 1;
    const chiSquare = cells.reduce((sum, count) => sum + (count - COUNT / 100) ** 2 / (COUNT / 100), 0);
    // 99.9 % quantile of chi-square with 99 degrees of freedom: 148.2.
    expect(chiSquare).toBeLessThan(148.2);
  });

  const stream = randomStreams(5)('moments');
  it.each([
    ['exponential', () => stream.exponential(), 1, 1],
    ['normal', () => stream.normal(), 0, 1],
    // A log-normal with mean 2 and coefficient of variation 0.5 has the standard deviation 1.
    ['log-normal', () => stream.logNormal(2, 0.5), 2, 1],
    // A gamma with mean 1 has the variance 1 / shape.
    ['gamma of shape 4', () => stream.gamma(4), 1, 0.25],
    ['gamma of shape 1', () => stream.gamma(1), 1, 1],
    ['gamma of shape 0.25', () => stream.gamma(0.25), 1, 4],
  ])('draw %s numbers with the right mean and variance', (_name, draw, expectedMean, expectedVariance) => {
    const values = draws(COUNT, draw);
    expect(Math.abs(mean(values) - expectedMean)).toBeLessThan(4 * Math.sqrt(expectedVariance / COUNT));
    expect(Math.abs(variance(values) / expectedVariance - 1)).toBeLessThan(0.05);
  });

  it('draw normal numbers with the right tails', () => {
    const normal = randomStreams(6)('tails');
    const values = draws(COUNT, () => normal.normal());
    const beyond = (limit: number): number => values.filter((value) => Math.abs(value) > limit).length / COUNT;
    // Two-sided tail probabilities of the standard normal.
    expect(Math.abs(beyond(1) - 0.3173)).toBeLessThan(0.005);
    expect(Math.abs(beyond(2) - 0.0455)).toBeLessThan(0.002);
    expect(Math.abs(beyond(3) - 0.0027)).toBeLessThan(0.0006);
  });

  it('refuse a gamma distribution without shape', () => {
    expect(() => randomStreams(1)('x').gamma(0)).toThrow('shape 0, expected more than 0');
  });
});
