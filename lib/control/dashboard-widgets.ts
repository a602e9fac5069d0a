import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { IAcceleratorPool } from '../capacity/accelerator-pool';
import { byName } from '../private/by-name';
import { FleetMetrics } from './fleet-metrics';
import { attainmentOf, latencyText, percent, percentileOf } from './fleet-objective';
import type { IInferenceFleet } from './inference-fleet';

/** Columns of a dashboard. */
const FULL = 24;
const HALF = 12;
const QUARTER = 6;
const HEIGHT = 7;
/** Maximum number of pools that get a graph each. */
const FEW_POOLS = 8;
const ALARMS_A_ROW = 4;
/** Maximum of alarms in one widget of CloudWatch. */
const MAX_ALARMS = 100;

type Rows = cloudwatch.IWidget[][];

/** The widgets of a fleet's dashboard, row by row: first what clients notice, then units, pools, and the control loop. */
export function fleetWidgets(fleet: IInferenceFleet, alarms: readonly cloudwatch.IAlarm[]): Rows {
  const metrics = new FleetMetrics(fleet);
  return [
    [header(fleet)],
    ...alarmRows(alarms),
    summary(fleet, metrics),
    ...(fleet.router ? traffic(fleet, metrics) : []),
    ...units(fleet, metrics),
    ...pools(fleet, metrics),
    ...loop(metrics),
  ];
}

function header(fleet: IInferenceFleet): cloudwatch.IWidget {
  const { fleetName, namespace, units, pools, router } = fleet;
  const goal = `${percent(attainmentOf(fleet))} of the requests answered within ${latencyText(fleet)}`;
  const lines = [
    `# Fleet ${fleetName} (${namespace})`,
    `Objective: ${goal}, watched at p${percentileOf(fleet)}. Units: ${units.length}. Pools: ${pools.length}.${router ? '' : ' No router: latency, requests and errors are not measured here.'}`,
    '**Share** is the part of the traffic that a unit gets. **Pending** pods exist and are not ready. **Floor** is the minimum of replicas of a unit. ' +
      '**Limit** is what a pool may grow to; a pool in **shortage** may not grow. **Strategy** is 1 for capacity-optimized, 0 for cost-optimized. ' +
      '**Decision age** is the time between two decisions. A gap in a line means unknown, not zero. Pools may serve other fleets too.',
  ];
  return new cloudwatch.TextWidget({ markdown: lines.join('\n\n'), width: FULL, height: 4 });
}

function alarmRows(alarms: readonly cloudwatch.IAlarm[]): Rows {
  const rows: Rows = [];
  for (let from = 0; from < alarms.length; from += MAX_ALARMS) {
    const shown = alarms.slice(from, from + MAX_ALARMS);
    const height = Math.min(1 + Math.ceil(shown.length / ALARMS_A_ROW), HEIGHT);
    rows.push([new cloudwatch.AlarmStatusWidget({ title: 'Alarms', alarms: shown, width: FULL, height })]);
  }
  return rows;
}

function summary({ router }: IInferenceFleet, metrics: FleetMetrics): cloudwatch.IWidget[] {
  const shown: readonly (readonly [title: string, metric: cloudwatch.IMetric])[] = [
    ...(router ? [['Requests within the objective', metrics.attainment({ label: 'share' })] as const] : []),
    ['Cost', metrics.costRateUsdPerHour()],
    ['Strategy', metrics.capacityOptimized({ label: 'capacity-optimized' })],
    ['Decision age', metrics.decisionAge({ label: 'seconds' })],
  ];
  return shown.map(
    ([title, metric]) =>
      new cloudwatch.SingleValueWidget({ title, metrics: [metric], width: FULL / shown.length, height: 3, sparkline: true }),
  );
}

function traffic(fleet: IInferenceFleet, metrics: FleetMetrics): Rows {
  const percentiles = [...new Set([50, percentileOf(fleet), 99])].sort((a, b) => a - b);
  const latency = fleet.objective.latency.toSeconds({ integral: false });
  const goal = { value: latency, label: 'objective', color: cloudwatch.Color.RED };
  return [
    [
      graph('Latency against the objective', {
        left: percentiles.map((percentile) => metrics.latencyPercentile(percentile, { label: `p${percentile}` })),
        leftAnnotations: [goal],
        leftYAxis: { min: 0, label: 'seconds', showUnits: false },
      }),
      graph('Requests within the objective', {
        left: [metrics.attainment()],
        leftAnnotations: [{ value: attainmentOf(fleet), label: `goal ${percent(attainmentOf(fleet))}`, color: cloudwatch.Color.RED }],
        leftYAxis: { max: 1, label: 'share', showUnits: false },
      }),
    ],
    [
      graph('Requests a minute, by unit', {
        left: byUnit(fleet, (unit, label) => metrics.unitRequests(unit, { label })),
        stacked: true,
      }),
      graph('Errors a minute, by unit', {
        left: [...byUnit(fleet, (unit, label) => metrics.unitErrors(unit, { label })), metrics.refusedRequests()],
        stacked: true,
      }),
    ],
    [
      graph(`Latency at p${percentileOf(fleet)}, by unit`, {
        left: byUnit(fleet, (unit, label) => metrics.unitLatency(unit, { label })),
        leftAnnotations: [goal],
        leftYAxis: { min: 0, label: 'seconds', showUnits: false },
        width: FULL,
      }),
    ],
  ];
}

function units(fleet: IInferenceFleet, metrics: FleetMetrics): Rows {
  const shares = graph('Shares of the traffic, by unit', {
    left: byUnit(fleet, (unit, label) => metrics.share(unit, { label })),
    leftYAxis: { min: 0, max: 1, showUnits: false },
    stacked: true,
  });
  const floors = graph('Floors, by unit', { left: byUnit(fleet, (unit, label) => metrics.floor(unit, { label })), stacked: true });
  return [
    [shares, floors],
    [
      graph('Ready pods, by unit', { left: byUnit(fleet, (unit, label) => metrics.readyPods(unit, { label })), stacked: true }),
      graph('Pending pods, by unit', { left: byUnit(fleet, (unit, label) => metrics.pendingPods(unit, { label })), stacked: true }),
    ],
    [
      graph('Throughput of a pod, stated and learned, by unit', {
        left: [
          ...byUnit(fleet, (unit, label) => metrics.learnedThroughput(unit, { label: `${label} learned` })),
          ...byUnit(fleet, (unit, label) => metrics.statedThroughput(unit, { label: `${label} stated` })),
        ],
        leftYAxis: { min: 0, label: 'requests a minute', showUnits: false },
        width: FULL,
      }),
    ],
  ];
}

function pools(fleet: IInferenceFleet, metrics: FleetMetrics): Rows {
  return [
    devices(fleet, metrics),
    [
      graph('Shortages, by pool', { left: byPool(fleet, (pool, label) => metrics.shortage(pool, { label })), stacked: true }),
      graph('Price of a device, by pool', {
        left: byPool(fleet, (pool, label) => metrics.priceUsdPerDeviceHour(pool, { label })),
        leftYAxis: { min: 0, label: 'US dollars an hour', showUnits: false },
      }),
    ],
  ];
}

/** A graph for each pool, with its limit as a line; with many pools, one stacked graph for all. */
function devices(fleet: IInferenceFleet, metrics: FleetMetrics): cloudwatch.IWidget[] {
  if (fleet.pools.length > FEW_POOLS) {
    return [
      graph('Devices running, by pool', { left: byPool(fleet, (pool, label) => metrics.runningDevices(pool, { label })), stacked: true }),
      graph('Limits, by pool', { left: byPool(fleet, (pool, label) => metrics.limitDevices(pool, { label })), stacked: true }),
    ];
  }
  return sortedPools(fleet).map(({ poolName, maximumDevices }) =>
    graph(`Devices of ${poolName}`, {
      left: [metrics.runningDevices(poolName, { label: 'running' }), metrics.limitDevices(poolName, { label: 'limit' })],
      leftAnnotations: [{ value: maximumDevices, label: 'maximum', color: cloudwatch.Color.GREY }],
      width: QUARTER,
    }),
  );
}

function loop(metrics: FleetMetrics): Rows {
  return [
    [
      graph('Cost', { left: [metrics.costRateUsdPerHour()], leftYAxis: { min: 0, label: 'US dollars an hour', showUnits: false } }),
      graph('Strategy', { left: [metrics.capacityOptimized()], leftYAxis: { min: 0, max: 1, showUnits: false } }),
    ],
    [
      graph('Decision age and tick duration', {
        left: [metrics.decisionAge(), metrics.tickDuration()],
        leftYAxis: { min: 0, label: 'seconds', showUnits: false },
      }),
      graph('Writes, errors and contested fields', {
        left: [metrics.writes(), metrics.writeErrors(), metrics.contested(), metrics.unknownSignals()],
      }),
    ],
  ];
}

/** A graph of one-minute values, by default half a row wide and starting at zero. */
const graph = (title: string, props: cloudwatch.GraphWidgetProps): cloudwatch.IWidget =>
  new cloudwatch.GraphWidget({
    title,
    width: HALF,
    height: HEIGHT,
    period: Duration.minutes(1),
    leftYAxis: { min: 0, showUnits: false },
    ...((props.left?.length ?? 0) > 4 && { legendPosition: cloudwatch.LegendPosition.RIGHT }),
    ...props,
  });

const byUnit = ({ units }: IInferenceFleet, metricOf: (unit: string, label: string) => cloudwatch.IMetric): cloudwatch.IMetric[] =>
  byName(units, ({ unitName }) => unitName).map(({ unitName }) => metricOf(unitName, unitName));

const sortedPools = ({ pools }: IInferenceFleet): IAcceleratorPool[] => byName(pools, ({ poolName }) => poolName);

const byPool = (fleet: IInferenceFleet, metricOf: (pool: string, label: string) => cloudwatch.IMetric): cloudwatch.IMetric[] =>
  sortedPools(fleet).map(({ poolName }) => metricOf(poolName, poolName));
