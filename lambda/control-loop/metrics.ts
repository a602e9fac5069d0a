import { METRICS_NAMESPACE, type metricDimensions, metrics } from './contract/metrics';
import type { DecidedFleet } from './model/decided-fleet';
import { fleetKey } from './model/fleet';
import { isParted, type LearnedProfile } from './model/learned-profile';
import type { Signal } from './model/observation';
import { readyPods } from './model/signals';
import type { WriteRecord } from './model/write-record';

/** A value for each metric of a subject; `undefined` values are left out: unknown is not zero. */
type Values<Subject extends keyof typeof metrics> = Readonly<Record<keyof (typeof metrics)[Subject], number | undefined>>;
/** The dimensions of a subject, but for the cluster. */
type Dimensions<Subject extends keyof typeof metricDimensions> = Readonly<
  Record<Exclude<(typeof metricDimensions)[Subject][number], 'Cluster'>, string>
>;
/** A metric by its key in the contract, and as a line lists it. */
interface Published {
  readonly key: string;
  readonly listed: { readonly Name: string; readonly Unit: string };
}
type LogLine = Readonly<Record<string, unknown>>;

/** What the metrics report of one fleet. */
export interface FleetReport extends DecidedFleet {
  readonly writes: readonly WriteRecord[];
  /** Whether the status of the fleet could not be written. */
  readonly isUnrecorded: boolean;
  /** Seconds since the decision before this one; left out at the first. */
  readonly decisionAgeSeconds?: number;
}

/**
 * Metrics of one tick in CloudWatch's embedded metric format: one line for each fleet, unit and pool.
 * Format: Amazon CloudWatch user guide, "Specification: Embedded metric format".
 */
export const metricLines = (reports: readonly FleetReport[], durationSeconds: number, clusterName?: string): readonly LogLine[] => {
  const line = lineOf(clusterName);
  const lines: LogLine[] = [];
  const pools = new Set<string>();
  for (const report of reports) {
    const { fleet, decided, seen } = report;
    const { nowSeconds: at } = seen;
    const key = fleetKey(fleet);
    const impaired = new Set(decided.findings.flatMap(({ code, subject }) => (code === 'Impaired' ? [subject] : [])));
    lines.push(line(at, 'fleet', { Fleet: key }, fleetValues(report, durationSeconds)));
    for (const { name } of fleet.units) {
      const observed = seen.units[name];
      const own = decided.units[name];
      lines.push(
        line(
          at,
          'unit',
          { Fleet: key, Unit: name },
          {
            share: own?.share.value ?? liveShare(seen.routerWeights, name),
            floor: own?.floor.value ?? numberOf(observed?.floor),
            target: own?.targetThroughputPerMinute.value ?? numberOf(observed?.targetThroughputPerMinute),
            readyPods: readyPods(observed, at),
            pendingPods: numberOf(observed?.startingPods),
            impaired: impaired.has(name) ? 1 : 0,
            ...profileValues(decided.memory.profiles[name]),
          },
        ),
      );
    }
    for (const { name } of fleet.pools) {
      if (pools.has(name)) continue;
      pools.add(name);
      const observed = seen.pools[name];
      const own = report.pools[name];
      lines.push(
        line(
          at,
          'pool',
          { Pool: name },
          {
            weight: own?.weight.value ?? numberOf(observed?.weight),
            limitDevices: own?.limitDevices.value ?? numberOf(observed?.limitDevices),
            runningDevices: numberOf(observed?.runningDevices),
            price: numberOf(observed?.priceUsdPerDeviceHour),
            shortage: decided.memory.shortages.some((shortage) => shortage.pool === name) ? 1 : 0,
          },
        ),
      );
    }
  }
  return lines;
};

type ProfileValues = Pick<Values<'unit'>, 'statedThroughput' | 'learnedThroughput' | 'profileParted'>;

const profileValues = (learned: LearnedProfile | undefined): ProfileValues => ({
  statedThroughput: learned?.stated.throughputPerMinute,
  learnedThroughput: learned?.throughputPerMinute,
  profileParted: learned && (isParted(learned, learned.stated) ? 1 : 0),
});

const WRITE_ERRORS: readonly string[] = ['Conflict', 'Failed', 'NotFound'];

const fleetValues = (
  { decided, gaps, writes, isUnrecorded, decisionAgeSeconds }: FleetReport,
  durationSeconds: number,
): Values<'fleet'> => ({
  decisionAge: decisionAgeSeconds,
  tickDuration: durationSeconds,
  writes: writes.filter(({ outcome }) => outcome === 'Done').length,
  writeErrors: writes.filter(({ outcome }) => WRITE_ERRORS.includes(outcome)).length + (isUnrecorded ? 1 : 0),
  contested:
    writes.filter(({ outcome }) => outcome === 'Contested').length + decided.findings.filter(({ code }) => code === 'Contested').length,
  unknownSignals: gaps.length,
  capacityOptimized: decided.strategy === 'CapacityOptimized' ? 1 : 0,
});

const numberOf = (signal: Signal<number | undefined> | undefined): number | undefined => (signal?.known ? signal.value : undefined);

const liveShare = (weights: Signal<Readonly<Record<string, number>>>, unit: string): number | undefined => {
  if (!weights.known) return undefined;
  let total = 0;
  for (const weight of Object.values(weights.value)) total += weight;
  const own = weights.value[unit];
  return own === undefined || total === 0 ? undefined : own / total;
};

const publishedOf = (table: Readonly<Record<string, { readonly name: string; readonly unit: string }>>): readonly Published[] =>
  Object.entries(table).map(([key, { name, unit }]) => ({ key, listed: { Name: name, Unit: unit } }));

/** The metrics of each subject, in the order of the contract, as every line of it lists them. */
const published = {
  fleet: publishedOf(metrics.fleet),
  unit: publishedOf(metrics.unit),
  pool: publishedOf(metrics.pool),
};

const lineOf =
  (clusterName: string | undefined) =>
  <Subject extends keyof typeof metrics>(
    atSeconds: number,
    subject: Subject,
    own: Dimensions<Subject>,
    values: Values<Subject>,
  ): LogLine => {
    const fields: Record<string, unknown> = clusterName === undefined ? { ...own } : { Cluster: clusterName, ...own };
    const dimensions = Object.keys(fields);
    const listed: Published['listed'][] = [];
    for (const one of published[subject]) {
      const value = (values as Readonly<Record<string, number | undefined>>)[one.key];
      if (value === undefined || !Number.isFinite(value)) continue;
      listed.push(one.listed);
      fields[one.listed.Name] = value;
    }
    fields._aws = {
      Timestamp: Math.round(atSeconds * 1000),
      CloudWatchMetrics: [{ Namespace: METRICS_NAMESPACE, Dimensions: [dimensions], Metrics: listed }],
    };
    return fields;
  };
