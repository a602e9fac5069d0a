import type { Unit } from '../../../lambda/control-loop/model/fleet';
import type { Reality } from '../../inputs/reality';
import { concerns, isInPart } from './windows';

type Reason = Reality['failingStarts'][number]['reason'];

/** Containers that do not start. */
export interface Starts {
  /** Whether the image of a pod cannot be pulled at a time. */
  pullFails(pod: StartingPod, timeSeconds: number): boolean;
  /** How long a container that starts at a time runs before it crashes, in seconds; `undefined` where it does not. */
  crashAfterSeconds(pod: StartingPod, timeSeconds: number): number | undefined;
}

/** A bound pod, as far as its start depends on it. */
interface StartingPod {
  readonly unit: Unit;
  readonly pool: string;
  /** Among all pods of its unit that ever were. */
  readonly ordinal: number;
}

export const startsOf = ({ failingStarts }: Reality): Starts => {
  const failing = ({ unit, pool, ordinal }: StartingPod, reason: Reason, timeSeconds: number) =>
    failingStarts.findLast((entry) => entry.reason === reason && isInPart(ordinal, entry.part) && concerns(entry, unit, pool, timeSeconds));
  return {
    pullFails: (pod, timeSeconds) => failing(pod, 'ImagePullBackOff', timeSeconds) !== undefined,
    crashAfterSeconds: (pod, timeSeconds) => failing(pod, 'CrashLoopBackOff', timeSeconds)?.crashAfterSeconds,
  };
};
