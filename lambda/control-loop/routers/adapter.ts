import { type UnitObservation, unknown } from '../model/observation';
import type { Backend, Router, Routing, Weights } from '../model/router';
import type { Deadline } from '../observe/deadline';

/**
 * What the loop needs of a router, in two halves that need not come from one system: something that splits the requests,
 * and something that measures them. Each kind of router has a folder here; `observe/`, `decide/` and `act/` know none of them.
 */
export interface RouterAdapter {
  readonly splitter: TrafficSplitter;
  readonly metrics: TrafficMetrics;
}

/** One adapter for each kind of router. */
export type RouterAdapters = Readonly<Record<Router['kind'], RouterAdapter>>;

/** Splits the requests of fleets over their units by weight. */
export interface TrafficSplitter<R = Router, B = Backend> {
  /** The highest weight that the router takes; the lowest is 0. */
  readonly maxWeight: number;

  /** The router and its backends as one fleet at a time may have them, each by a name that no other has. */
  resourcesOf(routing: Routing<R, B>): readonly string[];

  /** The fleet that the router names as its own, as `fleetKey`; `undefined` where it names none. */
  readOwner(router: R): Promise<string | undefined>;

  /** The router as records name it, its kind first, for example `ListenerRule app/chat/1/2/3`. */
  nameOf(router: R): string;

  /** The present weights. A unit for which the router has none is left out; backends of no unit are there under their `backendId`. */
  readWeights(routing: Routing<R, B>): Promise<Weights>;

  /**
   * Sets the weights of all named units at once, and nothing else of the router.
   *
   * @param weights whole numbers from 0 to `maxWeight`; of units that the router has, and of backends by their `backendId`
   * @param observed the weights that the new ones were decided on: the precondition of the write
   * @throws {WeightsChangedError} where the present weights are not those that were observed; nothing was written
   * @throws {RouterNotFoundError} where the router does not exist
   */
  writeWeights(routing: Routing<R, B>, weights: Weights, observed: Weights): Promise<void>;
}

/** A unit behind a router, as a source of metrics is asked about it. */
export interface RoutedUnit<R = Router, B = Backend> {
  /** See `unitKey`. */
  readonly key: string;
  readonly router: R;
  readonly backend: B;
  /** Percentile of the latency, between 0 and 100. */
  readonly percentile: number;
}

/** What the router measures of one unit. */
export type UnitTraffic = Pick<UnitObservation, 'minutes' | 'requestsPerMinute' | 'latencySeconds' | 'errorsPerMinute' | 'healthyHosts'>;

/** Measures the requests that reach units. */
export interface TrafficMetrics<R = Router, B = Backend> {
  /** The traffic of every given unit, by its key. What fails or comes late is unknown, with the reason. */
  read(units: readonly RoutedUnit<R, B>[], deadline: Deadline, nowSeconds: number): Promise<ReadonlyMap<string, UnitTraffic>>;
}

/** All signals unknown for one reason. */
export const unknownTraffic = (reason: string): UnitTraffic => ({
  minutes: unknown(reason),
  requestsPerMinute: unknown(reason),
  latencySeconds: unknown(reason),
  errorsPerMinute: unknown(reason),
  healthyHosts: unknown(reason),
});
