import { known, type Signal, type WaitingPods } from '../model/observation';
import { parseRfc3339 } from '../model/times';
import type { KubernetesObject } from '../ports';

interface Condition {
  readonly type?: string;
  readonly status?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
}

interface Cause {
  readonly reason?: string;
  readonly message?: string;
}

interface ContainerStatus {
  readonly restartCount?: number;
  readonly state?: { readonly waiting?: Cause };
  readonly lastState?: { readonly terminated?: Cause & { readonly exitCode?: number } };
}

/** The part of a pod's status that tells whether it is ready, and why not (Kubernetes API reference, `PodStatus`). */
export interface PodStatus {
  readonly phase?: string;
  readonly conditions?: readonly Condition[];
  readonly initContainerStatuses?: readonly ContainerStatus[];
  readonly containerStatuses?: readonly ContainerStatus[];
}

/** Reasons of a container that waits as it should: its image is pulled, its volumes are mounted. */
const STARTING: readonly (string | undefined)[] = [undefined, 'ContainerCreating', 'PodInitializing'];
/** A container that ended once may serve at its second start; one that ended more often is in a loop. */
const LOOP_RESTARTS = 2;

/** Why one pod that is not ready waits, and since when; `undefined` where its age is not known. */
export const waitingCause = (status: PodStatus, createdSeconds: number | undefined): WaitingPods | undefined => {
  if (createdSeconds === undefined) return undefined;
  const condition = (type: string) => status.conditions?.find((one) => one.type === type);
  const scheduled = condition('PodScheduled');
  const boundSeconds = scheduled?.status === 'True' ? parseRfc3339(scheduled.lastTransitionTime) : undefined;
  const base = { pods: 1, sinceSeconds: boundSeconds ?? createdSeconds };
  const containers = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
  for (const container of containers) {
    const failure = failureOf(container);
    if (failure !== undefined) return { ...base, ...failure, isFailing: true };
  }
  const waiting = containers.map(({ state }) => state?.waiting).find((one) => one?.reason !== undefined);
  const cause = scheduled?.status === 'False' ? scheduled : (waiting ?? condition('Ready'));
  return { ...base, reason: cause?.reason ?? status.phase ?? 'Unknown', message: cause?.message ?? '' };
};

/** What keeps a container from running; `undefined` where it only has not started yet. */
const failureOf = ({ restartCount = 0, state, lastState }: ContainerStatus): { reason: string; message: string } | undefined => {
  const { reason, message = '' } = state?.waiting ?? {};
  const ended = lastState?.terminated;
  // Between two back-offs the container runs, until it ends again.
  if (reason === 'CrashLoopBackOff' || (ended !== undefined && restartCount >= LOOP_RESTARTS)) {
    const end = ended === undefined ? '' : `last end: ${ended.reason ?? 'unknown'}, exit code ${ended.exitCode ?? 'unknown'}`;
    return { reason: 'CrashLoopBackOff', message: [`${restartCount} restarts`, end, message].filter((part) => part !== '').join('; ') };
  }
  return STARTING.includes(reason) ? undefined : { reason: reason!, message };
};

/** Causes with one more pod: counted with those of its reason, of which the one that has waited longest speaks for all. */
export const groupCauses = (causes: readonly WaitingPods[], one: WaitingPods | undefined): readonly WaitingPods[] => {
  if (one === undefined) return causes;
  const same = causes.find(({ reason }) => reason === one.reason);
  if (same === undefined) return [...causes, one];
  const oldest = one.sinceSeconds < same.sinceSeconds ? one : same;
  return causes.map((cause) => (cause === same ? { ...oldest, pods: same.pods + 1 } : cause));
};

interface DeploymentStatus {
  readonly replicas?: number;
  /** Of those, the pods of the present template. */
  readonly updatedReplicas?: number;
  readonly unavailableReplicas?: number;
  readonly conditions?: readonly Condition[];
}

/**
 * Replicas of a Deployment that have no pod, because the API server refuses to create one: a quota, a webhook, a missing service account
 * (Kubernetes API reference, `DeploymentStatus`, condition `ReplicaFailure`). `undefined` where every replica has its pod.
 */
const uncreatedPods = ({ spec, status }: KubernetesObject): WaitingPods | undefined => {
  const { replicas = 0, conditions = [] } = (status ?? {}) as DeploymentStatus;
  const failure = conditions.find(({ type, status: is }) => type === 'ReplicaFailure' && is === 'True');
  const sinceSeconds = parseRfc3339(failure?.lastTransitionTime);
  const pods = ((spec as { readonly replicas?: number } | undefined)?.replicas ?? 1) - replicas;
  if (failure === undefined || sinceSeconds === undefined || pods <= 0) return undefined;
  return { reason: failure.reason ?? 'ReplicaFailure', message: failure.message ?? '', pods, sinceSeconds, isFailing: true };
};

/**
 * Pods of a new template that do not become ready in the time that the Deployment gives them (Kubernetes documentation, "Deployments",
 * section "Failed Deployment"): the rollout stands still, and the pods of the old template serve on.
 */
const stalledPods = ({ status }: KubernetesObject): WaitingPods | undefined => {
  const { conditions = [], replicas = 0, updatedReplicas = 0, unavailableReplicas = 1 } = (status ?? {}) as DeploymentStatus;
  const stalled = conditions.find(({ type, reason }) => type === 'Progressing' && reason === 'ProgressDeadlineExceeded');
  const sinceSeconds = parseRfc3339(stalled?.lastTransitionTime);
  if (stalled?.status !== 'False' || sinceSeconds === undefined || updatedReplicas >= replicas) return undefined;
  const message = `the rollout stands still, and pods of the template before it serve on; ${stalled.message ?? ''}`;
  return { reason: 'ProgressDeadlineExceeded', message, pods: Math.max(1, unavailableReplicas), sinceSeconds, isFailing: true };
};

/** What pods of a unit wait for, with those that its Deployment asks for and the API server refuses, and those of a rollout that stands still. */
export const withUncreated = (
  waiting: Signal<readonly WaitingPods[]>,
  deployment: KubernetesObject | undefined,
): Signal<readonly WaitingPods[]> => {
  if (!waiting.known || deployment === undefined) return waiting;
  const more = [uncreatedPods(deployment), stalledPods(deployment)].filter((pods) => pods !== undefined);
  return more.length === 0 ? waiting : known([...waiting.value, ...more], waiting.atSeconds);
};
