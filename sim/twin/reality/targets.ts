import type { Unit } from '../../../lambda/control-loop/model/fleet';
import type { Reality } from '../../inputs/reality';
import type { ClusterSettings } from '../settings';
import type { TargetState } from '../traffic/pod-queues';
import { changesOf, concerns, isInPart, type Window } from './windows';

type Entry = Reality['unhealthyTargets'][number];

/** A pod that is ready, as far as its health at the load balancer depends on it. */
interface ReadyPod {
  readonly unit: Unit;
  readonly pool: string;
  /** Of its creation among the pods of the unit. */
  readonly ordinal: number;
  readonly readySeconds: number;
}

/** What ready pods are to the load balancer. */
export interface Targets {
  state(pod: ReadyPod, timeSeconds: number): TargetState;
  /** When `state` may change. */
  readonly changesSeconds: readonly number[];
}

type CheckSettings = Pick<ClusterSettings, 'unhealthyAfterSeconds' | 'healthyAfterSeconds'>;

export const targetsOf = ({ unhealthyTargets }: Reality, settings: CheckSettings): Targets => ({
  state: (pod, timeSeconds) => {
    const holding = (window: (entry: Entry) => Window): readonly Entry[] =>
      unhealthyTargets.filter(
        (entry) => isInPart(pod.ordinal, entry.part) && concerns({ ...entry, ...window(entry) }, pod.unit, pod.pool, timeSeconds),
      );
    const failing = holding((entry) => entry);
    const noticed = holding((entry) => noticedWindow(entry, pod.readySeconds, settings));
    return {
      registered: failing.every(({ cause }) => cause !== 'unregistered'),
      healthy: noticed.every(({ cause }) => cause === 'unregistered'),
      reachable: failing.every(({ cause }) => cause !== 'unreachable'),
    };
  },
  changesSeconds: changesOf([
    ...unhealthyTargets,
    ...unhealthyTargets.map((entry) => noticedWindow(entry, Number.NEGATIVE_INFINITY, settings)),
  ]),
});

/** When health checks know of an entry: some checks later for a pod that was healthy before, from its start on for one that was not. */
const noticedWindow = ({ fromSeconds, toSeconds }: Entry, readySeconds: number, settings: CheckSettings): Window => ({
  fromSeconds: readySeconds >= fromSeconds ? fromSeconds : fromSeconds + settings.unhealthyAfterSeconds,
  ...(toSeconds === undefined ? {} : { toSeconds: toSeconds + settings.healthyAfterSeconds }),
});
