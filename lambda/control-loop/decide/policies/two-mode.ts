import type { Unit } from '../../model/fleet';
import { readyPods } from '../../model/signals';
import { isCanary } from '../canaries';
import { type CircuitState, isBlocked } from '../circuits';
import { sizeFloors } from '../floors';
import { orderPools } from '../pool-order';
import { limitPools } from '../pools';
import { rolloutTargets } from '../rollout-targets';
import { costShares, levelledThroughputs } from '../shares';
import { shortageFindings } from '../shortage-findings';
import { besideCanaries, type Wanted, withoutSlowUnits } from '../wanted-shares';
import type { DesiredUnit, DesiredValue, Policy, PolicyContext } from './policy';

type TwoModeStrategy = 'CostOptimized' | 'CapacityOptimized';
type States = Readonly<Record<string, CircuitState>>;

/**
 * Two modes, as in arXiv 2503.20074, with the switch repaired.
 *
 * Cost-optimized: the fleet's cost shares, targets from each unit's own throughput. Capacity-optimized: equal shares over
 * the units that have capacity, levelled targets. The fleet leaves cost-optimized mode as soon as every pool of some unit
 * is in shortage; a shortage that another pool of the unit can make good is left to the order of pools. It returns when
 * every unit has had a pool free of shortage for `returnAfterSeconds`, whatever the load.
 */
export const twoModePolicy: Policy<TwoModeStrategy> = (context) => {
  const { fleet, circuits: states } = context;
  const order = orderPools(context);
  const { strategy, strategyReason } = chooseStrategy(context, states);
  const divided = strategy === 'CostOptimized' ? costMode(context, states) : capacityMode(context, states);
  const wanted = besideCanaries(context, withoutSlowUnits(context, divided));
  const floors = sizeFloors({ context, states, order: order.map(({ value }) => value), shares: wanted.map(({ share }) => share) });
  const forRollouts = rolloutTargets(context);
  const units: Record<string, DesiredUnit> = {};
  for (const [index, unit] of fleet.units.entries()) {
    const { share, shareReason, throughputPerMinute, throughputName } = wanted[index]!;
    const floor = floors.desired[unit.name];
    units[unit.name] = {
      share: { value: share, reason: shareReason },
      targetThroughputPerMinute: targetOf(throughputPerMinute, throughputName, fleet.policy.targetUtilization, forRollouts.get(unit.name)),
      ...(floor && { floor }),
    };
  }
  return {
    strategy,
    strategyReason,
    units,
    floorsFollowShares: true,
    poolOrder: order,
    limits: limitPools(context),
    findings: [...shortageFindings(context), ...floors.findings],
  };
};

const targetOf = (
  throughputPerMinute: number,
  name: Divided['throughputName'],
  utilization: number,
  forRollout: number | undefined,
): DesiredValue<number> => {
  const value = throughputPerMinute * utilization;
  if (forRollout !== undefined && forRollout > value) return { value: forRollout, reason: 'room for a pod of its rollout' };
  return { value, reason: `${utilization} of the ${name} throughput of ${round(throughputPerMinute)}/min` };
};

/** Whether every pool of a unit is in shortage. */
const isShort = (unit: Unit, states: States): boolean => unit.pools.every((pool) => isBlocked(states[pool] ?? 'Closed'));

const chooseStrategy = (context: PolicyContext<TwoModeStrategy>, states: States): { strategy: TwoModeStrategy; strategyReason: string } => {
  const { fleet, memory, nowSeconds, clearSinceSeconds, forcedStrategy } = context;
  if (forcedStrategy !== undefined) return { strategy: forcedStrategy.value, strategyReason: forcedStrategy.reason };
  const short = fleet.units.filter((unit) => isShort(unit, states) && !isCanary(unit)).map(({ name }) => name);
  if (short.length > 0) return { strategy: 'CapacityOptimized', strategyReason: `every pool of ${short.join(', ')} is in shortage` };
  if (memory.strategy !== 'CapacityOptimized')
    return { strategy: 'CostOptimized', strategyReason: 'every unit has a pool free of shortage' };
  if (clearSinceSeconds === undefined) return { strategy: 'CapacityOptimized', strategyReason: 'a pool is still in shortage' };
  const clearSeconds = nowSeconds - clearSinceSeconds;
  const { returnAfterSeconds } = fleet.policy;
  return clearSeconds >= returnAfterSeconds
    ? { strategy: 'CostOptimized', strategyReason: `every unit has had a pool free of shortage for ${returnAfterSeconds} s` }
    : {
        strategy: 'CapacityOptimized',
        strategyReason: `every unit has a pool free of shortage for ${Math.round(clearSeconds)} s of the ${returnAfterSeconds} s before the return`,
      };
};

interface Divided extends Wanted {
  readonly throughputPerMinute: number;
  readonly throughputName: 'own' | 'levelled';
}

const costMode = ({ fleet, pools, demand, nowSeconds, promisedDevices = {} }: PolicyContext, states: States): readonly Divided[] => {
  const isFree = (pool: string) => !isBlocked(states[pool] ?? 'Closed');
  const rate = demand.known && { demandPerMinute: demand.value.presentPerMinute };
  const shares = costShares({ fleet, pools, isFree, nowSeconds, promisedDevices, ...rate });
  return fleet.units.map((unit, index) => ({
    share: shares[index]!,
    shareReason: unit.costShare === undefined ? 'cost share by throughput, price and latency' : 'cost share as stated',
    throughputPerMinute: unit.profile.throughputPerMinute,
    throughputName: 'own',
  }));
};

const capacityMode = (context: PolicyContext, states: States): readonly Divided[] => {
  const { fleet } = context;
  const levelled = levelledThroughputs(fleet.units.map(({ profile }) => profile.throughputPerMinute));
  // Canaries have their parts beside these.
  const most = fleet.units.map((unit, index) =>
    isCanary(unit) ? 0 : isShort(unit, states) ? mostShareInShortage(context, unit, levelled[index]!) : 1,
  );
  const able = most.filter((share) => share > 0).length;
  const equal = able > 0 ? 1 / able : 0;
  const takenInShortage = most.reduce((sum, share) => sum + (share < equal ? share : 0), 0);
  const open = most.filter((share) => share >= equal).length;
  return fleet.units.map((_, index) => ({
    share: most[index]! < equal ? most[index]! : (1 - takenInShortage) / Math.max(1, open),
    shareReason:
      most[index] === 0
        ? 'in shortage without a ready pod'
        : most[index]! < equal
          ? 'in shortage: what its ready pods serve'
          : 'equal share of the units that have capacity',
    throughputPerMinute: levelled[index]!,
    throughputName: 'levelled',
  }));
};

/** The share that the ready pods of a unit can serve; without known readiness or demand nothing is concluded. */
const mostShareInShortage = ({ fleet, units, demand, nowSeconds }: PolicyContext, unit: Unit, levelledPerMinute: number): number => {
  const ready = readyPods(units[unit.name], nowSeconds);
  if (ready === undefined) return 1;
  if (ready === 0) return 0;
  if (!demand.known || demand.value.presentPerMinute <= 0) return 1;
  return (ready * levelledPerMinute * fleet.policy.targetUtilization) / demand.value.presentPerMinute;
};

const round = (value: number): number => Math.round(value * 100) / 100;
