import type { Pool } from '../../../lambda/control-loop/model/fleet';
import type { AvailabilityRow } from '../../inputs/loaded-scenario';
import type { Scenario } from '../../inputs/scenario';
import { Emitter } from '../../kernel/emitter';
import type { Kernel } from '../../kernel/kernel';
import type { RandomStreams } from '../../kernel/random';
import type { Billing } from './billing';
import type { SpotMarket } from './spot-market';

export type InstanceType = Pool['instanceTypes'][number];

export interface Instance {
  readonly id: string;
  readonly pool: Pool;
  readonly type: InstanceType;
  readonly zone: string;
  readonly launchedSeconds: number;
  /** Which instances EC2 takes first when it takes some: the lowest. Drawn by ordinal of the pool, so that policies meet the same. */
  readonly reclaimOrder: number;
  noticeSeconds: number | undefined;
}

export interface LaunchRefusal {
  readonly instanceType: InstanceType;
  readonly zone: string;
  readonly code: string;
  readonly message: string;
}

export interface LaunchAnswer {
  readonly instance: Instance | undefined;
  readonly refusals: readonly LaunchRefusal[];
}

/** EC2's own message for insufficient capacity: on demand it names the zone, for spot it does not. */
const refusalMessage = (pool: Pool, instanceType: string, zone: string): string =>
  pool.capacityType === 'spot'
    ? 'There is no Spot capacity available that matches your request.'
    : `We currently do not have sufficient ${instanceType} capacity in the Availability Zone you requested (${zone}). ` +
      'Our system will be working on provisioning additional capacity.';

export interface Ec2Input {
  readonly pools: readonly Pool[];
  readonly scenario: Scenario;
  readonly availability: readonly AvailabilityRow[];
  readonly kernel: Kernel;
  readonly random: RandomStreams;
  readonly market: SpotMarket;
  readonly billing: Billing;
  readonly noticeSeconds: number;
  readonly shutDownSeconds: number;
}

/** What EC2 announces. */
type Ec2Events = {
  /** The instance will be taken in two minutes. */
  notice: [instance: Instance];
  /** The instance is gone, whatever ran on it. */
  taken: [instance: Instance];
  /** An instance is about to end, or has ended. */
  stateChange: [instance: Instance, state: 'shutting-down' | 'terminated'];
  /** What the scenario grants the pool has changed. */
  availability: [pool: Pool];
};

/**
 * Instances of EC2: capacity by pool as the scenario grants it, refusals for lack of it, and reclaims with two minutes' notice
 * (Amazon EC2 User Guide, "Spot Instance interruptions").
 */
export class Ec2 {
  readonly events = new Emitter<Ec2Events>();
  private readonly instances = new Map<string, Instance>();
  private readonly granted = new Map<string, number>();
  private readonly devices = new Map<string, number>();
  private readonly ordinals = new Map<string, number>();

  constructor(private readonly input: Ec2Input) {
    const { kernel, pools } = input;
    for (const row of input.availability) {
      const pool = pools.find((candidate) => candidate.name === row.pool);
      if (pool) {
        const grant = (): void => this.grant(pool, row.devices ?? Number.POSITIVE_INFINITY);
        if (row.timestampSeconds <= kernel.now) {
          this.granted.set(pool.name, row.devices ?? Number.POSITIVE_INFINITY);
        } else {
          kernel.at(row.timestampSeconds, grant);
        }
      }
    }
  }

  /** Devices of the pool's instances that were launched and not terminated, those under notice included. */
  runningDevices(poolName: string): number {
    return this.devices.get(poolName) ?? 0;
  }

  /** Devices that the scenario grants the pool in all; infinite where it sets no bound. */
  grantedDevices(poolName: string): number {
    return this.granted.get(poolName) ?? Number.POSITIVE_INFINITY;
  }

  /**
   * Launches one instance of the first type and zone that has capacity, cheapest first, and returns which were refused before it.
   * Capacity is the pool's: a type is refused in all zones or in none.
   */
  launch(pool: Pool, offerings: readonly { readonly instanceType: InstanceType; readonly zone: string }[]): LaunchAnswer {
    const { kernel, market } = this.input;
    const now = kernel.now;
    const running = this.runningByZone(pool);
    // Equal prices: the zone with the fewest instances, so that zones are used evenly.
    const ordered = offerings
      .map((offering) => ({ ...offering, price: market.price(pool, offering.instanceType.name, offering.zone, now) }))
      .sort((left, right) => left.price - right.price || (running.get(left.zone) ?? 0) - (running.get(right.zone) ?? 0));
    const refusals: LaunchRefusal[] = [];
    for (const { instanceType, zone } of ordered) {
      if (this.runningDevices(pool.name) + instanceType.devices <= this.grantedDevices(pool.name)) {
        return { instance: this.run(pool, instanceType, zone), refusals };
      }
      refusals.push({
        instanceType,
        zone,
        code: 'InsufficientInstanceCapacity',
        message: refusalMessage(pool, instanceType.name, zone),
      });
    }
    return { instance: undefined, refusals };
  }

  terminate(instance: Instance): void {
    if (this.instances.delete(instance.id)) {
      this.devices.set(instance.pool.name, this.runningDevices(instance.pool.name) - instance.type.devices);
      const { billing, kernel, shutDownSeconds } = this.input;
      billing.terminated(instance.id, kernel.now);
      this.events.emit('stateChange', instance, 'shutting-down');
      kernel.after(shutDownSeconds, () => this.events.emit('stateChange', instance, 'terminated'));
    }
  }

  private run(pool: Pool, type: InstanceType, zone: string): Instance {
    const { kernel, random, scenario, billing } = this.input;
    const ordinal = this.ordinals.get(pool.name) ?? 0;
    this.ordinals.set(pool.name, ordinal + 1);
    const fate = random(`reclaim/${pool.name}/${ordinal}`);
    const instance: Instance = {
      id: `i-${(this.input.pools.indexOf(pool) * 0x1000000 + ordinal).toString(16).padStart(17, '0')}`,
      pool,
      type,
      zone,
      launchedSeconds: kernel.now,
      reclaimOrder: fate.uniform(),
      noticeSeconds: undefined,
    };
    this.instances.set(instance.id, instance);
    this.devices.set(pool.name, this.runningDevices(pool.name) + type.devices);
    billing.launched(instance.id, { pool, instanceType: type.name, zone, fromSeconds: kernel.now });
    if (pool.capacityType === 'spot' && scenario.spotReclaimsPerInstanceHour > 0) {
      kernel.after((fate.exponential() * 3600) / scenario.spotReclaimsPerInstanceHour, () => this.notify(instance));
    }
    return instance;
  }

  private runningByZone(pool: Pool): Map<string, number> {
    const counts = new Map<string, number>();
    for (const instance of this.instances.values()) {
      if (instance.pool === pool) counts.set(instance.zone, (counts.get(instance.zone) ?? 0) + 1);
    }
    return counts;
  }

  private grant(pool: Pool, devices: number): void {
    this.granted.set(pool.name, devices);
    const { reclaim } = this.input.scenario.availability;
    if (reclaim === 'all' || (reclaim === 'spot' && pool.capacityType === 'spot')) this.reclaim(pool, devices);
    this.events.emit('availability', pool);
  }

  /** Gives notice to as many instances as it takes to come down to `devices`. */
  private reclaim(pool: Pool, devices: number): void {
    const staying = [...this.instances.values()]
      .filter((instance) => instance.pool === pool && instance.noticeSeconds === undefined)
      .sort((left, right) => left.reclaimOrder - right.reclaimOrder);
    let remaining = staying.reduce((sum, instance) => sum + instance.type.devices, 0);
    for (const instance of staying) {
      if (remaining <= devices) return;
      remaining -= instance.type.devices;
      this.notify(instance);
    }
  }

  private notify(instance: Instance): void {
    if (!this.instances.has(instance.id) || instance.noticeSeconds !== undefined) return;
    const { kernel, noticeSeconds } = this.input;
    instance.noticeSeconds = kernel.now;
    kernel.after(noticeSeconds, () => {
      if (this.instances.has(instance.id)) {
        this.terminate(instance);
        this.events.emit('taken', instance);
      }
    });
    this.events.emit('notice', instance);
  }
}
