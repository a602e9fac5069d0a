import type { Unit } from '../model/fleet';
import { known, type ScalerState, type Signal, type UnitObservation, unknown } from '../model/observation';
import type { KubernetesObject } from '../ports';
import { autoscalerEdits, autoscalerOf } from './autoscaler-edits';
import type { NamespaceObjects } from './lists';
import { findTarget, type TargetSpec } from './scaler-target';
import type { ScalerReading } from './scalers';
import { withShortfall } from './shortfall';

/** What is known of a scaler, and of what follows it, where Deployments and autoscalers could be listed. */
export const withFollowers = (
  scaler: ScalerReading | undefined,
  { deployments, autoscalers }: NamespaceObjects,
  unit: Unit,
  object: KubernetesObject | undefined,
  nowSeconds: number,
): Signal<ScalerState> | undefined => {
  if (scaler === undefined || object === undefined || !deployments.ok || !autoscalers.ok) return scaler?.state;
  const isOfKeda = unit.scaler.kind === 'ScaledObject';
  const autoscaler = isOfKeda ? autoscalers.value.get(autoscalerOf(object)) : object;
  const deployment = deployments.value.get(unit.deployment);
  return withShortfall(scaler.state, scaler.floor, { deployment, autoscaler, isOfKeda }, nowSeconds);
};

/** What others changed in the autoscaler that KEDA made. */
export const readEdits = (
  { scaledObjects, autoscalers }: NamespaceObjects,
  { scaler, backend }: Unit,
  atSeconds: number,
): UnitObservation['autoscalerEdits'] => {
  if (scaler.kind !== 'ScaledObject') return known([], atSeconds);
  if (!scaledObjects.ok) return unknown(scaledObjects.reason);
  if (!autoscalers.ok) return unknown(autoscalers.reason);
  const scaledObject = scaledObjects.value.get(scaler.name);
  const autoscaler = scaledObject && autoscalers.value.get(autoscalerOf(scaledObject));
  if (!autoscaler) return known([], atSeconds);
  const target = findTarget((scaledObject.spec ?? {}) as TargetSpec, scaler.metricIndex, backend);
  return known(autoscalerEdits(scaledObject, autoscaler, target), atSeconds);
};

export const whyNoDeployment = ({ deployments }: NamespaceObjects, { deployment }: Unit): string =>
  deployments.ok ? `Deployment ${deployment} does not exist` : deployments.reason;

/** Replicas that the Deployment of a unit is asked for. */
export const readReplicas = (deployments: NamespaceObjects['deployments'], unit: Unit, atSeconds: number): Signal<number> => {
  if (!deployments.ok) return unknown(deployments.reason);
  const deployment = deployments.value.get(unit.deployment);
  if (deployment === undefined) return { ...unknown(`Deployment ${unit.deployment} does not exist`), isMissing: true };
  // The API server fills in 1 where the manifest leaves `replicas` out.
  const { replicas = 1 } = (deployment.spec ?? {}) as { readonly replicas?: unknown };
  return typeof replicas === 'number'
    ? known(replicas, atSeconds)
    : unknown(`Deployment ${unit.deployment}: spec.replicas is ${JSON.stringify(replicas)}, expected a number`);
};
