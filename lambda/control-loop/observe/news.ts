import { nodeLabels, resources } from '../contract/names';
import type { Fleet } from '../model/fleet';
import type { KubernetesPort } from '../ports';
import { attempt, type Deadline } from './deadline';
import { instanceIdOf } from './node-claims';
import { listAll } from './pages';

/** The event that starts a tick, as far as it says more than that something happened. */
export interface TickEvent {
  /** When it happened, in seconds since the epoch, in whole seconds. */
  readonly atSeconds?: number;
  /** The EC2 instance that it is about. */
  readonly instanceId?: string;
}

/** Ticks that begin within this time of each other are one, in seconds, unless something happened in between. */
const SAME_TICK_SECONDS = 5;
/** Times of events are cut to whole seconds. */
const EVENT_STEP_SECONDS = 1;

/**
 * Whether an event is older than a tick that just began and saw all of it: a burst of events is one tick, and one more for what came
 * while that ran.
 *
 * @param lastTickSeconds when the last tick began, in seconds since the epoch
 */
export const isOldNews = ({ atSeconds }: TickEvent, lastTickSeconds: number | undefined, nowSeconds: number): boolean => {
  if (atSeconds === undefined || lastTickSeconds === undefined) return false;
  const ageSeconds = nowSeconds - lastTickSeconds;
  return ageSeconds >= 0 && ageSeconds < SAME_TICK_SECONDS && atSeconds + EVENT_STEP_SECONDS <= lastTickSeconds;
};

/**
 * Whether an event is about an instance of none of the fleets' pools. EC2 announces the loss of every instance of the account and Region,
 * and its events carry no tags that a rule could match. Where it cannot be known, the event counts.
 *
 * @param lastInstanceIds those of the fleets' pools as the last tick saw them: the NodeClaim of an instance that has ended may be gone
 * before its event comes
 */
export const isForeignNews = async (
  { instanceId }: TickEvent,
  fleets: readonly Pick<Fleet, 'pools'>[],
  lastInstanceIds: ReadonlySet<string>,
  kubernetes: KubernetesPort,
  deadline: Deadline,
): Promise<boolean> => {
  if (instanceId === undefined || lastInstanceIds.size === 0 || lastInstanceIds.has(instanceId)) return false;
  const listed = await attempt('Kubernetes list of nodeclaims', deadline, () => listAll(kubernetes, deadline, resources.nodeClaims));
  if (!listed.ok) return false;
  const pools = new Set(fleets.flatMap((fleet) => fleet.pools.map(({ name }) => name)));
  return !listed.value.some(
    (nodeClaim) => instanceIdOf(nodeClaim) === instanceId && pools.has(nodeClaim.metadata.labels?.[nodeLabels.nodePool] ?? ''),
  );
};
