import { type Deployment, type MadeAnew, unitsToCome } from '../../inputs/deployments';
import { type DeployedFleet, FleetStack, type FleetStackInput } from './fleet-stack';

interface StackInput extends FleetStackInput {
  readonly deployments: readonly Deployment[];
  readonly fleets: readonly DeployedFleet[];
  /** Gives a pool another node template. */
  readonly updatePool: (pool: string) => void;
  /** Deletes a pool, and with it its nodes. */
  readonly deletePool: (pool: string) => void;
  /** Deletes an object of the cluster, and makes it again from its manifest. */
  readonly makeAnew: (object: MadeAnew) => void;
}

/** Steps of a deployment that adds nothing, until its clean-up. */
const CLEANUP_STEP = 4;

/** Plays the deployments of a scenario in CloudFormation's order and pace. */
export const startDeployments = ({ deployments, fleets, updatePool, deletePool, makeAnew, ...input }: StackInput): void => {
  const { kernel, settings } = input;
  const toCome = unitsToCome(deployments);
  const stacks = fleets.map((deployed) => ({ deployed, stack: new FleetStack(deployed, toCome, input) }));
  for (const { atSeconds, addUnits, removeUnits, promoteUnits, newImages, newNodes, removePools, madeAnew } of deployments) {
    kernel.at(atSeconds + settings.resourceSeconds, () => {
      for (const pool of newNodes) updatePool(pool);
      for (const object of madeAnew) if (object.kind !== 'ListenerRule') makeAnew(object);
    });
    // In the clean-up, when the fleets no longer name it.
    kernel.at(atSeconds + CLEANUP_STEP * settings.resourceSeconds, () => {
      for (const pool of removePools) deletePool(pool);
    });
    kernel.at(atSeconds, () => {
      for (const { deployed, stack } of stacks) {
        const own = new Set(deployed.fleet.units.map(({ name }) => name));
        const ofFleet = (names: readonly string[]): string[] => names.filter((name) => own.has(name));
        stack.deploy({
          addUnits: ofFleet(addUnits),
          removeUnits: ofFleet(removeUnits),
          promoteUnits: ofFleet(promoteUnits),
          newImages: ofFleet(newImages),
          removePools: removePools.filter((pool) => deployed.fleet.pools.some(({ name }) => name === pool)),
          isNewRule: madeAnew.some(({ kind, name }) => kind === 'ListenerRule' && name === deployed.fleet.name),
        });
      }
    });
  }
};
