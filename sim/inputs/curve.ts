import type { Curve } from './scenario';

/** Index of the last of the rows that begins at or before the time; -1 before the first. */
const rowIndex = (rows: readonly { readonly timestampSeconds: number }[], timeSeconds: number): number => {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (rows[middle]!.timestampSeconds <= timeSeconds) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low - 1;
};

/** Number of whole steps up to the time. Division alone can round a step's own beginning down into the step before. */
const stepIndex = (stepSeconds: number, timeSeconds: number): number => {
  const index = Math.floor(timeSeconds / stepSeconds);
  return (index + 1) * stepSeconds <= timeSeconds ? index + 1 : index;
};

/**
 * Value of a curve at a time.
 *
 * A cosine is held from the beginning of each step. Its cosine is rounded to 1e-6, because engines may differ in the
 * last bits of a cosine. Steps are 0 before their first row.
 */
export const curveValue = (curve: Curve, timeSeconds: number): number => {
  switch (curve.kind) {
    case 'constant':
      return curve.value;
    case 'cosine': {
      const heldSeconds = stepIndex(curve.stepSeconds, timeSeconds) * curve.stepSeconds;
      const cosine = Math.round(Math.cos((2 * Math.PI * (heldSeconds + curve.phaseSeconds)) / curve.periodSeconds) * 1e6) / 1e6;
      return curve.minimum + ((curve.maximum - curve.minimum) * (1 - cosine)) / 2;
    }
    case 'steps':
      return curve.rows[rowIndex(curve.rows, timeSeconds)]?.value ?? 0;
  }
};

/** The first time after `timeSeconds` at which the curve may take another value; infinity when it never will. */
export const nextCurveChange = (curve: Curve, timeSeconds: number): number => {
  switch (curve.kind) {
    case 'constant':
      return Number.POSITIVE_INFINITY;
    case 'cosine':
      return (stepIndex(curve.stepSeconds, timeSeconds) + 1) * curve.stepSeconds;
    case 'steps':
      return curve.rows[rowIndex(curve.rows, timeSeconds) + 1]?.timestampSeconds ?? Number.POSITIVE_INFINITY;
  }
};
