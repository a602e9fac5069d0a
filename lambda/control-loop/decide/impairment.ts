import type { Finding } from '../model/decision';
import type { Fleet } from '../model/fleet';
import type { FleetObservation, UnitMinute } from '../model/observation';
import { fresh, readyPods } from '../model/signals';
import { isCanary } from './canaries';

/** Why a unit whose pods are ready is not to be trusted with its share. */
export interface Impairment {
  /** `Unhealthy`: the router finds none of its targets healthy; `Failing`: a large part of its requests fails, and not that of others. */
  readonly cause: 'Unhealthy' | 'Failing';
  readonly message: string;
}

/** Minutes in a row that make a unit impaired, and that make it sound again. */
const MINUTES_IN_A_ROW = 3;

/** Failed requests of one minute by which a canary is judged at once: it may get few, of which one may fail by chance. */
const MIN_FAILED_REQUESTS = 3;

/** Part of a unit's requests that must fail in a minute, and how many times that of the other units together it must be. */
const MIN_FAILED_PART = 0.25;
const MIN_RATIO_TO_OTHERS = 4;

/**
 * The impaired units of a fleet, by name: pods that Kubernetes finds ready, and that still do not serve.
 *
 * A unit becomes impaired after 3 bad minutes in a row, and sound again after 3 good ones; a minute that says nothing breaks no row. What
 * is judged is the last half hour, so that nothing has to be remembered. Unknown proves nothing. Where no other unit could take over,
 * or all of them fail alike, it is not the unit: none is impaired. Canaries take nothing over.
 *
 * A canary is impaired after one bad minute, and has none of the traffic until its last bad minute is half an hour ago: it is there to be
 * judged, and no request should pay for that twice.
 */
export const impairedUnits = (fleet: Fleet, seen: FleetObservation): Readonly<Record<string, Impairment>> => {
  const canaries = new Set(fleet.units.filter(isCanary).map(({ name }) => name));
  const ready = fleet.units.filter(({ name }) => (readyPods(seen.units[name], seen.nowSeconds) ?? 0) > 0).map(({ name }) => name);
  const minutes = new Map(fleet.units.map(({ name }) => [name, fresh(seen.units[name]?.minutes, seen.nowSeconds) ?? []]));
  const impaired: Record<string, Impairment> = {};
  for (const name of ready) {
    const impairment = impairmentOf(name, minutes, canaries.has(name));
    if (impairment !== undefined) impaired[name] = impairment;
  }
  return ready.some((name) => impaired[name] === undefined && !canaries.has(name)) ? impaired : {};
};

/** A finding for each impaired unit. */
export const impairmentFindings = (impaired: Readonly<Record<string, Impairment>>): readonly Finding[] =>
  Object.entries(impaired).map(([subject, { message }]) => ({ code: 'Impaired', subject, message }));

const impairmentOf = (name: string, minutes: ReadonlyMap<string, readonly UnitMinute[]>, isOfCanary: boolean): Impairment | undefined => {
  const own = minutes.get(name)!;
  if (isLastingly(own, ({ healthyHosts }) => (healthyHosts === undefined ? undefined : healthyHosts === 0))) {
    return { cause: 'Unhealthy', message: 'its pods are ready, and the router finds none of them healthy' };
  }
  const othersPart = ({ startSeconds }: UnitMinute): number =>
    failedPart([...minutes].flatMap(([other, all]) => (other === name ? [] : all.filter((one) => one.startSeconds === startSeconds)))) ?? 0;
  // The others are asked about the few minutes in which it matters only: this is done for every unit at every tick.
  const isBad = (minute: UnitMinute): boolean | undefined => {
    const part = failedPart([minute]);
    return part === undefined ? undefined : part >= MIN_FAILED_PART && part >= MIN_RATIO_TO_OTHERS * othersPart(minute);
  };
  const isJudgedAtOnce = isOfCanary && own.some((minute) => isBad(minute) && (minute.failed ?? 0) >= MIN_FAILED_REQUESTS);
  if (!isJudgedAtOnce && !isLastingly(own, isBad)) return undefined;
  const last = own.findLast(isBad)!;
  return {
    cause: 'Failing',
    message: `${percent(failedPart([last])!)} of its requests fail, and ${percent(othersPart(last))} of those of the other units`,
  };
};

/** Whether the last row of `MINUTES_IN_A_ROW` equal minutes was a bad one; a minute of which that is not known breaks no row. */
const isLastingly = (minutes: readonly UnitMinute[], isBad: (minute: UnitMinute) => boolean | undefined): boolean => {
  let state = false;
  let row = 0;
  for (const minute of minutes) {
    const is = isBad(minute);
    if (is === undefined) continue;
    row = is === state ? 0 : row + 1;
    if (row === MINUTES_IN_A_ROW) {
      state = is;
      row = 0;
    }
  }
  return state;
};

/** The part of the requests that failed; `undefined` without a request. */
const failedPart = (minutes: readonly UnitMinute[]): number | undefined => {
  let requests = 0;
  let failed = 0;
  for (const minute of minutes) {
    if (minute.requests === undefined || minute.failed === undefined) continue;
    requests += minute.requests;
    failed += minute.failed;
  }
  return requests > 0 ? Math.min(1, failed / requests) : undefined;
};

const percent = (part: number): string => `${Math.round(part * 100)} %`;
