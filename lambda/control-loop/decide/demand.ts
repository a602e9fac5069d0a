import { MAX_SIGNAL_AGE_SECONDS } from '../contract/signals';
import type { Fleet } from '../model/fleet';
import { type FleetObservation, known, type Series, type Signal, unknown } from '../model/observation';
import { fresh, whyUnknown } from '../model/signals';

/** How many requests a fleet meets, now and a cold start from now. */
export interface Demand {
  /** Mean of the three youngest minutes, in requests per minute. */
  readonly presentPerMinute: number;
  /** What capacity is to be sized for: the larger of present and forecast, in requests per minute. */
  readonly plannedPerMinute: number;
  /** Standard deviation of single minutes about the line through them, in requests per minute; 0 where there are too few for a line. */
  readonly noisePerMinute: number;
}

const PRESENT_MINUTES = 3;
const TREND_MINUTES = 20;
const MIN_TREND_MINUTES = 5;
/** A step in demand looks like a slope until it is as old as the line is long: what has not been seen is planned for up to this part of what has. */
const MAX_GROWTH = 1.25;

/**
 * The demand of a fleet, in requests per minute.
 *
 * Present is the mean of the last 3 minutes that are known for every unit. Forecast is the least-squares line through
 * the last 20 minutes, extended by the longest cold start of the fleet, because a pod asked for now serves only then;
 * it needs at least 5 minutes and is cut at 1.25 times the highest of those minutes, because a step from one level to another is
 * no slope. Planned is the larger of the two: a falling line never
 * lowers it.
 *
 * Unknown as soon as one unit's requests are unknown or older than 5 minutes. A unit whose router weight is known to be
 * zero is asked for nothing, so that its missing minutes are true zeros; for every other unit they are missing.
 */
export const estimateDemand = (
  fleet: Fleet,
  { units, retiring, routerWeights, nowSeconds }: Pick<FleetObservation, 'units' | 'retiring' | 'routerWeights' | 'nowSeconds'>,
): Signal<Demand> => {
  const weights = fleet.router === undefined ? undefined : fresh(routerWeights, nowSeconds);
  const sources = [
    ...fleet.units.map(({ name }) => ({ name, signal: units[name]?.requestsPerMinute })),
    // Requests of removed units come to the others when those are drained.
    ...Object.entries(retiring)
      .filter(([id]) => weights?.[id] !== undefined)
      .map(([name, { requestsPerMinute }]) => ({ name, signal: requestsPerMinute })),
  ];
  const routed = weights !== undefined && sources.some(({ name }) => (weights[name] ?? 0) > 0);
  const sums = new Map<number, { requests: number; units: number }>();
  const idle: Series[] = [];
  let asked = 0;
  for (const { name, signal } of sources) {
    if (routed && (weights[name] ?? 0) === 0) {
      if (signal?.known) idle.push(signal.value);
      continue;
    }
    const series = fresh(signal, nowSeconds);
    if (series === undefined) return unknown(`requests of ${name}: ${whyUnknown(signal, nowSeconds)}`);
    asked += 1;
    eachRecentMinute(series, (minute, requests) => {
      const sum = sums.get(minute);
      if (sum === undefined) sums.set(minute, { requests, units: 1 });
      else {
        sum.requests += requests;
        sum.units += 1;
      }
    });
  }
  for (const series of idle) {
    eachRecentMinute(series, (minute, requests) => {
      const sum = sums.get(minute);
      if (sum !== undefined) sum.requests += requests;
    });
  }
  const minutes = [...sums].filter(([, sum]) => sum.units === asked).sort(([a], [b]) => b - a);
  const youngest = minutes[0]?.[0];
  if (youngest === undefined) return unknown('no minute in which the requests of every unit are known');
  if (nowSeconds - youngest * 60 > MAX_SIGNAL_AGE_SECONDS + 60) {
    return unknown(`the last minute in which the requests of every unit are known is ${Math.round(nowSeconds - youngest * 60)} s ago`);
  }
  const points = minutes.filter(([minute]) => youngest - minute < TREND_MINUTES).map(([minute, sum]) => ({ minute, value: sum.requests }));
  const recent = points.slice(0, PRESENT_MINUTES);
  const presentPerMinute = recent.reduce((sum, { value }) => sum + value, 0) / recent.length;
  const coldStartSeconds = Math.max(...fleet.units.map(({ profile }) => profile.coldStartSeconds));
  const trend = trendOf(points);
  const forecast = trend?.at((nowSeconds + coldStartSeconds) / 60);
  const highestPerMinute = Math.max(...points.map(({ value }) => value));
  const plannedPerMinute = Math.max(presentPerMinute, Math.min(forecast ?? 0, MAX_GROWTH * highestPerMinute));
  return known({ presentPerMinute, plannedPerMinute, noisePerMinute: trend?.noisePerMinute ?? 0 }, youngest * 60);
};

/** Calls back for the youngest minutes of a series, each minute once. */
const eachRecentMinute = (series: Series, use: (minute: number, requests: number) => void): void => {
  let next = Number.POSITIVE_INFINITY;
  for (let index = series.values.length - 1; index >= 0 && index >= series.values.length - 2 * TREND_MINUTES; index--) {
    const value = series.values[index]!;
    const minute = Math.floor(series.atSeconds[index]! / 60);
    if (minute < next && Number.isFinite(value) && value >= 0) {
      use(minute, value);
      next = minute;
    }
  }
};

interface Trend {
  readonly at: (minute: number) => number;
  readonly noisePerMinute: number;
}

/** The least-squares line through the points and how far they lie from it; `undefined` for too few points. */
const trendOf = (points: readonly { minute: number; value: number }[]): Trend | undefined => {
  if (points.length < MIN_TREND_MINUTES) return undefined;
  const meanMinute = points.reduce((sum, { minute }) => sum + minute, 0) / points.length;
  const meanValue = points.reduce((sum, { value }) => sum + value, 0) / points.length;
  let covariance = 0;
  let variance = 0;
  for (const { minute, value } of points) {
    covariance += (minute - meanMinute) * (value - meanValue);
    variance += (minute - meanMinute) * (minute - meanMinute);
  }
  const at = (minute: number): number => meanValue + (covariance / variance) * (minute - meanMinute);
  const squares = points.reduce((sum, { minute, value }) => sum + (value - at(minute)) ** 2, 0);
  // A line through n points leaves n - 2 degrees of freedom.
  return { at, noisePerMinute: Math.sqrt(squares / (points.length - 2)) };
};
