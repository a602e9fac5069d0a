import { FLEET_API_VERSION, type FleetSpecInput, readFleetObject } from '../../lambda/control-loop/api';
import { resources } from '../../lambda/control-loop/contract/names';
import type { Fleet } from '../../lambda/control-loop/model/fleet';
import type { KubernetesObject } from '../../lambda/control-loop/ports';

/** An `InferenceFleet` of the stored version as the API server has it. No other test names a version, so that a new one touches this file alone. */
export const fleetObject = (
  spec: unknown,
  metadata: Partial<KubernetesObject['metadata']> = {},
): KubernetesObject & { readonly spec: unknown } => ({
  apiVersion: FLEET_API_VERSION,
  kind: resources.inferenceFleets.kind,
  metadata: { name: 'chat', namespace: 'default', ...metadata },
  spec,
});

/** The fleet that the loop reads from such an object. */
export const fleetOf = (spec: FleetSpecInput, metadata: Partial<KubernetesObject['metadata']> = {}): Fleet => {
  const { fleet, problems } = readFleetObject(fleetObject(spec, metadata));
  if (fleet === undefined) throw new Error(JSON.stringify(problems));
  return fleet;
};

/** Path of the fleets at the API server: of all, of one namespace, or of one fleet. */
export const fleetPath = (namespace?: string, name?: string): string =>
  [
    `/apis/${FLEET_API_VERSION}`,
    ...(namespace === undefined ? [] : ['namespaces', namespace]),
    'inferencefleets',
    ...(name === undefined ? [] : [name]),
  ].join('/');
