import { describe, expect, it } from 'vitest';
import { curveValue, nextCurveChange } from '../../../sim/inputs/curve';
import type { Curve } from '../../../sim/inputs/scenario';

const day = { kind: 'cosine', minimum: 1, maximum: 101, periodSeconds: 54_000, stepSeconds: 1_200, phaseSeconds: 0 } as const;
const steps: Curve = {
  kind: 'steps',
  rows: [
    { timestampSeconds: 60, value: 5 },
    { timestampSeconds: 120, value: 0 },
    { timestampSeconds: 300, value: 7 },
  ],
};

describe('a curve', () => {
  it('of one value has it always', () => {
    expect(curveValue({ kind: 'constant', value: 3 }, 1e9)).toBe(3);
    expect(nextCurveChange({ kind: 'constant', value: 3 }, 0)).toBe(Number.POSITIVE_INFINITY);
  });

  it('of a cosine goes from its minimum to its maximum in half a period', () => {
    expect(curveValue(day, 0)).toBe(1);
    // cos(pi / 3) = 1/2: a sixth of the period, 9,000 s, is not the beginning of a step; the step begins at 8,400 s.
    // cos(2 pi 8400 / 54000) = 0.559193, so 1 + 100 (1 - 0.559193) / 2 = 23.04035.
    expect(curveValue(day, 9_000)).toBeCloseTo(23.04035, 9);
    // Between 26,400 s and 27,600 s the cosine is at its least step: cos(2 pi 26400 / 54000) = -0.997564.
    expect(curveValue(day, 27_000)).toBeCloseTo(1 + (100 * 1.997564) / 2, 9);
    expect(curveValue({ ...day, stepSeconds: 1_000 }, 27_000)).toBe(101);
    expect(curveValue({ ...day, phaseSeconds: 27_600 }, 27_000)).toBe(1);
  });

  it('of a cosine holds its value for each step and changes at its beginning', () => {
    expect(curveValue(day, 1_199.999)).toBe(curveValue(day, 0));
    expect(curveValue(day, 1_200)).not.toBe(curveValue(day, 0));
    expect(nextCurveChange(day, 0)).toBe(1_200);
    expect(nextCurveChange(day, 1_199.999)).toBe(1_200);
    expect(nextCurveChange(day, 1_200)).toBe(2_400);
  });

  it('of steps that binary numbers cannot hold still advances step by step', () => {
    const fine = { ...day, stepSeconds: 0.1 };
    let timeSeconds = 0;
    for (let step = 1; step <= 10_000; step += 1) {
      const next = nextCurveChange(fine, timeSeconds);
      expect(next).toBe(step * 0.1);
      timeSeconds = next;
    }
  });

  it('of rows holds each value until the next row, and is 0 before the first', () => {
    expect([0, 59, 60, 119, 120, 299, 300, 1e9].map((timeSeconds) => curveValue(steps, timeSeconds))).toEqual([0, 0, 5, 5, 0, 0, 7, 7]);
    expect([0, 60, 119, 120, 300].map((timeSeconds) => nextCurveChange(steps, timeSeconds))).toEqual([
      60,
      120,
      120,
      300,
      Number.POSITIVE_INFINITY,
    ]);
  });
});
