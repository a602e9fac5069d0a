import type { Finding, FleetMemory } from '../../model/decision';
import { type Fleet, fleetKey } from '../../model/fleet';
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
  /** Fleets that name the pool and may write; all that name it where none may. */
  readonly requests: readonly PoolRequest[];
  /** The smallest that one of its fleets states. */
  readonly maximumDevices: number;
  readonly observation: PoolObservation | undefined;
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
  const naming = new Map<string, PoolRequest[]>();
  const maxima = new Map<string, number>();
  for (const request of requests) {
    for (const { name, maximumDevices } of request.fleet.pools) {
      const others = naming.get(name);
      if (others) others.push(request);
      else naming.set(name, [request]);
      maxima.set(name, Math.min(maximumDevices, maxima.get(name) ?? maximumDevices));
    }
  }
  const views = new Map<string, PoolView>();
  for (const [name, all] of naming) {
    const enforcing = all.filter(({ fleet }) => fleet.enforcement === 'Enforce');
    views.set(name, {
      name,
      requests: enforcing.length > 0 ? enforcing : all,
      maximumDevices: maxima.get(name)!,
      observation: observations[name],
      pause: { up: all.some(({ pause }) => pause.up), down: all.some(({ pause }) => pause.down) },
    });
  }
  return views;
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
  const records = view.requests.flatMap(({ fleet, memory }) => {
    const written = writtenTo(memory, field, view.name);
    return written === undefined ? [] : [{ fleet, written }];
  });
  if (records.length > 0 && records.every(({ fleet, written }) => isContested(written, signal.value, fleet, nowSeconds))) {
    return { code: 'Contested', message: contestedMessage(records[0]!.written, signal.value) };
  }
  if (view.pause.up && view.pause.down) return { code: 'Paused', message: 'paused up and down' };
  return undefined;
};

const isYoung = (atSeconds: number, nowSeconds: number): boolean => fresh({ known: true, value: true, atSeconds }, nowSeconds) === true;
