import { version } from '../../package.json';
import { appliedCondition, withCondition } from './act/applied';
import { decisionRecord } from './act/decision-record';
import { execute, unwrittenFields } from './act/execute';
import { fleetEvent } from './act/fleet-event';
import { handBack } from './act/hand-back';
import { withIntent, withOutcomes } from './act/intent';
import { lastDecision } from './act/last-decision';
import { planWrites } from './act/plan';
import { type IntentResult, lastTickTime, recordIntents } from './act/record-intent';
import { withInvalidStatus, withMemory, withStatus } from './act/status';
import { phases, type Write } from './act/writes';
import { mapLimit, messageOf } from './concurrency';
import { conditionReasons, resources } from './contract/names';
import { decide as builtInDecide, type Decide, type FleetInput } from './decide/decide';
import { poolsToHandBack } from './decide/hand-back';
import { type Claimant, refusedClaims } from './decide/refused-claims';
import { type FleetReport, metricLines } from './metrics';
import type { Claims } from './model/claims';
import { type DecidedFleet, decidedFleets } from './model/decided-fleet';
import type { Decision, FleetMemory } from './model/decision';
import { fleetKey } from './model/fleet';
import type { Observation } from './model/observation';
import { backendId, routingOf } from './model/router';
import { enforcingFirst } from './model/ruling';
import { parseRfc3339, rfc3339 } from './model/times';
import type { WriteRecord } from './model/write-record';
import { createTickCaches, type TickCaches } from './observe/caches';
import { clockOffset } from './observe/clocks';
import { attempt, type Deadline, startDeadline } from './observe/deadline';
import { type FleetObject, readFleet } from './observe/fleets';
import { isForeignNews, isOldNews, type TickEvent } from './observe/news';
import { type Observed, observe } from './observe/observe';
import { namedPools } from './observe/owned-pools';
import { listAll } from './observe/pages';
import type { KubernetesObject, Ports } from './ports';

export { createTickCaches };

/** What a tick is given besides the world. */
export interface TickOptions {
  /** When the time of the tick is over, in seconds since the epoch: what is observed late is unknown, no write is begun after it. */
  readonly deadlineSeconds: number;
  /** What started the tick, for the record: `schedule`, `event`, ... */
  readonly trigger: string;
  /** What that event says of itself. A tick of an event that says nothing new decides nothing. */
  readonly event?: TickEvent;
  /** Name of the cluster, the dimension `Cluster` of every metric; default: none. */
  readonly clusterName?: string;
  /** From `createTickCaches`, kept between ticks. */
  readonly caches: TickCaches;
  /** What decides; default: the loop's own `decide`. */
  readonly decide?: Decide;
}

/** What became of one fleet in a tick. */
interface FleetRecord {
  /** `fleetKey`. */
  readonly fleet: string;
  /**
   * `Acted`: writes were tried, or there was nothing to write; `Recommended`, `Observed`: by the fleet's mode;
   * `Invalid`: the spec is refused; `Conflict`: another tick or a user changed the fleet meanwhile; `Failed`: its status could not be
   * written; `Skipped`: the event that started the tick says nothing new.
   */
  readonly outcome: 'Acted' | 'Recommended' | 'Observed' | 'Invalid' | 'Conflict' | 'Failed' | 'Skipped';
  readonly message?: string;
}

/** What one tick saw, decided and wrote. */
export interface TickRecord {
  /** When the tick began, in seconds since the epoch. */
  readonly atSeconds: number;
  readonly trigger: string;
  /** Of the package. */
  readonly version: string;
  readonly durationSeconds: number;
  /** Time of each step, in seconds. */
  readonly steps: Readonly<Record<'list' | 'observe' | 'decide' | 'intent' | 'act', number>>;
  readonly fleets: readonly FleetRecord[];
  readonly observation: Observation;
  readonly decision: Decision;
  readonly writes: readonly WriteRecord[];
  /** NodePools that no fleet names any more, with what they had of the loop; left out where there are none. */
  readonly handedBack?: readonly WriteRecord[];
}

/** Part of the deadline that observation may take: the rest is for deciding and writing. */
const OBSERVATION_PART = 0.6;
const EVENTS_AT_ONCE = 8;

/**
 * One pass: observe, decide, act. Rejects when the fleets cannot be listed or nothing can be decided; whatever fails
 * beyond that is in the record.
 */
export const tick = async (ports: Ports, options: TickOptions): Promise<TickRecord> => {
  const stopwatch = startStopwatch(ports);
  const { startSeconds } = stopwatch;
  const deadline = startDeadline(timeLeft(options.deadlineSeconds, startSeconds) * OBSERVATION_PART);
  try {
    const listed = await listFleets(ports, options.caches, deadline);
    stopwatch.lap('list');
    const fleets = enforcingFirst(listed.flatMap(({ fleet }) => (fleet === undefined ? [] : [fleet])));
    const nothingNew = await whyNothingNew(ports, options, listed, deadline, startSeconds);
    if (nothingNew !== undefined) return skipped(ports, options, listed, stopwatch, nothingNew);
    const clockOffsetSeconds = clockOffset(listed.map(({ object }) => object));
    const observed = await observe(ports, options.caches, deadline, fleets, startSeconds, clockOffsetSeconds, retiringBackends(listed));
    const sources = withoutRefused(listed, observed.claims, ports);
    stopwatch.lap('observe');
    const decide = options.decide ?? builtInDecide;
    const decision = decide(sources.flatMap(inputOf), observed.observation);
    stopwatch.lap('decide');
    const steered = sources.flatMap(({ fleet }) => (fleet === undefined ? [] : [fleet]));
    const decided = new Map(decidedFleets(steered, decision, observed.observation).map((one) => [one.decided.fleet, one]));
    const isLate = () => ports.clock.nowSeconds() >= options.deadlineSeconds;
    const { outcomes, writes } = await recordAndAct(ports, sources, observed, decision, decided, {
      trigger: options.trigger,
      isLate,
      lap: stopwatch.lap,
    });
    const left = poolsToHandBack(observed.ownedPools, namedPools(listed.map(({ object }) => object)));
    const handedBack = await handBack(ports.kubernetes, left, isLate);
    const record: TickRecord = {
      atSeconds: startSeconds,
      trigger: options.trigger,
      version,
      durationSeconds: ports.clock.nowSeconds() - startSeconds,
      steps: stopwatch.steps,
      fleets: outcomes,
      observation: observed.observation,
      decision,
      writes,
      ...(handedBack.length > 0 && { handedBack }),
    };
    await report(ports, sources, decided, record, options.clusterName);
    return record;
  } finally {
    deadline.cancel();
  }
};

/** What removed units left behind in routers, as far as the fleets remember. */
const retiringBackends = (sources: readonly FleetObject[]): ReadonlyMap<string, readonly string[]> =>
  new Map(
    sources.flatMap(({ key, fleet, memory }) => {
      if (fleet === undefined || memory?.backends === undefined) return [];
      const own = new Set(fleet.units.flatMap(({ backend }) => (backend === undefined ? [] : [backendId(backend)])));
      const retiring = memory.backends.filter((id) => !own.has(id));
      return retiring.length === 0 ? [] : [[key, retiring] as const];
    }),
  );

/** Why the event that started a tick is no reason for one; `undefined` where it is. */
const whyNothingNew = async (
  { kubernetes }: Ports,
  { event, caches }: TickOptions,
  sources: readonly FleetObject[],
  deadline: Deadline,
  nowSeconds: number,
): Promise<string | undefined> => {
  if (event === undefined) return undefined;
  const ticks = sources.flatMap(({ object }) => parseRfc3339(lastTickTime(object)) ?? []);
  if (isOldNews(event, ticks.length > 0 ? Math.max(...ticks) : undefined, nowSeconds)) return 'a tick began after the event';
  const fleets = sources.flatMap(({ fleet }) => (fleet === undefined ? [] : [fleet]));
  const isForeign = await isForeignNews(event, fleets, caches.instanceIds, kubernetes, deadline);
  return isForeign ? `instance ${event.instanceId} is of no pool of a fleet` : undefined;
};

/** The record of a tick that decides nothing. */
const skipped = (
  ports: Ports,
  { trigger }: TickOptions,
  sources: readonly FleetObject[],
  { startSeconds, steps }: ReturnType<typeof startStopwatch>,
  message: string,
): TickRecord => {
  const record: TickRecord = {
    atSeconds: startSeconds,
    trigger,
    version,
    durationSeconds: ports.clock.nowSeconds() - startSeconds,
    steps,
    fleets: sources.map(({ key }) => ({ fleet: key, outcome: 'Skipped', message })),
    observation: { atSeconds: startSeconds, units: {}, pools: {}, routerWeights: {} },
    decision: { fleets: [], pools: {} },
    writes: [],
  };
  const { observation: _, decision: __, writes: ___, ...summary } = record;
  ports.log({ kind: 'tick', ...summary });
  return record;
};

/** Lambda ends after 900 s, so anything far from now is a duration or milliseconds in place of a time. */
const PLAUSIBLE_SECONDS = 3600;

const timeLeft = (deadlineSeconds: number, nowSeconds: number): number => {
  const left = deadlineSeconds - nowSeconds;
  if (Math.abs(left) <= PLAUSIBLE_SECONDS) return left;
  throw new RangeError(`deadlineSeconds: given ${deadlineSeconds}, expected a time in seconds since the epoch soon after ${nowSeconds}`);
};

const startStopwatch = ({ clock }: Ports) => {
  const startSeconds = clock.nowSeconds();
  const steps = { list: 0, observe: 0, decide: 0, intent: 0, act: 0 };
  let last = startSeconds;
  return {
    startSeconds,
    steps,
    lap: (step: keyof typeof steps): void => {
      const now = clock.nowSeconds();
      steps[step] = now - last;
      last = now;
    },
  };
};

/** All fleets in the order of their keys. */
const listFleets = async (ports: Ports, caches: TickCaches, deadline: Deadline): Promise<readonly FleetObject[]> => {
  const listed = await attempt('Kubernetes list of inferencefleets', deadline, () =>
    listAll(ports.kubernetes, deadline, resources.inferenceFleets),
  );
  if (!listed.ok) throw new Error(`nothing was decided, as the fleets are not known: ${listed.reason}`);
  return listed.value.map((object) => readFleet(object, caches)).sort((a, b) => (a.key < b.key ? -1 : 1));
};

/** The fleets, of which those that may not steer what they name are refused. */
const withoutRefused = (sources: readonly FleetObject[], claims: Claims, { routers }: Ports): readonly FleetObject[] => {
  const claimants = sources.flatMap(({ key, object, fleet }): readonly Claimant[] => {
    if (fleet === undefined) return [];
    const routing = routingOf(fleet);
    const routerResources = routing === undefined ? [] : routers[routing.router.kind].splitter.resourcesOf(routing);
    return [{ key, fleet, createdSeconds: parseRfc3339(object.metadata.creationTimestamp), routerResources }];
  });
  const refused = refusedClaims(claimants, claims);
  if (refused.size === 0) return sources;
  return sources.map((source) => {
    const message = refused.get(source.key);
    if (message === undefined) return source;
    const { fleet: _, ...rest } = source;
    return { ...rest, refusal: { reason: conditionReasons.claimRefused, message } };
  });
};

/** What is decided on: a fleet that is refused is left as it is. */
const inputOf = ({ fleet, memory, pause, overrides }: FleetObject): readonly FleetInput[] =>
  fleet === undefined ? [] : [{ fleet, pause, overrides, ...(memory === undefined ? {} : { memory }) }];

const recordAndAct = async (
  ports: Ports,
  sources: readonly FleetObject[],
  { observation, scalers, pods }: Observed,
  decision: Decision,
  decided: ReadonlyMap<string, DecidedFleet>,
  control: { readonly trigger: string; readonly isLate: () => boolean; readonly lap: (step: 'intent' | 'act') => void },
): Promise<{ readonly outcomes: readonly FleetRecord[]; readonly writes: readonly WriteRecord[] }> => {
  const enforced = sources.flatMap(({ fleet }) => (fleet?.enforcement === 'Enforce' ? [fleet] : []));
  const planned = planWrites(enforced, observation, decision, scalers, ports.routers, pods);
  const statuses = newStatuses(sources, decided, planned, control.trigger, observation.atSeconds);
  const intents = await recordIntents(ports.kubernetes, statuses);
  control.lap('intent');
  const mayAct = new Set(enforced.map(fleetKey).filter((key) => intents.get(key)?.outcome === 'Recorded'));
  // Traffic leaves a unit that does not serve even where Kubernetes takes no status.
  const mayRescue = new Set(enforced.map(fleetKey).filter((key) => intents.get(key)?.outcome === 'Failed'));
  const rescues = planned.filter(({ phase, fleets }) => phase === phases.rescue && fleets.every((fleet) => mayRescue.has(fleet)));
  const writes = await execute(ports, [...rescues, ...restrictTo(planned, mayAct)], control.isLate);
  await recordOutcomes(ports, sources, planned, writes, intents, rfc3339(observation.atSeconds));
  control.lap('act');
  const outcomes = sources.map((source) => outcomeOf(source, intents.get(source.key)));
  return { outcomes, writes };
};

/**
 * Says in the status of a fleet what came of its writes where that is news, and takes back what was remembered of writes that did not
 * succeed: nobody put them back. Best effort, as a field that seems to have been put back three times is asked for again in time, and the
 * next tick says it again.
 */
const recordOutcomes = async (
  { kubernetes }: Ports,
  sources: readonly FleetObject[],
  planned: readonly Write[],
  writes: readonly WriteRecord[],
  intents: ReadonlyMap<string, IntentResult>,
  now: string,
): Promise<void> => {
  const byFleet = writesByFleet(writes);
  await mapLimit(sources, EVENTS_AT_ONCE, async ({ key, memory: before }) => {
    const recorded = intents.get(key)?.recorded;
    const intended = (recorded?.status as { readonly memory?: FleetMemory } | undefined)?.memory;
    const own = byFleet.get(key) ?? [];
    if (recorded === undefined || intended === undefined || own.length === 0) return;
    const told = withCondition(recorded, appliedCondition(recorded, now, own));
    if (told === undefined && own.every(({ outcome }) => outcome === 'Done')) return;
    const corrected = withOutcomes(intended, before?.written ?? {}, unwrittenFields(planned, writes, key));
    if (told === undefined && JSON.stringify(corrected) === JSON.stringify(intended)) return;
    await kubernetes.replaceStatus(resources.inferenceFleets, withMemory(told ?? recorded, corrected)).catch(() => undefined);
  });
};

/** The statuses to write: none for a fleet that is only observed. */
const newStatuses = (
  sources: readonly FleetObject[],
  decided: ReadonlyMap<string, DecidedFleet>,
  planned: readonly Write[],
  trigger: string,
  atSeconds: number,
): ReadonlyMap<string, { readonly before: KubernetesObject; readonly after: KubernetesObject }> => {
  const byFleet = writesByFleet(planned);
  const statuses = new Map<string, { before: KubernetesObject; after: KubernetesObject }>();
  for (const source of sources) {
    const { key, object, fleet } = source;
    const own = decided.get(key);
    if (fleet === undefined) {
      if ((object.spec as { readonly enforcement?: unknown } | undefined)?.enforcement === 'Observe') continue;
      statuses.set(key, { before: object, after: withInvalidStatus(object, source.memory, source.refusal!, atSeconds) });
    } else if (own !== undefined && fleet.enforcement !== 'Observe') {
      const writes = byFleet.get(key) ?? [];
      // What is only recommended is not written, so nothing counts as written by the loop.
      const memory = fleet.enforcement === 'Enforce' ? withIntent(own, writes) : { ...own.decided.memory, written: {} };
      const record = lastDecision(own, writes, trigger);
      statuses.set(key, { before: object, after: withStatus(object, own, memory, record, writes.length > 0) });
    }
  }
  return statuses;
};

/** Writes, or records of them, by `fleetKey` of each fleet that they serve. */
const writesByFleet = <W extends { readonly fleets: readonly string[] }>(writes: readonly W[]): ReadonlyMap<string, readonly W[]> => {
  const byFleet = new Map<string, W[]>();
  for (const write of writes) {
    for (const fleet of write.fleets) {
      const own = byFleet.get(fleet);
      if (own === undefined) byFleet.set(fleet, [write]);
      else own.push(write);
    }
  }
  return byFleet;
};

/** The writes that serve a fleet whose intent is recorded. */
const restrictTo = (writes: readonly Write[], fleets: ReadonlySet<string>): readonly Write[] =>
  writes.flatMap((write): readonly Write[] => {
    if (write.fleets.every((fleet) => fleets.has(fleet))) return [write];
    const left = write.fleets.filter((fleet) => fleets.has(fleet));
    return write.kind === 'pool' && left.length > 0 ? [{ ...write, fleets: left }] : [];
  });

const outcomeOf = (
  { key, fleet, refusal }: FleetObject,
  intent: { readonly outcome: string; readonly message?: string } | undefined,
): FleetRecord => {
  if (intent !== undefined && intent.outcome !== 'Recorded') {
    const message = intent.message === undefined ? {} : { message: intent.message };
    return { fleet: key, outcome: intent.outcome === 'Failed' ? 'Failed' : 'Conflict', ...message };
  }
  if (fleet === undefined) return { fleet: key, outcome: 'Invalid', message: refusal?.message ?? '' };
  return {
    fleet: key,
    outcome: fleet.enforcement === 'Enforce' ? 'Acted' : fleet.enforcement === 'Recommend' ? 'Recommended' : 'Observed',
  };
};

/** Decision records, metrics and Events. Nothing here can fail the tick: what it did is done. */
const report = async (
  ports: Ports,
  sources: readonly FleetObject[],
  decided: ReadonlyMap<string, DecidedFleet>,
  record: TickRecord,
  clusterName?: string,
): Promise<void> => {
  const { observation: _, decision: __, writes, ...summary } = record;
  const bySource = new Map(sources.map((source) => [source.key, source]));
  const byFleet = writesByFleet(writes);
  const unrecorded = new Set(record.fleets.flatMap(({ fleet, outcome }) => (outcome === 'Failed' ? [fleet] : [])));
  const reports = [...decided].map(([key, own]): FleetReport & { readonly source: FleetObject } => {
    const source = bySource.get(key)!;
    const before = parseRfc3339(lastTickTime(source.object));
    return {
      ...own,
      source,
      writes: byFleet.get(key) ?? [],
      isUnrecorded: unrecorded.has(key),
      ...(before === undefined ? {} : { decisionAgeSeconds: record.atSeconds - before }),
    };
  });
  const events = reports.flatMap(({ source, fleet, decided: own, writes: made }) => {
    const event =
      fleet.enforcement === 'Enforce' ? fleetEvent(source.object, source.memory?.strategy, own, made, record.atSeconds) : undefined;
    return event === undefined ? [] : [event];
  });
  const eventErrors: string[] = [];
  await mapLimit(events, EVENTS_AT_ONCE, (event) =>
    ports.kubernetes.create(resources.events, event).catch((error: unknown) => eventErrors.push(messageOf(error))),
  );
  ports.log({ kind: 'tick', ...summary, ...(eventErrors.length > 0 ? { eventErrors } : {}) });
  for (const one of reports) ports.log(decisionRecord(one, one.writes));
  for (const line of metricLines(reports, record.durationSeconds, clusterName)) ports.log(line);
};
