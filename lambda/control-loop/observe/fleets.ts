import { readListedFleet } from '../api';
import { messageOf } from '../concurrency';
import { annotations, conditionReasons } from '../contract/names';
import { strategies } from '../contract/policies';
import { formatProblems } from '../errors';
import { withAdoption } from '../model/adoption';
import type { FleetRefusal } from '../model/claims';
import type { FleetMemory, PodReturn, Shortage, UnfollowedFloor, WrittenValue } from '../model/decision';
import type { Fleet } from '../model/fleet';
import { readLearnedProfile } from '../model/learned-profile';
import { type FleetOverrides, NO_OVERRIDES, readOverrides } from '../model/overrides';
import { NOT_PAUSED, type Pause, readPause } from '../model/pause';
import { givenBack } from '../model/written';
import type { KubernetesObject } from '../ports';
import type { TickCaches } from './caches';

/** One `InferenceFleet` as it was read. */
export interface FleetObject {
  /** `fleetKey`. */
  readonly key: string;
  readonly object: KubernetesObject;
  /** Left out where the fleet is refused. */
  readonly fleet?: Fleet;
  /** Why nothing is decided for the fleet. */
  readonly refusal?: FleetRefusal;
  readonly pause: Pause;
  readonly overrides: FleetOverrides;
  /** Left out for a new fleet, and for one whose memory cannot be read. */
  readonly memory?: FleetMemory;
}

/** Reads what the loop needs of an `InferenceFleet`; an invalid spec and a malformed object are reported, not thrown. */
export const readFleet = (object: KubernetesObject, caches: TickCaches): FleetObject => {
  try {
    return readSound(object, caches);
  } catch (error) {
    const { name, namespace = 'default' } = object.metadata;
    const refusal = { reason: conditionReasons.invalidSpec, message: `the object cannot be read: ${messageOf(error)}` };
    return { key: `${namespace}/${name}`, object, refusal, pause: NOT_PAUSED, overrides: NO_OVERRIDES };
  }
};

const readSound = (object: KubernetesObject, caches: TickCaches): FleetObject => {
  const { name, namespace = 'default' } = object.metadata;
  const key = `${namespace}/${name}`;
  const notes = object.metadata.annotations;
  const remembered = readMemory((object.status as { readonly memory?: unknown } | undefined)?.memory);
  const memory = remembered && withAdoption(remembered, notes?.[annotations.adopt]);
  const base = {
    key,
    object,
    pause: readPause(notes?.[annotations.pause]),
    overrides: readOverrides(notes?.[annotations.overrides]),
    ...(memory ? { memory } : {}),
  };
  const generation = generationOf(object);
  const cached = caches.fleets.get(key);
  if (cached && (cached.spec === object.spec || (generation !== undefined && cached.generation === generation))) {
    return { ...base, ...memoryUnderSpec(memory, object), fleet: cached.fleet };
  }
  const parsed = readListedFleet(object);
  if (parsed.fleet === undefined) {
    return { ...base, refusal: { reason: conditionReasons.invalidSpec, message: formatProblems(parsed.problems) } };
  }
  caches.fleets.set(key, { spec: object.spec, generation, fleet: parsed.fleet });
  return { ...base, ...memoryUnderSpec(memory, object), fleet: parsed.fleet };
};

/**
 * The memory under a spec. With a new one the loop no longer knows what it wrote: the deployment that changed the spec may have made
 * router rule or scaler again, with seeds that would pass for another writer's. What is found is adopted, once.
 */
const memoryUnderSpec = (memory: FleetMemory | undefined, { metadata, status }: KubernetesObject): Pick<FleetObject, 'memory'> => {
  if (memory === undefined) return {};
  const { observedGeneration } = (status ?? {}) as { readonly observedGeneration?: unknown };
  const isNewSpec = observedGeneration !== undefined && metadata.generation !== undefined && observedGeneration !== metadata.generation;
  return { memory: isNewSpec ? givenBack(memory, () => true) : memory };
};

/** The API server counts `metadata.generation` up with every change of the spec; the uid tells apart a fleet that was created again. */
const generationOf = ({ metadata }: KubernetesObject): string | undefined =>
  metadata.generation === undefined || metadata.uid === undefined ? undefined : `${metadata.uid}/${metadata.generation}`;

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

const isOptionalNumber = (value: unknown): value is number | undefined => value === undefined || isNumber(value);

const isWritten = (value: unknown): value is WrittenValue =>
  isRecord(value) &&
  isNumber(value.value) &&
  isOptionalNumber(value.previous) &&
  isOptionalNumber(value.putBacks) &&
  isOptionalNumber(value.putBackSeconds) &&
  isOptionalNumber(value.contestedSinceSeconds);

const isText = (value: unknown): value is string => typeof value === 'string';

const isShortage = (value: unknown): value is Shortage =>
  isRecord(value) &&
  typeof value.pool === 'string' &&
  typeof value.zone === 'string' &&
  (value.instanceType === undefined || typeof value.instanceType === 'string') &&
  (value.isQuota === undefined || value.isQuota === true) &&
  isNumber(value.firstSeenSeconds) &&
  isNumber(value.lastFailureSeconds) &&
  isNumber(value.failures) &&
  isNumber(value.nextProbeSeconds) &&
  isOptionalNumber(value.probeOpenedSeconds);

const isUnfollowed = (value: unknown): value is UnfollowedFloor => isRecord(value) && isNumber(value.sinceSeconds) && isNumber(value.pods);

const isReturn = (value: unknown): value is PodReturn => {
  if (!isRecord(value)) return false;
  if (value.phase === 'Waiting') return isNumber(value.untilSeconds) && isNumber(value.moves);
  const isMove = value.phase === 'Launching' || value.phase === 'Landed' || value.phase === 'Leaving';
  return (
    isMove &&
    isText(value.pool) &&
    [value.pods, value.replicas, value.readyThere, value.savingUsdPerHour, value.moves, value.sinceSeconds].every(isNumber)
  );
};

/** Reads the memory out of a status; `undefined` when there is none or it is damaged, and the fleet then counts as new. */
export const readMemory = (value: unknown): FleetMemory | undefined => {
  if (!isRecord(value)) return undefined;
  const {
    strategy,
    strategySinceSeconds,
    clearSinceSeconds,
    switches,
    shortages = [],
    profiles = {},
    written = {},
    backends = [],
    objects = {},
    taking = [],
    adopted,
    nextGiveUpSeconds,
    unfollowed = {},
    returns = {},
  } = value;
  const sound =
    (strategies as readonly unknown[]).includes(strategy) &&
    isNumber(strategySinceSeconds) &&
    isOptionalNumber(clearSinceSeconds) &&
    isNumber(switches) &&
    Array.isArray(shortages) &&
    shortages.every(isShortage) &&
    isRecord(profiles) &&
    isRecord(written) &&
    Object.values(written).every(isWritten) &&
    isOptionalNumber(nextGiveUpSeconds) &&
    isRecord(unfollowed) &&
    Object.values(unfollowed).every(isUnfollowed) &&
    isRecord(returns) &&
    Object.values(returns).every(isReturn) &&
    Array.isArray(backends) &&
    backends.every(isText) &&
    isRecord(objects) &&
    Object.values(objects).every(isText) &&
    Array.isArray(taking) &&
    taking.every(isText) &&
    (adopted === undefined || isText(adopted));
  return sound ? ({ ...value, shortages, profiles: readProfiles(profiles), written } as unknown as FleetMemory) : undefined;
};

/** A unit whose profile is damaged is learned from the start. */
const readProfiles = (value: Readonly<Record<string, unknown>>): FleetMemory['profiles'] =>
  Object.fromEntries(
    Object.entries(value).flatMap(([unit, one]) => {
      const profile = readLearnedProfile(one);
      return profile === undefined ? [] : [[unit, profile]];
    }),
  );
