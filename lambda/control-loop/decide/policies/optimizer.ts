import type { Finding } from '../../model/decision';
import { freshQuantity } from '../../model/signals';
import { isBlocked } from '../circuits';
import { finishFloors, KEPT_DEVIATIONS } from '../floors';
import { busiestPerMinute, podsBeside, problemOf } from '../optimizer/fleet-problem';
import { adjustedPlan, greedyPlan, isBetter } from '../optimizer/greedy';
import { type Placed, type Problem, podsOf, shortfalls, usdPerHour } from '../optimizer/problem';
import { orderPools } from '../pool-order';
import { limitPools } from '../pools';
import { rolloutTargets } from '../rollout-targets';
import { roomOf } from '../room';
import { costShares, normalized, observedPriceUsdPerDeviceHour } from '../shares';
import { shortageFindings } from '../shortage-findings';
import { besideCanaries, type Wanted, withoutSlowUnits } from '../wanted-shares';
import type { DesiredUnit, DesiredValue, Policy, PolicyContext } from './policy';

/** A plan replaces the one that is nearest to the live floors where it saves at least this part: what moves costs two pods for a while. */
const WORTH_MOVING = 0.1;
/** A fleet that nobody asks keeps a pod: the next request needs one that is ready. In requests per minute. */
const LEAST_DEMAND_PER_MINUTE = 0.1;

/**
 * The cheapest whole pods that serve the planned demand within the objective, and that without any one pool lose no request of the part of
 * it that is to survive.
 *
 * Price decides how many pods each unit has; the shares follow what these serve, so that all are equally busy. The number of pods for a
 * rate comes from their queue (`rateFor`), so that few pods of one unit serve more than one pod of each of several. The plan that is nearest
 * to the live floors stays until another costs a tenth less, and as long as a price is unknown. While demand is unknown, the traffic is
 * divided by the cost equation of `TwoMode`, and floors stay as they are.
 *
 * Security-constrained unit commitment as in power grids: A. J. Wood, B. F. Wollenberg, G. B. Sheblé, Power Generation, Operation, and
 * Control, 3rd ed., 2013, chapters 4 and 7. The plan is found without a solver (`greedyPlan`), and looks no further than the forecast of the demand does.
 */
export const optimizerPolicy: Policy<'LeastCost'> = (context) => {
  const { fleet, demand, circuits: states } = context;
  const order = orderPools(context);
  const names = order.map(({ value }) => value);
  const plan = demand.known ? planOf(context, names) : undefined;
  const wanted = besideCanaries(context, withoutSlowUnits(context, plan?.wanted ?? unplanned(context)));
  const findings: Finding[] = [...(plan?.findings ?? [])];
  const sized = new Map<string, DesiredValue<number>>();
  if (plan !== undefined && demand.known) {
    for (const [index, unit] of fleet.units.entries()) {
      const own = plan.floors.get(unit.name);
      const ratePerMinute = wanted[index]!.share * demand.value.plannedPerMinute;
      const beside = {
        value: podsBeside(context, unit, ratePerMinute),
        reason: `${Math.round(ratePerMinute)} requests/min within the objective`,
      };
      const { value, reason } = own ?? beside;
      sized.set(unit.name, value >= unit.minimumReplicas ? { value, reason } : { value: unit.minimumReplicas, reason: 'minimumReplicas' });
    }
  }
  const floors = finishFloors(sized, { context, states, order: names }, findings);
  const forRollouts = rolloutTargets(context);
  const units: Record<string, DesiredUnit> = {};
  for (const [index, unit] of fleet.units.entries()) {
    const { share, shareReason } = wanted[index]!;
    const busiest = plan?.busiestPerMinute.get(unit.name) ?? fleet.policy.targetUtilization * unit.profile.throughputPerMinute;
    const forRollout = forRollouts.get(unit.name);
    const floor = floors.desired[unit.name];
    units[unit.name] = {
      share: { value: share, reason: shareReason },
      targetThroughputPerMinute:
        forRollout !== undefined && forRollout > busiest
          ? { value: forRollout, reason: 'room for a pod of its rollout' }
          : { value: busiest, reason: 'what a pod serves by the plan' },
      ...(floor && { floor }),
    };
  }
  return {
    strategy: 'LeastCost',
    strategyReason: plan?.reason ?? 'no plan while demand is unknown',
    units,
    floorsFollowShares: true,
    poolOrder: order,
    limits: limitPools(context),
    findings: [...shortageFindings(context), ...floors.findings],
  };
};

interface FleetPlan {
  readonly wanted: readonly Wanted[];
  /** Of the units that are planned, by name. */
  readonly floors: ReadonlyMap<string, DesiredValue<number>>;
  readonly busiestPerMinute: ReadonlyMap<string, number>;
  readonly reason: string;
  readonly findings: readonly Finding[];
}

const planOf = (context: PolicyContext, order: readonly string[]): FleetPlan => {
  const { fleet, units, demand, circuits, nowSeconds } = context;
  const { plannedPerMinute, noisePerMinute } = demand.known ? demand.value : { plannedPerMinute: 0, noisePerMinute: 0 };
  const ratePerMinute = Math.max(plannedPerMinute, LEAST_DEMAND_PER_MINUTE);
  const problem = problemOf(context, ratePerMinute, roomOf(context, circuits), order);
  const upper = forRate(problem, ratePerMinute + KEPT_DEVIATIONS * noisePerMinute, fleet.resilience);
  const live = problem.units.map(({ name, minimumPods, maximumPods }) => {
    const floor = freshQuantity(units[name]?.floor, nowSeconds) ?? minimumPods;
    const leaving = freshQuantity(units[name]?.leavingPods, nowSeconds) ?? 0;
    return Math.min(maximumPods, Math.max(minimumPods, floor - leaving));
  });
  const near = adjustedPlan(problem, live, upper);
  // What is moved to must hold while demand wavers, or the next tick would buy again.
  const fresh = greedyPlan(upper, near.map(podsOf));
  const servesMore = shortfalls(problem, fresh).length < shortfalls(problem, near).length;
  const saves = usdPerHour(problem, fresh) <= (1 - WORTH_MOVING) * usdPerHour(problem, near);
  const isNearKept = !isBetter(problem, fresh, near) || !(servesMore || (saves && arePricesKnown(context)));
  const plan = isNearKept ? near : fresh;
  const missing = shortfalls(problem, plan);
  const findings = missing.map(({ lostPool, missingPerMinute }): Finding => {
    const of = `${Math.round(missingPerMinute)} of ${Math.round(lostPool === undefined ? problem.demandPerMinute : problem.survivingPerMinute)} requests/min`;
    const message =
      lostPool === undefined
        ? `no unit has room for ${of}`
        : `resilience ${fleet.resilience} cannot be reached: without pool ${problem.pools[lostPool]!.name} there is no room for ${of}`;
    return { code: 'Rejected', subject: fleet.name, message };
  });
  const asked = missing.some(({ lostPool }) => lostPool === undefined)
    ? greedyPlan(problemOf(context, ratePerMinute, roomOf(context, {}), order), near.map(podsOf))
    : undefined;
  return { ...fleetPlan(context, problem, plan, asked), reason: reasonOf(problem, plan), findings };
};

/** Whether the prices of all pools are known: beside a stated price an observed one says nothing of which pods cost less. */
const arePricesKnown = ({ fleet, pools }: PolicyContext): boolean =>
  fleet.pools.every(({ name, capacityType }) => capacityType === 'reserved' || observedPriceUsdPerDeviceHour(pools[name]) !== undefined);

const forRate = (problem: Problem, ratePerMinute: number, resilience: number): Problem => ({
  ...problem,
  demandPerMinute: ratePerMinute,
  survivingPerMinute: ratePerMinute * resilience,
});

/** What a plan makes of each unit. `asked` is what the fleet would have without shortages: its pods wait for capacity to come back. */
const fleetPlan = (
  { fleet }: PolicyContext,
  problem: Problem,
  plan: Placed,
  asked: Placed | undefined,
): Pick<FleetPlan, 'wanted' | 'floors' | 'busiestPerMinute'> => {
  const byName = new Map(problem.units.map((unit, index) => [unit.name, { unit, pods: podsOf(plan[index]!), index }]));
  const rates = fleet.units.map(({ name }) => {
    const own = byName.get(name);
    return own === undefined ? 0 : own.unit.ratePerMinute(own.pods);
  });
  const floors = new Map<string, DesiredValue<number>>();
  const busiest = new Map<string, number>();
  for (const [index, unit] of fleet.units.entries()) {
    const own = byName.get(unit.name);
    if (own === undefined) continue;
    const waiting = asked === undefined ? 0 : podsOf(asked[own.index]!);
    floors.set(
      unit.name,
      waiting > own.pods
        ? { value: waiting, reason: 'more when a pool has capacity again' }
        : { value: own.pods, reason: `its part of the plan: serves up to ${Math.round(rates[index]!)} requests/min` },
    );
    busiest.set(unit.name, busiestPerMinute(own.unit, own.pods, unit, fleet.policy.targetUtilization));
  }
  const shares = normalized(rates);
  return {
    floors,
    busiestPerMinute: busiest,
    wanted: shares.map((share) => ({ share, shareReason: 'in proportion to what its pods of the plan serve' })),
  };
};

/** What the plan costs, and what of it is for the loss of a pool. */
const reasonOf = (problem: Problem, plan: Placed): string => {
  const usd = usdPerHour(problem, plan);
  const text = `${usd.toFixed(2)} $/h for ${Math.round(problem.demandPerMinute)} requests/min`;
  if (problem.survivingPerMinute === 0) return text;
  const withoutLoss = { ...problem, survivingPerMinute: 0 };
  const without = usdPerHour(problem, adjustedPlan(withoutLoss, plan.map(podsOf), withoutLoss));
  return `${text}, of which ${Math.max(0, usd - without).toFixed(2)} $/h so that the loss of any one pool loses no requests`;
};

/** How the traffic is divided while no plan can be made. */
const unplanned = ({ fleet, pools, circuits, nowSeconds, promisedDevices = {} }: PolicyContext): readonly Wanted[] =>
  costShares({ fleet, pools, isFree: (pool) => !isBlocked(circuits[pool] ?? 'Closed'), nowSeconds, promisedDevices }).map((share) => ({
    share,
    shareReason: 'cost share by throughput, price and latency, as demand is unknown',
  }));
