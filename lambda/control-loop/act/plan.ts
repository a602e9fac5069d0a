import { resources } from '../contract/names';
import type { Decision, FleetDecision, Reasoned, UnitDecision } from '../model/decision';
import { type Field, formatField } from '../model/field';
import { type Fleet, fleetKey, type Pool, type Unit, unitKey } from '../model/fleet';
import type { LivePod } from '../model/live-pod';
import type { LiveField, LiveScaler } from '../model/live-scaler';
import type { Observation } from '../model/observation';
import { toThreeDecimals } from '../model/quantity';
import { type Router, routingOf } from '../model/router';
import { mayTake } from '../model/written';
import type { JsonPatchOperation } from '../ports';
import type { TrafficSplitter } from '../routers/adapter';
import { planPods } from './plan-pods';
import { type FieldChange, type PoolWrite, phases, type RouterWrite, type ScalerWrite, type Write } from './writes';

/** A share as router weight: at least 1 for a share above 0, so that a small share is not none. */
export const routerWeight = (share: number, maxWeight: number): number => (share > 0 ? Math.max(1, Math.round(share * maxWeight)) : 0);

/** What a plan asks of the splitter of each kind of router: constants and names. */
type SplitterFacts = Readonly<Record<Router['kind'], { readonly splitter: Pick<TrafficSplitter, 'maxWeight' | 'nameOf'> }>>;

/**
 * The fewest writes that make the world what was decided, in the safe order. Pure.
 *
 * @param fleets the fleets to act for; others' decisions are left alone
 * @param scalers the scalers' fields as they were observed, by `unitKey`
 * @param pods ready pods of units with several pools, by `unitKey`
 */
export const planWrites = (
  fleets: readonly Fleet[],
  observation: Observation,
  decision: Decision,
  scalers: ReadonlyMap<string, LiveScaler>,
  routers: SplitterFacts,
  pods: ReadonlyMap<string, readonly LivePod[]> = new Map(),
): readonly Write[] => {
  const writes: Write[] = [...planPools(fleets, observation, decision)];
  const decided = new Map(decision.fleets.map((fleet) => [fleet.fleet, fleet]));
  for (const fleet of fleets) {
    const own = decided.get(fleetKey(fleet));
    if (own === undefined) continue;
    for (const unit of fleet.units) writes.push(...planScaler(fleet, unit, own.units[unit.name], observation, scalers));
    const router = planRouter(fleet, own, observation, routers);
    if (router !== undefined) writes.push(router);
    writes.push(...planPods(fleet, own.deletionCosts ?? {}, pods));
  }
  // A stable sort: inside a phase the order of the fleets and their units holds.
  return writes.sort((a, b) => a.phase - b.phase);
};

/** What is to be written; `undefined` leaves the field as it is, and so does anything that is not a number. */
const wanted = (decided: Reasoned<number> | undefined): number | undefined =>
  Number.isFinite(decided?.value) ? decided?.value : undefined;

const change = (field: Field, value: number, previous: number | undefined): FieldChange =>
  previous === undefined ? { field, value } : { field, value, previous };

/** Pools are cluster-wide: each is written once, for all fleets that name it. */
const planPools = (fleets: readonly Fleet[], observation: Observation, decision: Decision): readonly PoolWrite[] => {
  const users = new Map<string, { pool: Pool; fleets: string[] }>();
  for (const fleet of fleets) {
    for (const pool of fleet.pools) {
      const user = users.get(pool.name);
      if (user === undefined) users.set(pool.name, { pool, fleets: [fleetKey(fleet)] });
      else user.fleets.push(fleetKey(fleet));
    }
  }
  const memories = new Map(decision.fleets.map(({ fleet, memory }) => [fleet, memory]));
  return [...users.values()].flatMap(({ pool, fleets: keys }) => {
    const observed = observation.pools[pool.name];
    const decided = decision.pools[pool.name];
    if (decided === undefined || !observed?.uid.known || !observed.weight.known || !observed.limitDevices.known) return [];
    const liveWeight = observed.weight.value;
    const liveLimitDevices = observed.limitDevices.value;
    const weight = wanted(decided.weight) ?? liveWeight;
    const limitDevices = wanted(decided.limitDevices) ?? liveLimitDevices;
    const changes: FieldChange[] = [];
    const add = (kind: 'weight' | 'limit', value: number, previous: number | undefined): void => {
      const field: Field = { kind, name: pool.name };
      const isTaken = keys.some((key) => mayTake(memories.get(key)!, formatField(field)));
      changes.push({ ...change(field, value, previous), ...(isTaken && { isTaken }) });
    };
    if (weight !== undefined && weight !== liveWeight) add('weight', weight, liveWeight);
    if (limitDevices !== undefined && limitDevices !== liveLimitDevices) add('limit', limitDevices, liveLimitDevices);
    if (changes.length === 0) return [];
    const rises = limitDevices !== undefined && liveLimitDevices !== undefined && limitDevices > liveLimitDevices;
    return [
      {
        kind: 'pool',
        phase: rises ? phases.raiseLimits : phases.pools,
        pool: pool.name,
        deviceResource: pool.deviceResource,
        uid: observed.uid.value,
        fleets: keys,
        weight,
        limitDevices,
        liveWeight,
        liveLimitDevices,
        changes,
      },
    ];
  });
};

/** At most two patches: one that raises the floor and sets the target, or one that sets the target and one that lowers the floor. */
const planScaler = (
  fleet: Fleet,
  unit: Unit,
  decided: UnitDecision | undefined,
  observation: Observation,
  scalers: ReadonlyMap<string, LiveScaler>,
): readonly ScalerWrite[] => {
  const key = unitKey(fleet, unit.name);
  const observed = observation.units[key];
  const live = scalers.get(key);
  if (decided === undefined || observed === undefined || live === undefined) return [];
  const first: { operations: JsonPatchOperation[]; changes: FieldChange[] } = { operations: [], changes: [] };
  const last: typeof first = { operations: [], changes: [] };

  const wantedFloor = wanted(decided.floor);
  if (wantedFloor !== undefined && observed.floor.known) {
    // An autoscaler without KEDA does not scale to zero.
    const floor = unit.scaler.kind === 'HorizontalPodAutoscaler' ? Math.max(1, wantedFloor) : wantedFloor;
    if (floor !== observed.floor.value) {
      const into = floor > observed.floor.value ? first : last;
      into.operations.push(...replace(live.floor, floor, live.resourceVersion));
      into.changes.push(change({ kind: 'floor', name: unit.name }, floor, observed.floor.value));
    }
  }
  const wantedTarget = wanted(decided.targetThroughputPerMinute);
  if (wantedTarget !== undefined && observed.targetThroughputPerMinute.known) {
    const target = toThreeDecimals(wantedTarget);
    if (target !== toThreeDecimals(observed.targetThroughputPerMinute.value)) {
      first.operations.push(...replace(live.target, String(target), live.resourceVersion));
      first.changes.push(change({ kind: 'target', name: unit.name }, target, observed.targetThroughputPerMinute.value));
    }
  }
  const base = {
    kind: 'scaler',
    fleets: [fleetKey(fleet)],
    resource: unit.scaler.kind === 'ScaledObject' ? resources.scaledObjects : resources.horizontalPodAutoscalers,
    name: unit.scaler.name,
    namespace: fleet.namespace,
  } as const;
  return [
    ...(first.changes.length === 0 ? [] : [{ ...base, phase: phases.raiseFloors, ...first }]),
    ...(last.changes.length === 0 ? [] : [{ ...base, phase: phases.lowerFloors, ...last }]),
  ];
};

/**
 * `test` pins the value that was observed. An absent value cannot be tested, so there the version of the object
 * is the precondition.
 */
const replace = ({ path, raw }: LiveField, value: unknown, resourceVersion: string | undefined): readonly JsonPatchOperation[] => {
  if (raw !== undefined) {
    return [
      { op: 'test', path, value: raw },
      { op: 'replace', path, value },
    ];
  }
  const pin: readonly JsonPatchOperation[] =
    resourceVersion === undefined ? [] : [{ op: 'test', path: '/metadata/resourceVersion', value: resourceVersion }];
  return [...pin, { op: 'add', path, value }];
};

const planRouter = (fleet: Fleet, decided: FleetDecision, observation: Observation, routers: SplitterFacts): RouterWrite | undefined => {
  const routing = routingOf(fleet);
  const observed = observation.routerWeights[fleetKey(fleet)];
  if (routing === undefined || !observed?.known) return undefined;
  const { splitter } = routers[routing.router.kind];
  const weights: Record<string, number> = {};
  const changes: FieldChange[] = [];
  const set = (name: string, weight: number | undefined): void => {
    const live = observed.value[name];
    // A router without a backend of a unit would refuse the weights of all of them.
    if (live === undefined) return;
    weights[name] = weight ?? live;
    if (weights[name] !== live) changes.push(change({ kind: 'share', name }, weights[name], live));
  };
  const routed = fleet.units.filter(({ backend }) => backend !== undefined);
  const shares = routed.map(({ name }) => wanted(decided.units[name]?.share));
  const isWhole = shares.every((share) => share !== undefined);
  const retiring = Object.entries(decided.retiring ?? {});
  const liveOf = (name: string): number => observed.value[name] ?? 0;
  const unitsLive = routed.reduce((sum, { name }) => sum + liveOf(name), 0);
  const allLive = retiring.reduce((sum, [id]) => sum + liveOf(id), unitsLive);
  const keptOf = ([id, share]: (typeof retiring)[number]): number => wanted(share) ?? liveOf(id) / Math.max(allLive, 1);
  const left = 1 - retiring.reduce((sum, one) => sum + keptOf(one), 0);
  for (const [index, { name }] of routed.entries()) {
    const share = shares[index];
    set(name, share === undefined ? undefined : routerWeight(share * (isWhole ? left : 1), splitter.maxWeight));
  }
  for (const one of retiring) {
    const [id, share] = one;
    // Weights that stay as they are set the scale for what is measured against them.
    const relative = Math.min(liveOf(id), Math.round((unitsLive * keptOf(one)) / Math.max(left, Number.MIN_VALUE)));
    set(id, isWhole ? routerWeight(keptOf(one), splitter.maxWeight) : share.value === undefined ? undefined : relative);
  }
  const isDraining = retiring.some(([, { value }]) => value !== undefined);
  if (changes.length === 0) return undefined;
  return {
    kind: 'router',
    phase: decided.isRescue || isDraining ? phases.rescue : phases.shares,
    fleets: [fleetKey(fleet)],
    name: splitter.nameOf(routing.router),
    routing,
    observed: observed.value,
    weights,
    changes,
  };
};
