import type { Finding, FleetMemory, WrittenValue } from '../../model/decision';
import { type Fleet, fleetKey } from '../../model/fleet';
import { groupBy } from '../../model/group-by';
import type { PoolObservation } from '../../model/observation';
import type { Pause } from '../../model/pause';
import { fresh, whyUnknown } from '../../model/signals';
import { contestedMessage, isContested, writtenTo } from '../field-state';
import type { DesiredFleet } from '../policies/policy';

/** What one fleet brings to the decision on its pools. */
export interface PoolRequest {
  readonly fleet: Fleet;
  readonly memory: FleetMemory;
  readonly desired: DesiredFleet;
  readonly pause: Pause;
}

/** Everything known of one pool. */
export interface PoolView {
  readonly name: string;
  /** Fleets that name the pool, may write and are not paused; those that may write where all are paused, all where none may write. */
  readonly requests: readonly PoolRequest[];
  /** The smallest that a fleet states that may write. */
  readonly maximumDevices: number;
  readonly observation: PoolObservation | undefined;
  /** Directions in which every fleet is paused that may write. */
  readonly pause: Pause;
}

/** A finding on a pool, reported with one of the fleets that name it. */
export interface PoolFinding {
  /** `fleetKey`. */
  readonly fleet: string;
  readonly finding: Finding;
}

/** Findings on a pool are reported with the first of its fleets. */
export const reportedBy = (view: PoolView, findings: readonly Finding[]): readonly PoolFinding[] => {
  const fleet = fleetKey(view.requests[0]!.fleet);
  return findings.map((finding) => ({ fleet, finding }));
};

export const viewPools = (
  requests: readonly PoolRequest[],
  observations: Readonly<Record<string, PoolObservation>>,
): ReadonlyMap<string, PoolView> => {
  const naming = groupBy(
    requests.flatMap((request) => request.fleet.pools.map(({ name, maximumDevices }) => ({ request, name, maximumDevices }))),
    ({ name }) => name,
  );
  const views = new Map<string, PoolView>();
  for (const [name, all] of naming) {
    const ruling = some(all, ({ request }) => request.fleet.enforcement === 'Enforce');
    const unpaused = some(ruling, ({ request: { pause } }) => !(pause.up && pause.down));
    views.set(name, {
      name,
      requests: unpaused.map(({ request }) => request),
      maximumDevices: Math.min(...ruling.map(({ maximumDevices }) => maximumDevices)),
      observation: observations[name],
      pause: { up: ruling.every(({ request }) => request.pause.up), down: ruling.every(({ request }) => request.pause.down) },
    });
  }
  return views;
};

/** Those for which something holds, or all where it holds for none. */
const some = <T>(values: readonly T[], holds: (value: T) => boolean): readonly T[] => {
  const those = values.filter(holds);
  return those.length > 0 ? those : values;
};

/** Why a field of a pool must be left alone; `undefined` where it may be written. */
export const obstacle = (
  view: PoolView,
  field: 'weight' | 'limit',
  nowSeconds: number,
): { readonly code: 'Unknown' | 'Contested' | 'Paused'; readonly message: string } | undefined => {
  const signal = field === 'weight' ? view.observation?.weight : view.observation?.limitDevices;
  if (signal === undefined || !signal.known || !isYoung(signal.atSeconds, nowSeconds)) {
    return { code: 'Unknown', message: `present ${field}: ${whyUnknown(signal, nowSeconds)}` };
  }
  const contested = contestedWrite(view, field, signal.value, nowSeconds);
  if (contested !== undefined) return { code: 'Contested', message: contestedMessage(contested, signal.value) };
  if (view.pause.up && view.pause.down) return { code: 'Paused', message: 'paused up and down' };
  return undefined;
};

/** The first of the fleets' writes to a field that every fleet that wrote to it finds contested; `undefined` where one does not, or none wrote. */
const contestedWrite = (
  { name, requests }: PoolView,
  field: 'weight' | 'limit',
  live: number | undefined,
  nowSeconds: number,
): WrittenValue | undefined => {
  let first: WrittenValue | undefined;
  for (const { fleet, memory } of requests) {
    const written = writtenTo(memory, field, name);
    if (written === undefined) continue;
    if (!isContested(written, live, fleet, nowSeconds)) return undefined;
    first ??= written;
  }
  return first;
};

const isYoung = (atSeconds: number, nowSeconds: number): boolean => fresh({ known: true, value: true, atSeconds }, nowSeconds) === true;
