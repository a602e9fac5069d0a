import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '../../../../lambda/control-loop/decide/decide';
import type { FleetMemory, Strategy } from '../../../../lambda/control-loop/model/decision';
import type { Fleet } from '../../../../lambda/control-loop/model/fleet';
import { known, type LaunchFailure, type Series, type Signal, unknown } from '../../../../lambda/control-loop/model/observation';
import { fleetOf, inputOf, NOW, observationOf, type PoolStateOf, paperFleet, poolOf, type UnitState, unitOf } from './fixtures';

/** Capacity that EC2 has, in devices, from a minute until another. */
interface Outage {
  readonly pool: string;
  readonly fromMinute: number;
  readonly toMinute: number;
  /** Devices that remain. */
  readonly devices: number;
}

/**
 * A coarse world of one-device pods and one tick a minute: pods start on the pool of the highest weight that has room, the
 * scaler keeps the floor and what its target asks for, and a launch beyond what EC2 has is refused.
 */
class World {
  readonly strategies: Strategy[] = [];
  memory: FleetMemory | undefined;
  private minute = 0;
  private readonly pods = new Map<string, Record<string, number>>();
  private readonly floors = new Map<string, number>();
  private readonly targets = new Map<string, number>();
  private readonly requests = new Map<string, number[]>();
  private readonly pools = new Map<string, { weight?: number; limit?: number; failures: LaunchFailure[]; lastLaunch?: number }>();
  private weights: Record<string, number>;

  constructor(
    private readonly fleet: Fleet,
    private readonly demandPerMinute: (minute: number) => number,
    private readonly outages: readonly Outage[],
    private readonly prices: Readonly<Record<string, number>> = {},
  ) {
    for (const { name, pools, profile } of fleet.units) {
      this.pods.set(name, { [pools[0]!]: 8 });
      this.floors.set(name, 1);
      this.targets.set(name, profile.throughputPerMinute * 0.8);
      this.requests.set(name, []);
    }
    for (const { name } of fleet.pools) this.pools.set(name, { failures: [] });
    this.weights = Object.fromEntries(fleet.units.map(({ name }) => [name, 200]));
  }

  run(minutes: number): void {
    for (let end = this.minute + minutes; this.minute < end; this.minute++) {
      this.serve();
      this.scale();
      this.tick();
    }
  }

  get shares(): readonly number[] {
    const sum = Object.values(this.weights).reduce((total, weight) => total + weight, 0);
    return this.fleet.units.map(({ name }) => this.weights[name]! / sum);
  }

  ready(unit: string): number {
    return Object.values(this.pods.get(unit)!).reduce((sum, pods) => sum + pods, 0);
  }

  running(pool: string): number {
    return [...this.pods.values()].reduce((sum, byPool) => sum + (byPool[pool] ?? 0), 0);
  }

  private granted(pool: string): number {
    const outage = this.outages.find((one) => one.pool === pool && this.minute >= one.fromMinute && this.minute < one.toMinute);
    return outage?.devices ?? Number.POSITIVE_INFINITY;
  }

  private get now(): number {
    return NOW + this.minute * 60;
  }

  private serve(): void {
    const demand = this.demandPerMinute(this.minute);
    for (const [index, { name }] of this.fleet.units.entries()) this.requests.get(name)!.push(demand * this.shares[index]!);
  }

  private scale(): void {
    for (const { name: pool } of this.fleet.pools) {
      // EC2 takes back what it no longer has.
      for (const { name } of this.fleet.units) {
        const byPool = this.pods.get(name)!;
        while ((byPool[pool] ?? 0) > 0 && this.running(pool) > this.granted(pool)) byPool[pool]! -= 1;
      }
    }
    for (const unit of this.fleet.units) {
      const wanted = Math.max(
        this.floors.get(unit.name)!,
        Math.min(unit.maximumReplicas, Math.ceil(this.requests.get(unit.name)!.at(-1)! / this.targets.get(unit.name)!)),
      );
      const byPool = this.pods.get(unit.name)!;
      while (this.ready(unit.name) < wanted && this.launch(unit.pools, byPool));
      for (const pool of unit.pools) while (this.ready(unit.name) > wanted && (byPool[pool] ?? 0) > 0) byPool[pool]! -= 1;
    }
  }

  private launch(pools: readonly string[], byPool: Record<string, number>): boolean {
    const order = [...pools].sort((a, b) => (this.pools.get(b)!.weight ?? 0) - (this.pools.get(a)!.weight ?? 0));
    for (const pool of order) {
      const state = this.pools.get(pool)!;
      if (this.running(pool) >= (state.limit ?? Number.POSITIVE_INFINITY)) continue;
      if (this.running(pool) < this.granted(pool)) {
        byPool[pool] = (byPool[pool] ?? 0) + 1;
        state.lastLaunch = this.now;
        return true;
      }
      state.failures.push({ zone: 'unknown', atSeconds: this.now, message: 'InsufficientInstanceCapacity' });
    }
    return false;
  }

  private tick(): void {
    const nowSeconds = this.now + 30;
    const units: Record<string, UnitState> = {};
    for (const { name } of this.fleet.units) {
      units[name] = {
        requestsPerMinute: this.series(name),
        ready: { ...this.pods.get(name)! },
        floor: this.floors.get(name)!,
        target: this.targets.get(name)!,
        weight: this.weights[name]!,
      };
    }
    const pools: Record<string, PoolStateOf> = {};
    for (const [name, { weight, limit, failures, lastLaunch }] of this.pools) {
      pools[name] = {
        weight,
        limit,
        failures: failures.filter(({ atSeconds }) => atSeconds > nowSeconds - 3600),
        running: this.running(name),
        ...(lastLaunch !== undefined && this.running(name) > 0 && { lastLaunchSeconds: lastLaunch }),
        ...(this.prices[name] !== undefined && { priceUsd: this.prices[name] }),
      };
    }
    const input = inputOf(this.fleet, this.memory && { memory: this.memory });
    const decision = decide([input], observationOf(this.fleet, units, pools, nowSeconds));
    const decided = decision.fleets[0]!;
    this.memory = decided.memory;
    this.strategies.push(decided.strategy);
    const weights: Record<string, number> = {};
    for (const [name, { floor, targetThroughputPerMinute, share }] of Object.entries(decided.units)) {
      if (floor.value !== undefined) this.floors.set(name, floor.value);
      if (targetThroughputPerMinute.value !== undefined) this.targets.set(name, targetThroughputPerMinute.value);
      weights[name] = share.value === undefined ? this.weights[name]! : Math.round(share.value * 999);
    }
    this.weights = weights;
    for (const [name, { weight, limitDevices }] of Object.entries(decision.pools)) {
      const pool = this.pools.get(name)!;
      if (weight.value !== undefined) pool.weight = weight.value;
      if (limitDevices.value !== undefined) pool.limit = limitDevices.value;
    }
  }

  /** A target group without traffic has no data. */
  private series(unit: string): Signal<Series> {
    const values = this.requests.get(unit)!;
    const points = values.map((value, minute) => ({ value, atSeconds: NOW + minute * 60 })).filter(({ value }) => value > 0);
    const last = points.at(-1);
    return last === undefined
      ? unknown('no data')
      : known({ values: points.map(({ value }) => value), atSeconds: points.map(({ atSeconds }) => atSeconds) }, last.atSeconds);
  }
}

describe('a fleet under the loop', () => {
  it('fails over within a tick of the loss of its cheapest pool and returns to its cost shares when capacity is back', () => {
    const world = new World(paperFleet(), () => 2000, [{ pool: 'inf2', fromMinute: 30, toMinute: 150, devices: 0 }]);
    world.run(30);
    expect(world.strategies.at(-1)).toBe('CostOptimized');
    expect(world.shares[0]).toBeCloseTo(0.4, 2);
    world.run(2);
    expect(world.strategies.at(-1)).toBe('CapacityOptimized');
    expect(world.shares[0]).toBe(0);
    world.run(118);
    expect(world.strategies.slice(31)).not.toContain('CostOptimized');
    // At most 30 minutes to the next probe, 10 more of hysteresis, and some to start pods.
    world.run(60);
    expect(world.strategies.at(-1)).toBe('CostOptimized');
    expect(world.shares[0]).toBeCloseTo(0.4, 2);
    expect(world.memory?.switches).toBe(2);
  });

  it('holds what a capped pool has and hands back afterwards', () => {
    const world = new World(paperFleet(), (minute) => 1000 + 10 * Math.min(minute, 150), [
      { pool: 'g6', fromMinute: 20, toMinute: 140, devices: 3 },
    ]);
    world.run(130);
    expect(world.strategies.at(-1)).toBe('CapacityOptimized');
    expect(world.ready('g6')).toBe(3);
    expect(world.shares[3]).toBeGreaterThan(0);
    expect(world.shares[3]).toBeLessThan(0.1);
    world.run(90);
    expect(world.strategies.at(-1)).toBe('CostOptimized');
    expect(world.shares[3]).toBeCloseTo(0.1, 2);
  });

  it('moves to on-demand and back without a switch of mode when only spot is short', () => {
    const fleet = fleetOf({
      units: [unitOf('a', { pools: ['spot', 'od'], costShare: 1 })],
      pools: [poolOf('spot', { capacityType: 'spot' }), poolOf('od')],
    });
    const world = new World(fleet, () => 1200, [{ pool: 'spot', fromMinute: 10, toMinute: 100, devices: 5 }], { spot: 0.3, od: 1 });
    world.run(90);
    expect(world.memory?.switches).toBe(0);
    expect(world.running('od')).toBeGreaterThan(10);
    world.run(60);
    expect(world.memory?.shortages).toEqual([]);
  });

  it('comes back to its cost shares after any shortages, once capacity is back', () => {
    const fleet = fleetOf({
      units: [
        unitOf('a', { pools: ['a-spot', 'a-od'], costShare: 0.5 }),
        unitOf('b', { pools: ['b'], costShare: 0.3 }),
        unitOf('c', { pools: ['c', 'a-od'], costShare: 0.2 }),
      ],
      pools: [poolOf('a-spot', { capacityType: 'spot' }), poolOf('a-od'), poolOf('b'), poolOf('c', { capacityType: 'spot' })],
    });
    const prices = { 'a-spot': 0.3, 'a-od': 1, b: 0.8, c: 0.4 };
    const outage = fc
      .record({
        pool: fc.constantFrom('a-spot', 'a-od', 'b', 'c'),
        fromMinute: fc.nat(150),
        minutes: fc.integer({ min: 1, max: 120 }),
        devices: fc.nat(10),
      })
      .map(
        ({ pool, fromMinute, minutes, devices }): Outage => ({ pool, fromMinute, toMinute: Math.min(180, fromMinute + minutes), devices }),
      );
    fc.assert(
      fc.property(fc.array(outage, { maxLength: 6 }), fc.integer({ min: 100, max: 2000 }), (outages, demand) => {
        const world = new World(fleet, (minute) => demand + (minute % 7) * 10, outages, prices);
        world.run(180);
        // The longest rest, an unanswered probe, hysteresis and step-by-step changes: within 90 minutes.
        world.run(90);
        expect(world.strategies.at(-1)).toBe('CostOptimized');
        expect(world.shares[0]).toBeCloseTo(0.5, 1);
        expect(world.shares[1]).toBeCloseTo(0.3, 1);
      }),
      { seed: 20_261_122, numRuns: 30 },
    );
  });
});
