import type { Finding } from '../model/decision';
import type { Unit } from '../model/fleet';
import type { WaitingPods } from '../model/observation';
import { fresh } from '../model/signals';
import type { PolicyContext } from './policies/policy';

/** Pods of a unit start one after the other; what is a little late is not stuck. */
const PATIENCE = 1.5;
/** The scheduler's message has a clause for each kind of node; the first ones say enough. */
const MAX_MESSAGE = 160;

/**
 * The units whose pods wait in vain, one finding for each cause that Kubernetes gives: containers that fail again and again at once, others
 * after one and a half cold starts.
 *
 * It is reported, and nothing is decided on it. EC2 alone says that capacity is short: a pod that crashes, or that no node fits, closes no
 * circuit breaker.
 */
export const waitingFindings = (context: PolicyContext): readonly Finding[] =>
  context.fleet.units.flatMap((unit) =>
    (fresh(context.units[unit.name]?.waitingPods, context.nowSeconds) ?? [])
      .filter((waiting) => waiting.isFailing || waitedSeconds(waiting, context) > PATIENCE * unit.profile.coldStartSeconds)
      .map((waiting): Finding => ({ code: 'Waiting', subject: unit.name, message: messageOf(waiting, unit, context) })),
  );

const waitedSeconds = ({ sinceSeconds }: WaitingPods, { nowSeconds }: PolicyContext): number => Math.max(0, nowSeconds - sinceSeconds);

const messageOf = (waiting: WaitingPods, unit: Unit, context: PolicyContext): string => {
  const { pods, reason, message } = waiting;
  const waited = `${pods} ${pods === 1 ? 'pod has' : 'pods have'} waited up to ${Math.round(waitedSeconds(waiting, context) / 60)} min`;
  const cause =
    message === '' ? reason : `${reason}: ${message.length <= MAX_MESSAGE ? message : `${message.slice(0, MAX_MESSAGE - 3)}...`}`;
  return `${waited}, ${cause}${launchText(waiting, unit, context)}`;
};

/** For pods without a node: whether any of the unit's pools got one meanwhile; nothing where that is not known. */
const launchText = ({ reason, sinceSeconds }: WaitingPods, unit: Unit, { pools, nowSeconds }: PolicyContext): string => {
  if (reason !== 'Unschedulable') return '';
  const launches = unit.pools.map((pool) => pools[pool]?.lastLaunchSeconds);
  const isUnlaunched = launches.every((launch) => launch?.known && (fresh(launch, nowSeconds) ?? Number.NEGATIVE_INFINITY) < sinceSeconds);
  return isUnlaunched ? `; no launch in ${unit.pools.join(', ')} since then` : '';
};
