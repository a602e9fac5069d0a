import { resources } from '../../lambda/control-loop/contract/names';
import type { Fleet, Pool } from '../../lambda/control-loop/model/fleet';
import { fleetsOf } from '../inputs/fleets';
import { nodePoolObject } from './karpenter/objects';
import { type DeployedSpec, horizontalPodAutoscalerObject, inferenceFleetObject, scaledObjectObject } from './kubernetes/objects';
import type { World } from './kubernetes/world';

/** What the constructs write into the cluster: objects as their manifests state them. */

/** The manager under which they are created. */
const MANAGER = 'cdk';

/** Creates everything that is there at second 0, but for the Deployments. */
export const createObjects = (world: World, toCome: ReadonlySet<string>): void => {
  const { api, fleets, pools, scenario, units } = world;
  for (const pool of pools) createNodePool(world, pool);
  for (const [index, { unit }] of units.entries()) if (!toCome.has(unit.name)) createScaler(world, index);
  const specs = fleetsOf(scenario);
  for (const [index, fleet] of fleets.entries()) {
    const names = new Set(fleet.units.map(({ name }) => name).filter((name) => !toCome.has(name)));
    api.put(resources.inferenceFleets, inferenceFleetObject(fleet, specs[index]!.fleet, { units: names }), MANAGER);
  }
};

export const createNodePool = (world: World, pool: Pool): void => {
  world.api.put(resources.nodePools, nodePoolObject(pool, world), MANAGER);
};

/** Creates the scaler of a unit. */
export const createScaler = (world: World, unitIndex: number): void => {
  const { api, units } = world;
  const owner = units[unitIndex]!;
  if (owner.unit.scaler.kind === 'ScaledObject') api.put(resources.scaledObjects, scaledObjectObject(owner, world), MANAGER);
  else api.put(resources.horizontalPodAutoscalers, horizontalPodAutoscalerObject(owner), MANAGER);
};

export const removeScaler = ({ api, units }: World, unitIndex: number): void => {
  const { fleet, unit } = units[unitIndex]!;
  const resource = unit.scaler.kind === 'ScaledObject' ? resources.scaledObjects : resources.horizontalPodAutoscalers;
  api.remove(resource, unit.scaler.name, fleet.namespace);
};

/** States in the spec of a fleet what deployments have changed. */
export const writeSpec = async ({ api, fleets, scenario }: World, fleet: Fleet, deployed: DeployedSpec): Promise<void> => {
  const spec = fleetsOf(scenario)[fleets.indexOf(fleet)]!.fleet;
  const value = inferenceFleetObject(fleet, spec, deployed).spec;
  await api.jsonPatch(resources.inferenceFleets, fleet.name, fleet.namespace, [{ op: 'replace', path: '/spec', value }], MANAGER);
};
