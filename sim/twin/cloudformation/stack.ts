import type { Fleet } from '../../../lambda/control-loop/model/fleet';
import { type Deployment, unitsToCome } from '../../inputs/deployments';
import type { Kernel } from '../../kernel/kernel';
import type { ClusterSettings } from '../settings';

/** What a deployment changes in the cluster and in front of it; units by name. */
export interface DeployedFleet {
  readonly fleet: Fleet;
  /** Makes the Deployment and the scaler of a unit, or deletes them. */
  createWorkload(unit: string): void;
  deleteWorkload(unit: string): void;
  /** Gives the pods of a unit another template. */
  updateWorkload(unit: string): void;
  /** Adds the target group of a unit to the listener rule, with weight 0. */
  addTarget(unit: string): void;
  /** Its weight in the rule; `undefined` where the rule does not have it. */
  weightOf(unit: string): number | undefined;
  removeTarget(unit: string): void;
  /** States the units of the fleet in its spec; those that were promoted are no canaries. */
  writeSpec(units: ReadonlySet<string>, promoted: ReadonlySet<string>): Promise<void>;
}

interface StackInput {
  readonly deployments: readonly Deployment[];
  readonly fleets: readonly DeployedFleet[];
  /** Gives a pool another node template. */
  readonly updatePool: (pool: string) => void;
  readonly kernel: Kernel;
  readonly settings: Pick<ClusterSettings, 'resourceSeconds' | 'retirementPollSeconds' | 'deregistrationSeconds'>;
}

/**
 * Plays the deployments of a scenario in CloudFormation's order: first what is added (workload, then its place in the router), then the
 * spec of the fleet, and in the clean-up what is removed (out of the router once its weight is zero, then the workload).
 */
export const startDeployments = (input: StackInput): void => {
  const { deployments, fleets, kernel, settings, updatePool } = input;
  const toCome = unitsToCome(deployments);
  const units = new Set(fleets.flatMap(({ fleet }) => fleet.units.map(({ name }) => name)).filter((name) => !toCome.has(name)));
  const promoted = new Set<string>();
  for (const { atSeconds, addUnits, removeUnits, promoteUnits, newImages, newNodes } of deployments) {
    for (const pool of newNodes) kernel.at(atSeconds + settings.resourceSeconds, () => updatePool(pool));
    for (const fleet of fleets) {
      const own = new Set(fleet.fleet.units.map(({ name }) => name));
      const added = addUnits.filter((name) => own.has(name));
      const removed = removeUnits.filter((name) => own.has(name));
      const updated = newImages.filter((name) => own.has(name));
      const freed = promoteUnits.filter((name) => own.has(name));
      if (added.length + removed.length + updated.length + freed.length === 0) continue;
      const step = (count: number, action: () => void | Promise<void>): void =>
        kernel.at(atSeconds + count * settings.resourceSeconds, action);
      step(1, () => {
        for (const name of added) fleet.createWorkload(name);
        for (const name of updated) fleet.updateWorkload(name);
      });
      if (added.length + removed.length + freed.length === 0) continue;
      step(2, () => {
        for (const name of added) fleet.addTarget(name);
      });
      step(3, async () => {
        for (const name of added) units.add(name);
        for (const name of removed) units.delete(name);
        for (const name of freed) promoted.add(name);
        await fleet.writeSpec(units, promoted);
        for (const name of removed) retire(fleet, name, input);
      });
    }
  }
};

/** Waits until the loop has drained a unit, then takes it out of the router and deletes it. */
const retire = (fleet: DeployedFleet, unit: string, input: StackInput): void => {
  const { kernel, settings } = input;
  kernel.after(settings.retirementPollSeconds, () => {
    if ((fleet.weightOf(unit) ?? 0) > 0) {
      retire(fleet, unit, input);
      return;
    }
    kernel.after(settings.deregistrationSeconds, () => {
      fleet.removeTarget(unit);
      kernel.after(settings.resourceSeconds, () => fleet.deleteWorkload(unit));
    });
  });
};
