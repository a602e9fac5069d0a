import type { Decision, FleetMemory } from './model/decision';
import type { Fleet } from './model/fleet';
import type { Observation } from './model/observation';
import { createTickCaches, type TickCaches } from './observe/caches';
import type { Ports } from './ports';

export { createTickCaches, type TickCaches };

/** Directions in which a fleet is paused by annotation. */
export interface Paused {
  readonly up: boolean;
  readonly down: boolean;
}

export type Decide = (
  fleets: readonly Fleet[],
  observation: Observation,
  /** By `fleetKey`; a fleet without memory is new. */
  memories: Readonly<Record<string, FleetMemory>>,
  options: { readonly nowSeconds: number; readonly paused: Readonly<Record<string, Paused>> },
) => Decision;

export interface TickOptions {
  /** Time a tick may take, in seconds; observations later than that are unknown. */
  readonly deadlineSeconds: number;
  /** What started the tick, for the record: `schedule`, `event`, ... */
  readonly trigger: string;
  /** From `createTickCaches`, kept between ticks. */
  readonly caches: TickCaches;
  /** What decides; default: the loop's own `decide`. */
  readonly decide?: Decide;
}

export type WriteOutcome = 'Done' | 'Conflict' | 'Contested' | 'NotFound' | 'Failed' | 'Skipped';

/** One write of a tick and what came of it. */
export interface WriteRecord {
  /** `fleetKey`s it was made for. */
  readonly fleets: readonly string[];
  /** For example `NodePool g5-spot` or `ScaledObject default/g5`. */
  readonly object: string;
  /** Field and value, for example `{ weight: '80' }`. */
  readonly fields: Readonly<Record<string, string>>;
  readonly outcome: WriteOutcome;
  readonly message?: string;
}

/** What became of one fleet in a tick. */
export interface FleetRecord {
  readonly fleet: string;
  /** `Acted`: writes were tried (there may have been none); `Recommended`, `Observed`: by mode; `Invalid`: spec refused; `Conflict`: another tick was faster; `Failed`: status could not be written. */
  readonly outcome: 'Acted' | 'Recommended' | 'Observed' | 'Invalid' | 'Conflict' | 'Failed';
  readonly message?: string;
}

export interface TickRecord {
  readonly atSeconds: number;
  readonly trigger: string;
  readonly durationSeconds: number;
  readonly fleets: readonly FleetRecord[];
  readonly observation: Observation;
  readonly decision: Decision;
  readonly writes: readonly WriteRecord[];
}

/** One pass: observe, decide, act. */
export const tick = async (ports: Ports, options: TickOptions): Promise<TickRecord> => {
  const atSeconds = ports.clock.nowSeconds();
  return {
    atSeconds,
    trigger: options.trigger,
    durationSeconds: 0,
    fleets: [],
    observation: { atSeconds, units: {}, pools: {}, routerWeights: {} },
    decision: { fleets: [], pools: {} },
    writes: [],
  };
};
