import type { ScalerState, Shortfall, Signal } from '../model/observation';
import { fresh } from '../model/signals';
import type { KubernetesObject } from '../ports';
import { conditionOf } from './conditions';
import { parseQuantity } from './quantity';

/** The objects between the floor of a unit and its pods. */
interface Followers {
  /** `undefined` for one that does not exist. */
  readonly deployment: KubernetesObject | undefined;
  /** The autoscaler that KEDA makes of a ScaledObject, or the unit's own; `undefined` for one that does not exist. */
  readonly autoscaler: KubernetesObject | undefined;
  readonly isOfKeda: boolean;
}

/** The state of a scaler with what its Deployment has less than the floor asks for. Pods that have no node yet are not missing. */
export const withShortfall = (
  state: Signal<ScalerState>,
  floor: Signal<number>,
  followers: Followers,
  nowSeconds: number,
): Signal<ScalerState> => {
  const asked = fresh(floor, nowSeconds);
  const shortfall = state.known && asked !== undefined ? shortfallOf(asked, followers) : undefined;
  return state.known && shortfall !== undefined ? { ...state, value: { ...state.value, shortfall } } : state;
};

const shortfallOf = (floor: number, followers: Followers): Shortfall | undefined => {
  const { deployment } = followers;
  if (deployment === undefined) return floor > 0 ? { pods: 0, isNamed: true } : undefined;
  const { replicas: asked = 1 } = (deployment.spec ?? {}) as { readonly replicas?: unknown };
  const replicas = parseQuantity(asked);
  const status = deployment.status as { readonly replicas?: unknown } | undefined;
  // The API leaves out a number of zero; a Deployment without a status has not been looked at by its controller yet.
  const created = status === undefined ? replicas : parseQuantity(status.replicas ?? 0);
  if (replicas === undefined || created === undefined) return undefined;
  const pods = Math.min(replicas, created);
  if (pods >= floor) return undefined;
  if (replicas >= floor) return conditionOf(deployment, 'ReplicaFailure')?.status === 'True' ? { pods, isNamed: true } : { pods };
  const cause = whyNotScaled(floor, followers);
  return { pods, ...(cause !== undefined && { cause }) };
};

/** Why the replicas of a Deployment are fewer than the floor, as far as its autoscaler shows it. */
const whyNotScaled = (floor: number, { autoscaler, isOfKeda }: Followers): string | undefined => {
  if (autoscaler === undefined) return isOfKeda ? 'KEDA has made no autoscaler for it' : undefined;
  const minimum = parseQuantity((autoscaler.spec as { readonly minReplicas?: unknown } | undefined)?.minReplicas ?? 1);
  if (isOfKeda && minimum !== undefined && minimum < floor) {
    return `KEDA has not carried the floor over: its autoscaler still has a minimum of ${minimum}`;
  }
  const able = conditionOf(autoscaler, 'AbleToScale');
  return able?.status === 'False' ? [able.reason, able.message].filter((text) => typeof text === 'string').join(': ') : undefined;
};
