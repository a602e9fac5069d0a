import type { Pool } from '../../../lambda/control-loop/model/fleet';
import type { ScenarioSpotPrice } from '../../inputs/loaded-scenario';

/** Zones of a pool that names none and has no price history that would name some. */
const DEFAULT_ZONES: readonly string[] = ['us-west-2a', 'us-west-2b', 'us-west-2c'];

/** A price and when it began, in virtual seconds. */
export interface PriceStep {
  readonly sinceSeconds: number;
  readonly usdPerHour: number;
}

const keyOf = (instanceType: string, zone: string): string => `${instanceType}/${zone}`;

/** Prices of instances: on demand as the pools state them, spot from a history or as a fraction of on demand. */
export class SpotMarket {
  private readonly steps = new Map<string, PriceStep[]>();
  private readonly zonesByType = new Map<string, string[]>();
  private readonly onDemand = new Map<string, number>();

  constructor(
    private readonly pools: readonly Pool[],
    private readonly fractionOfOnDemand: number,
    history: readonly ScenarioSpotPrice[] = [],
  ) {
    for (const type of pools.flatMap((pool) => pool.instanceTypes)) this.onDemand.set(type.name, type.priceUsdPerHour);
    for (const { instanceType, zone, timestampSeconds, priceUsdPerHour } of history) {
      const key = keyOf(instanceType, zone);
      const steps = this.steps.get(key) ?? [];
      steps.push({ sinceSeconds: timestampSeconds, usdPerHour: priceUsdPerHour });
      this.steps.set(key, steps);
      const zones = this.zonesByType.get(instanceType) ?? [];
      this.zonesByType.set(instanceType, zones.includes(zone) ? zones : [...zones, zone].sort());
    }
    for (const steps of this.steps.values()) steps.sort((left, right) => left.sinceSeconds - right.sinceSeconds);
  }

  /** Zones in which a pool may launch an instance type. */
  zones(pool: Pool, instanceType: string): readonly string[] {
    const offered = this.offeredZones(instanceType);
    return pool.zones?.length ? pool.zones : offered;
  }

  /** Zones in which EC2 offers an instance type: those of its price history, of the pools that name zones, or the default ones. */
  offeredZones(instanceType: string): readonly string[] {
    const priced = this.zonesByType.get(instanceType) ?? [];
    const named = this.pools
      .filter((pool) => pool.instanceTypes.some((type) => type.name === instanceType))
      .flatMap((pool) => pool.zones ?? []);
    const zones = [...new Set([...priced, ...named])].sort();
    return zones.length > 0 ? zones : DEFAULT_ZONES;
  }

  knows(instanceType: string): boolean {
    return this.onDemand.has(instanceType);
  }

  /** Every step of the spot price, oldest first. Before the first known price that price holds. */
  spotSteps(instanceType: string, zone: string): readonly PriceStep[] {
    const known = this.steps.get(keyOf(instanceType, zone));
    if (known) return known;
    const onDemand = this.onDemand.get(instanceType) ?? 0;
    const made = [{ sinceSeconds: 0, usdPerHour: onDemand * this.fractionOfOnDemand }];
    this.steps.set(keyOf(instanceType, zone), made);
    return made;
  }

  /** Price of one instance of a pool at a time, in US dollars per hour. Reserved capacity is paid like on demand. */
  price(pool: Pool, instanceType: string, zone: string, timeSeconds: number): number {
    return pool.capacityType === 'spot' ? this.spotPrice(instanceType, zone, timeSeconds) : this.onDemandPrice(pool, instanceType);
  }

  /** What an instance of a pool costs from one time to another, in US dollars, over all price changes. */
  cost(pool: Pool, instanceType: string, zone: string, fromSeconds: number, toSeconds: number): number {
    if (pool.capacityType !== 'spot') return (this.onDemandPrice(pool, instanceType) * (toSeconds - fromSeconds)) / 3600;
    const steps = this.spotSteps(instanceType, zone);
    let usd = 0;
    for (const [index, { sinceSeconds, usdPerHour }] of steps.entries()) {
      const from = index === 0 ? fromSeconds : Math.max(fromSeconds, sinceSeconds);
      const to = Math.min(toSeconds, steps[index + 1]?.sinceSeconds ?? Number.POSITIVE_INFINITY);
      usd += to > from ? (usdPerHour * (to - from)) / 3600 : 0;
    }
    return usd;
  }

  private onDemandPrice(pool: Pool, instanceType: string): number {
    return pool.instanceTypes.find((type) => type.name === instanceType)?.priceUsdPerHour ?? this.onDemand.get(instanceType) ?? 0;
  }

  private spotPrice(instanceType: string, zone: string, timeSeconds: number): number {
    const steps = this.spotSteps(instanceType, zone);
    const next = steps.findIndex((step) => step.sinceSeconds > timeSeconds);
    return steps[next === -1 ? steps.length - 1 : Math.max(0, next - 1)]!.usdPerHour;
  }
}
