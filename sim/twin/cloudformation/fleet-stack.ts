import { ruleDefaults } from '../../../lambda/control-loop/contract/defaults';
import { FLEET_TAG, ruleResourceTypes } from '../../../lambda/control-loop/contract/names';
import { type Fleet, fleetKey } from '../../../lambda/control-loop/model/fleet';
import type { RulePort } from '../../../lambda/rule-targets/ports';
import type { Deployment } from '../../inputs/deployments';
import type { Kernel } from '../../kernel/kernel';
import type { ClusterSettings } from '../settings';
import { type Provider, ruleProvider } from './custom-resource';

/** What a deployment changes in the cluster and in front of it; units by name. */
export interface DeployedFleet {
  readonly fleet: Fleet;
  /** What the listener rules of the fleet are reached through. */
  readonly rules: RulePort;
  /** Makes the Deployment and the scaler of a unit, or deletes them. */
  createWorkload(unit: string): void;
  deleteWorkload(unit: string): void;
  /** Gives the pods of a unit another template. */
  updateWorkload(unit: string): void;
  /** States in the spec of the fleet its units and its listener rule; those units that were promoted are no canaries. */
  writeSpec(spec: DeployedSpec): Promise<void>;
}

/** What deployments change in the spec of a fleet. */
interface DeployedSpec {
  readonly units: ReadonlySet<string>;
  readonly promoted: ReadonlySet<string>;
  /** Pools that are no longer the fleet's. */
  readonly removedPools: ReadonlySet<string>;
  /** `undefined` of a fleet without one. */
  readonly listenerRuleArn: string | undefined;
}

export interface FleetStackInput {
  readonly kernel: Kernel;
  readonly settings: Pick<ClusterSettings, 'resourceSeconds' | 'retirementPollSeconds' | 'deregistrationSeconds'>;
  /** The instant of second 0. */
  readonly startEpochSeconds: number;
}

/** What one deployment changes of a fleet; units by name. */
export interface FleetChange extends Pick<Deployment, 'addUnits' | 'removeUnits' | 'promoteUnits' | 'newImages' | 'removePools'> {
  /** Whether its rule moves to another listener. */
  readonly isNewRule: boolean;
}

/** The logical id of the custom resource of a fleet's rule. */
export const ruleLogicalId = (fleet: Fleet): string => `Rule${fleet.name}`;

/** A custom resource as it was deployed last. */
interface Resource {
  readonly physicalId: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

/**
 * The resources of one fleet in a stack. A deployment goes in CloudFormation's order: first what is added or changed (workload, then its
 * place in the router), then the spec of the fleet, and in the clean-up what is removed (out of the router, then the workload).
 *
 * Who enters and leaves a listener rule, and when, is for the function behind it to say.
 */
export class FleetStack {
  private readonly units: Set<string>;
  private readonly promoted = new Set<string>();
  private readonly removedPools = new Set<string>();
  private readonly targets = new Map<string, Resource>();
  private readonly provider: Provider;
  private rule: Resource | undefined;
  private listeners = 0;

  constructor(
    private readonly deployed: DeployedFleet,
    toCome: ReadonlySet<string>,
    private readonly input: FleetStackInput,
  ) {
    const { fleet, rules } = deployed;
    const { kernel, settings, startEpochSeconds } = input;
    this.units = new Set(fleet.units.map(({ name }) => name).filter((name) => !toCome.has(name)));
    this.provider = ruleProvider({ kernel, rules, pollSeconds: settings.retirementPollSeconds, startEpochSeconds });
    if (fleet.router?.kind !== 'AlbListenerRule') return;
    const { listenerRuleArn } = fleet.router;
    this.rule = { physicalId: listenerRuleArn, properties: this.ruleProperties(listenerRuleArn) };
    for (const name of this.units) this.know(name);
  }

  /** Plays the part of one deployment that concerns this fleet, from now on. */
  deploy(change: FleetChange): void {
    const { addUnits, removeUnits, promoteUnits, newImages, removePools, isNewRule } = change;
    const changes = [addUnits, removeUnits, promoteUnits, newImages, removePools];
    if (changes.every(({ length }) => length === 0) && !isNewRule) return;
    this.later(() => {
      for (const name of addUnits) this.deployed.createWorkload(name);
      for (const name of newImages) this.deployed.updateWorkload(name);
      const former = this.rule;
      if (isNewRule) return this.moveRule(() => this.later(() => this.putTargets(change, former)));
      return this.later(() => this.putTargets(change, former));
    });
  }

  private later(action: () => void | Promise<void>): void {
    this.input.kernel.after(this.input.settings.resourceSeconds, action);
  }

  /** Makes a rule on another listener, as where a certificate moves the router to port 443. */
  private async moveRule(onDone: () => void): Promise<void> {
    const { physicalId } = this.rule!;
    this.listeners += 1;
    const properties = this.ruleProperties(physicalId, this.listeners);
    await this.provider(
      { type: 'Update', resourceType: ruleResourceTypes.rule, logicalId: ruleLogicalId(this.deployed.fleet), physicalId, properties },
      (fresh) => {
        this.rule = { physicalId: fresh, properties };
        onDone();
      },
      raise,
    );
  }

  /** Has the target groups that are new to the rule put into it, and goes on when all of them are. */
  private async putTargets(
    { addUnits, removeUnits, promoteUnits, removePools, isNewRule }: FleetChange,
    former: Resource | undefined,
  ): Promise<void> {
    const staying = [...this.units].filter((name) => !removeUnits.includes(name));
    const entering = this.rule === undefined ? [] : [...(isNewRule ? staying : []), ...addUnits];
    let missing = entering.length;
    const next = (): void =>
      this.later(async () => {
        for (const name of addUnits) this.units.add(name);
        for (const name of removeUnits) this.units.delete(name);
        for (const name of promoteUnits) this.promoted.add(name);
        for (const name of removePools) this.removedPools.add(name);
        const { units, promoted, removedPools, rule } = this;
        await this.deployed.writeSpec({ units, promoted, removedPools, listenerRuleArn: rule?.physicalId });
        for (const name of removeUnits) await this.retire(name);
        if (isNewRule) await this.deleteRule(former!);
      });
    if (missing === 0) next();
    for (const name of entering) {
      const known = this.targets.get(name);
      this.know(name);
      const { physicalId, properties } = this.targets.get(name)!;
      const place = { resourceType: ruleResourceTypes.target, logicalId: `Target${name}`, properties };
      await this.provider(
        known === undefined ? { type: 'Create', ...place } : { type: 'Update', physicalId, ...place },
        () => {
          missing -= 1;
          if (missing === 0) next();
        },
        raise,
      );
    }
  }

  /** Waits until the control loop has taken the traffic of a unit, then takes it out of the router and deletes it. */
  private async retire(unit: string): Promise<void> {
    const target = this.targets.get(unit);
    const remove = (): void => this.later(() => this.deployed.deleteWorkload(unit));
    this.targets.delete(unit);
    if (target === undefined) {
      remove();
      return;
    }
    const place = { resourceType: ruleResourceTypes.target, logicalId: `Target${unit}` };
    // CloudFormation tries a failed deletion three times, then goes on and leaves the resource and what it depends on behind.
    await this.provider({ type: 'Delete', ...place, ...target }, remove, () => {});
  }

  private async deleteRule({ physicalId, properties }: Resource): Promise<void> {
    const place = { resourceType: ruleResourceTypes.rule, logicalId: ruleLogicalId(this.deployed.fleet) };
    await this.provider({ type: 'Delete', ...place, physicalId, properties }, () => {}, raise);
  }

  private ruleProperties(ruleArn: string, listener?: number): Readonly<Record<string, unknown>> {
    const loadBalancer = ruleArn.replace(':listener-rule/', ':listener/').split('/').slice(0, 4).join('/');
    const listenerId = listener === undefined ? ruleArn.split('/')[4] : listener.toString(16).padStart(16, '0');
    return {
      ListenerArn: `${loadBalancer}/${listenerId}`,
      Priority: ruleDefaults.priority,
      Tags: { [FLEET_TAG]: fleetKey(this.deployed.fleet) },
    };
  }

  /** States the custom resource of the target group of a unit, as the constructs do. */
  private know(unit: string): void {
    const { fleet } = this.deployed;
    const backend = fleet.units.find(({ name }) => name === unit)?.backend;
    if (backend?.kind !== 'AlbTargetGroup') return;
    this.targets.set(unit, {
      physicalId: backend.targetGroupArn,
      properties: {
        RuleArn: this.rule!.physicalId,
        TargetGroupArn: backend.targetGroupArn,
        Unit: unit,
        Fleet: fleetKey(fleet),
        InitialWeight: ruleDefaults.initialWeight,
        DrainSeconds: this.input.settings.deregistrationSeconds,
        DeadlineSeconds: ruleDefaults.retirementDeadlineSeconds,
      },
    });
  }
}

/** A scenario whose deployment fails is one that says something else than it was meant to. */
const raise = (error: unknown): never => {
  throw error;
};
