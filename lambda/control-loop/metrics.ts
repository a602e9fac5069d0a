import type { Decision, FleetDecision } from './model/decision';
import { type Fleet, fleetKey, unitKey } from './model/fleet';
import { fleetObservation, type Observation, type Signal } from './model/observation';
import { observationGaps, readyPods } from './model/signals';
import type { WriteRecord } from './model/write-record';

/** The namespace of all metrics of the loop. */
const METRICS_NAMESPACE = 'AdaptiveInference';

type Unit = 'Count' | 'None' | 'Seconds';
/** Metrics of one line; `undefined` values are left out: unknown is not zero. */
type Values = readonly (readonly [name: string, value: number | undefined, unit: Unit])[];
type LogLine = Readonly<Record<string, unknown>>;

/** What the metrics tell of, for one fleet. */
export interface FleetReport {
  readonly fleet: Fleet;
  readonly decided: FleetDecision;
  readonly writes: readonly WriteRecord[];
  /** Seconds since the decision before this one; left out at the first. */
  readonly decisionAgeSeconds?: number;
}

/**
 * Metrics of one tick in CloudWatch's embedded metric format, one line each: the tick, every fleet, unit and pool.
 * Format: Amazon CloudWatch user guide, "Specification: Embedded metric format".
 */
export const metricLines = (
  reports: readonly FleetReport[],
  decision: Decision,
  observation: Observation,
  durationSeconds: number,
  clusterName?: string,
): readonly LogLine[] => {
  // Fleets and pools have names of their own only within a cluster.
  const line = lineOf(clusterName === undefined ? {} : { Cluster: clusterName });
  const lines: LogLine[] = [];
  const at = observation.atSeconds;
  const pools = new Set<string>();
  for (const report of reports) {
    const { fleet, decided } = report;
    const key = fleetKey(fleet);
    lines.push(line(at, { Fleet: key }, fleetValues(report, observation, durationSeconds)));
    for (const { name } of fleet.units) {
      const observed = observation.units[unitKey(fleet, name)];
      const own = decided.units[name];
      lines.push(
        line(at, { Fleet: key, Unit: name }, [
          ['Share', own?.share.value ?? liveShare(observation.routerWeights[key], name), 'None'],
          ['Floor', own?.floor.value ?? numberOf(observed?.floor), 'Count'],
          ['TargetThroughputPerMinute', own?.targetThroughputPerMinute.value ?? numberOf(observed?.targetThroughputPerMinute), 'None'],
          ['ReadyPods', readyPods(observed, at), 'Count'],
          ['PendingPods', numberOf(observed?.startingPods), 'Count'],
          ['Impaired', decided.findings.some(({ code, subject }) => code === 'Impaired' && subject === name) ? 1 : 0, 'Count'],
        ]),
      );
    }
    for (const { name } of fleet.pools) {
      if (pools.has(name)) continue;
      pools.add(name);
      const observed = observation.pools[name];
      const own = decision.pools[name];
      lines.push(
        line(at, { Pool: name }, [
          ['Weight', own?.weight.value ?? numberOf(observed?.weight), 'None'],
          ['LimitDevices', own?.limitDevices.value ?? numberOf(observed?.limitDevices), 'Count'],
          ['RunningDevices', numberOf(observed?.runningDevices), 'Count'],
          ['PriceUsdPerHour', numberOf(observed?.priceUsdPerDeviceHour), 'None'],
          ['Shortage', decided.memory.shortages.some((shortage) => shortage.pool === name) ? 1 : 0, 'Count'],
        ]),
      );
    }
  }
  return lines;
};

const WRITE_ERRORS: readonly string[] = ['Conflict', 'Failed', 'NotFound'];

const fleetValues = (
  { fleet, decided, writes, decisionAgeSeconds }: FleetReport,
  observation: Observation,
  durationSeconds: number,
): Values => [
  ['DecisionAgeSeconds', decisionAgeSeconds, 'Seconds'],
  ['TickDurationSeconds', durationSeconds, 'Seconds'],
  ['Writes', writes.filter(({ outcome }) => outcome === 'Done').length, 'Count'],
  ['WriteErrors', writes.filter(({ outcome }) => WRITE_ERRORS.includes(outcome)).length, 'Count'],
  [
    'Contested',
    writes.filter(({ outcome }) => outcome === 'Contested').length + decided.findings.filter(({ code }) => code === 'Contested').length,
    'Count',
  ],
  ['UnknownSignals', observationGaps(fleet, fleetObservation(fleet, observation)).length, 'Count'],
  ['CapacityOptimized', decided.strategy === 'CapacityOptimized' ? 1 : 0, 'Count'],
];

const numberOf = (signal: Signal<number | undefined> | undefined): number | undefined => (signal?.known ? signal.value : undefined);

const liveShare = (weights: Signal<Readonly<Record<string, number>>> | undefined, unit: string): number | undefined => {
  if (!weights?.known) return undefined;
  let total = 0;
  for (const weight of Object.values(weights.value)) total += weight;
  const own = weights.value[unit];
  return own === undefined || total === 0 ? undefined : own / total;
};

const lineOf =
  (cluster: Readonly<Record<string, string>>) =>
  (atSeconds: number, own: Readonly<Record<string, string>>, values: Values): LogLine => {
    const dimensions = { ...cluster, ...own };
    const metrics: { Name: string; Unit: Unit }[] = [];
    const fields: Record<string, unknown> = { ...dimensions };
    for (const [name, value, unit] of values) {
      if (value === undefined || !Number.isFinite(value)) continue;
      metrics.push({ Name: name, Unit: unit });
      fields[name] = value;
    }
    fields._aws = {
      Timestamp: Math.round(atSeconds * 1000),
      CloudWatchMetrics: [{ Namespace: METRICS_NAMESPACE, Dimensions: [Object.keys(dimensions)], Metrics: metrics }],
    };
    return fields;
  };
