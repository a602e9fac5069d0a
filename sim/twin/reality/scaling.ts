import type { Reality } from '../../inputs/reality';
import { changesOf, holdsAt } from './windows';

/** Deployments that do not follow their scalers. */
export interface Scaling {
  /** Whether nothing scales the Deployment of a unit at a time. */
  isUnscaled(unit: string, timeSeconds: number): boolean;
  /** Whether the API server refuses to create its pods. */
  isRefusedPods(unit: string, timeSeconds: number): boolean;
  /** When either may change. */
  readonly changesSeconds: readonly number[];
}

export const scalingOf = ({ stuckScaling }: Reality): Scaling => {
  const causeOf = (unit: string, timeSeconds: number) =>
    stuckScaling.findLast((entry) => entry.unit === unit && holdsAt(entry, timeSeconds))?.cause;
  return {
    isUnscaled: (unit, timeSeconds) => causeOf(unit, timeSeconds) === 'autoscaler',
    isRefusedPods: (unit, timeSeconds) => causeOf(unit, timeSeconds) === 'quota',
    changesSeconds: changesOf(stuckScaling),
  };
};
