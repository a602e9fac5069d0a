import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { metrics } from '../generated/contract';

/** How graphs and alarms read a metric of the control loop: how several values of one period are combined, and what a line is called. */
interface Reading {
  readonly name: string;
  readonly unit: keyof typeof UNITS;
  readonly statistic: string;
  readonly label: string;
}

const UNITS = { Count: cloudwatch.Unit.COUNT, None: cloudwatch.Unit.NONE, Seconds: cloudwatch.Unit.SECONDS };
const { AVERAGE, MAXIMUM, MINIMUM, SUM } = cloudwatch.Stats;

/** Metrics of a fleet. */
export const FLEET_METRICS = {
  capacityOptimized: { ...metrics.fleet.capacityOptimized, statistic: MAXIMUM, label: 'Capacity-optimized' },
  decisionAge: { ...metrics.fleet.decisionAge, statistic: MAXIMUM, label: 'Decision age' },
  tickDuration: { ...metrics.fleet.tickDuration, statistic: MAXIMUM, label: 'Tick duration' },
  writes: { ...metrics.fleet.writes, statistic: SUM, label: 'Writes' },
  writeErrors: { ...metrics.fleet.writeErrors, statistic: SUM, label: 'Write errors' },
  contested: { ...metrics.fleet.contested, statistic: MAXIMUM, label: 'Contested fields' },
  unknownSignals: { ...metrics.fleet.unknownSignals, statistic: MAXIMUM, label: 'Unknown signals' },
} as const satisfies Record<keyof typeof metrics.fleet, Reading>;

/** Metrics of a unit. */
export const UNIT_METRICS = {
  share: { ...metrics.unit.share, statistic: AVERAGE, label: 'share' },
  readyPods: { ...metrics.unit.readyPods, statistic: MINIMUM, label: 'ready pods' },
  pendingPods: { ...metrics.unit.pendingPods, statistic: MAXIMUM, label: 'pending pods' },
  impaired: { ...metrics.unit.impaired, statistic: MAXIMUM, label: 'impaired' },
  statedThroughput: { ...metrics.unit.statedThroughput, statistic: AVERAGE, label: 'stated' },
  learnedThroughput: { ...metrics.unit.learnedThroughput, statistic: AVERAGE, label: 'learned' },
  profileParted: { ...metrics.unit.profileParted, statistic: MAXIMUM, label: 'profile parted' },
  floor: { ...metrics.unit.floor, statistic: MAXIMUM, label: 'floor' },
  target: { ...metrics.unit.target, statistic: AVERAGE, label: 'target' },
} as const satisfies Record<keyof typeof metrics.unit, Reading>;

/** Metrics of a pool. */
export const POOL_METRICS = {
  runningDevices: { ...metrics.pool.runningDevices, statistic: MAXIMUM, label: 'running devices' },
  limitDevices: { ...metrics.pool.limitDevices, statistic: MINIMUM, label: 'limit' },
  weight: { ...metrics.pool.weight, statistic: AVERAGE, label: 'weight' },
  price: { ...metrics.pool.price, statistic: AVERAGE, label: 'price' },
  shortage: { ...metrics.pool.shortage, statistic: MAXIMUM, label: 'shortage' },
} as const satisfies Record<keyof typeof metrics.pool, Reading>;

/** The properties of a CloudWatch metric that follow from how it is read, with a prefix of its label. */
export const propsOf = ({ name, unit, statistic, label }: Reading, prefix = '') => ({
  metricName: name,
  unit: UNITS[unit],
  statistic,
  label: `${prefix}${label}`,
});
