import { MAX_SIGNAL_AGE_SECONDS, type SignalFacts, signals } from '../contract/signals';
import type { Fleet } from './fleet';
import type { FleetObservation, PoolObservation, Signal, UnitObservation } from './observation';

/** The table of signals; a signal that is observed and missing in it is a compiler error here, and so is one that is not observed. */
const facts: {
  readonly unit: Readonly<Record<keyof UnitObservation, SignalFacts>>;
  readonly pool: Readonly<Record<keyof PoolObservation, SignalFacts>>;
  readonly fleet: Readonly<Record<'routerWeights', SignalFacts>>;
} = signals;

interface Needed<Name> {
  readonly signal: Name;
  readonly facts: SignalFacts;
}

/** The signals of a subject that some field waits for. */
const neededOf = <Name extends string>(table: Readonly<Record<Name, SignalFacts>>): readonly Needed<Name>[] =>
  (Object.keys(table) as Name[]).map((signal) => ({ signal, facts: table[signal] })).filter((one) => one.facts.neededFor.length > 0);

const needed = {
  unit: neededOf(facts.unit),
  /** Of a unit that gets no traffic. */
  idleUnit: neededOf(facts.unit).filter((one) => !one.facts.isOfTraffic),
  pool: neededOf(facts.pool),
  fleet: neededOf(facts.fleet),
};

/** Every signal of units, pools and fleets, by its name in the observation. */
export type SignalName = keyof UnitObservation | keyof PoolObservation | 'routerWeights';

const all: ReadonlyMap<string, SignalFacts> = new Map(Object.values(facts).flatMap((ofOwner) => Object.entries<SignalFacts>(ofOwner)));

/** Every signal, in the order in which a reader wants them. */
export const signalNames = [...all.keys()] as readonly SignalName[];

/** What is known of a signal; `undefined` for a name that is none. */
export const signalFacts = (name: string): SignalFacts | undefined => all.get(name);

/** The value of a signal that is known and young enough to act on; `undefined` otherwise. */
export const fresh = <T>(signal: Signal<T> | undefined, nowSeconds: number): T | undefined =>
  signal?.known && nowSeconds - signal.atSeconds <= MAX_SIGNAL_AGE_SECONDS ? signal.value : undefined;

/** As `fresh`, for a number that cannot be negative: anything else counts as unknown. */
export const freshQuantity = (signal: Signal<number> | undefined, nowSeconds: number): number | undefined => {
  const value = fresh(signal, nowSeconds);
  return value !== undefined && isQuantity(value) ? value : undefined;
};

const isQuantity = (value: number): boolean => Number.isFinite(value) && value >= 0;

/** Why a signal cannot be acted on. */
export const whyUnknown = (signal: Signal<unknown> | undefined, nowSeconds: number): string => {
  if (signal === undefined) return 'not observed';
  if (!signal.known) return signal.reason;
  const ageSeconds = Math.round(nowSeconds - signal.atSeconds);
  return ageSeconds > MAX_SIGNAL_AGE_SECONDS ? `${ageSeconds} s old` : 'not a quantity';
};

/** Ready pods of a unit on all nodes; `undefined` where readiness is unknown or too old. */
export const readyPods = (unit: UnitObservation | undefined, nowSeconds: number): number | undefined => {
  const byPool = fresh(unit?.readyPodsByPool, nowSeconds);
  if (byPool === undefined) return undefined;
  let sum = 0;
  for (const pods of Object.values(byPool)) {
    if (!isQuantity(pods)) return undefined;
    sum += pods;
  }
  return sum;
};

/** Ready pods of a unit on the nodes of one pool; `undefined` where readiness is unknown or too old. */
export const readyPodsOn = (unit: UnitObservation | undefined, pool: string, nowSeconds: number): number | undefined => {
  if (readyPods(unit, nowSeconds) === undefined) return undefined;
  return fresh(unit?.readyPodsByPool, nowSeconds)?.[pool] ?? 0;
};

/** A signal that something needs and that cannot be acted on. */
export interface MissingSignal {
  /** Name of the unit, pool or fleet. */
  readonly subject: string;
  readonly signal: SignalName;
  readonly facts: SignalFacts;
  readonly reason: string;
}

/** Everything that the decisions on a fleet need and do not have: fleet, units, pools, each in its order. */
const missingSignals = (fleet: Fleet, seen: FleetObservation): readonly MissingSignal[] => [
  ...(fleet.router === undefined ? [] : missingOf(fleet.name, seen, needed.fleet, seen.nowSeconds)),
  ...fleet.units.flatMap(({ name }) => missingUnitSignals(fleet, name, seen)),
  ...fleet.pools.flatMap(({ name }) => missingOf(name, seen.pools[name], needed.pool, seen.nowSeconds)),
];

/**
 * What of it is a gap in the observation, to be reported. A fleet without a router has nothing that counts its requests: that signals of
 * its traffic are unknown is how it is set up.
 */
export const observationGaps = (fleet: Fleet, seen: FleetObservation): readonly MissingSignal[] =>
  missingSignals(fleet, seen).filter((missing) => fleet.router !== undefined || !missing.facts.isOfTraffic);

/** What the decisions on one unit need and do not have. A unit that gets no traffic needs no signal of it. */
export const missingUnitSignals = (fleet: Fleet, name: string, seen: FleetObservation): readonly MissingSignal[] => {
  return missingOf(name, seen.units[name], isIdle(fleet, name, seen) ? needed.idleUnit : needed.unit, seen.nowSeconds);
};

const missingOf = <Name extends SignalName>(
  subject: string,
  observed: Readonly<Partial<Record<Name, Signal<unknown>>>> | undefined,
  signalsNeeded: readonly Needed<Name>[],
  nowSeconds: number,
): readonly MissingSignal[] => {
  const missing: MissingSignal[] = [];
  for (const { signal, facts: own } of signalsNeeded) {
    const one = observed?.[signal];
    const isKnown = one?.known && nowSeconds - one.atSeconds <= (own.maxAgeSeconds ?? Number.POSITIVE_INFINITY) && isSound(one.value);
    if (!isKnown) missing.push({ subject, signal, facts: own, reason: whyUnknown(one, nowSeconds) });
  }
  return missing;
};

/** Whether a unit is known to get no traffic: its share is zero, or its youngest minute had no request. */
const isIdle = ({ router }: Fleet, name: string, { units, routerWeights, nowSeconds }: FleetObservation): boolean => {
  const weights = router === undefined ? undefined : fresh(routerWeights, nowSeconds);
  const isRouted = weights !== undefined && Object.values(weights).some((weight) => weight > 0);
  return (isRouted && (weights[name] ?? 0) === 0) || fresh(units[name]?.requestsPerMinute, nowSeconds)?.values.at(-1) === 0;
};

/** Numbers, also those of a record, are quantities; a known absence, text and lists are sound as they are. */
const isSound = (value: unknown): boolean => {
  if (typeof value === 'number') return isQuantity(value);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return true;
  return Object.values(value).every((part) => typeof part !== 'number' || isQuantity(part));
};
