import { randomStreams } from '../kernel/random';

/** A mean over seeds, and between what it lies with a confidence of 95 %. */
export interface Estimate {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

export const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

const RESAMPLES = 2000;
const TAIL = 0.025;

/**
 * Mean and 95 % interval by the percentile bootstrap (B. Efron, R. J. Tibshirani, "An Introduction to the Bootstrap", 1993, section 13.3).
 * Draws are seeded: the same values give the same interval. One value has no spread, and its interval is itself.
 */
export const estimate = (values: readonly number[]): Estimate => {
  const stream = randomStreams(1)('bootstrap');
  const means = Array.from({ length: RESAMPLES }, () => mean(values.map(() => values[Math.floor(stream.uniform() * values.length)]!))).sort(
    (left, right) => left - right,
  );
  const at = (part: number): number => means[Math.round(part * (RESAMPLES - 1))]!;
  return { mean: mean(values), low: at(TAIL), high: at(1 - TAIL) };
};
