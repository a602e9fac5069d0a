import * as z from 'zod/mini';
import { type FleetSpecInput, FleetSpecSchema, toFleetSpec } from '../../lambda/control-loop/api';
import type { Fleet } from '../../lambda/control-loop/model/fleet';
import { type PoolState, type Standing, ticksOf, type UnitState, type World } from './world';

/** The fleet and the quiet world that every experiment begins with. */

const arn = (kind: string, name: string): string => `arn:aws:elasticloadbalancing:us-west-2:123456789012:${kind}/${name}/0123456789abcdef`;

type UnitInput = FleetSpecInput['units'][number];
type PoolInput = FleetSpecInput['pools'][number];

const unit = (name: string, accelerator: string, pools: string[], throughputPerMinute: number, devicesPerPod: number): UnitInput => ({
  name,
  accelerator,
  deployment: name,
  scaler: { kind: 'ScaledObject', name },
  pools,
  devicesPerPod,
  profile: { throughputPerMinute, latencySeconds: 0.6, coldStartSeconds: 600 },
  targetGroupArn: arn('targetgroup', name),
});

const INF2 = {
  accelerator: 'INFERENTIA2',
  deviceResource: 'aws.amazon.com/neuron',
  maximumDevices: 40,
  zones: ['us-west-2a', 'us-west-2b'],
};
const G5 = { accelerator: 'A10G', deviceResource: 'nvidia.com/gpu', maximumDevices: 40, zones: ['us-west-2a', 'us-west-2b'] };
const inf2Types = [{ name: 'inf2.xlarge', devices: 1, priceUsdPerHour: 0.76 }];
const g5Types = [
  { name: 'g5.xlarge', devices: 1, priceUsdPerHour: 1.01 },
  { name: 'g5.12xlarge', devices: 4, priceUsdPerHour: 5.67 },
];
const pools: readonly PoolInput[] = [
  { name: 'inf2-spot', capacityType: 'spot', instanceTypes: inf2Types, ...INF2 },
  { name: 'inf2-od', capacityType: 'on-demand', instanceTypes: inf2Types, ...INF2 },
  { name: 'g5-reserved', capacityType: 'reserved', capacityReservationIds: ['cr-0123456789abcdef0'], instanceTypes: g5Types, ...G5 },
  { name: 'g5-spot', capacityType: 'spot', instanceTypes: g5Types, ...G5 },
  { name: 'g5-od', capacityType: 'on-demand', instanceTypes: g5Types, ...G5 },
];

/** Two units on pools of their own, one of them with a reservation, and one that shares the second's pools with pods of four devices. */
export const fleet: Fleet = {
  ...toFleetSpec(
    z.parse(FleetSpecSchema, {
      objective: { latencySeconds: 1.5 },
      router: { listenerRuleArn: `${arn('listener-rule/app', 'chat')}/0123456789abcdef/0123456789abcdef` },
      units: [
        unit('inf2', 'INFERENTIA2', ['inf2-spot', 'inf2-od'], 100, 1),
        unit('g5', 'A10G', ['g5-reserved', 'g5-spot', 'g5-od'], 100, 1),
        unit('g5x4', 'A10G', ['g5-spot', 'g5-od'], 300, 4),
      ],
      pools: [...pools],
    }),
  ),
  name: 'chat',
  namespace: 'default',
};

const unitState = (requestsPerMinute: number, readyPodsByPool: Readonly<Record<string, number>>): UnitState => {
  const pods = Object.values(readyPodsByPool).reduce((sum, ofPool) => sum + ofPool, 0);
  return {
    requestsPerMinute,
    growthPerMinute: 0,
    latencySeconds: 0.6,
    failedPart: 0,
    healthyHosts: pods,
    readyPodsByPool,
    leavingPods: 0,
    surgePods: 0,
    pendingPods: 0,
    waitingPods: [],
    podStarts: [],
    replicas: pods,
    scaler: {},
  };
};

const poolState = (priceUsd: number, runningDevices: number): PoolState => ({
  priceUsd,
  runningDevices,
  lastLaunchSeconds: undefined,
  failures: [],
  offeredZones: ['us-west-2a', 'us-west-2b'],
  reservedDevices: undefined,
});

/** 900 requests a minute, pods enough for them, no shortage. */
export const quiet: World = {
  units: {
    inf2: unitState(400, { 'inf2-spot': 12 }),
    g5: unitState(300, { 'g5-reserved': 2, 'g5-spot': 8 }),
    g5x4: unitState(200, { 'g5-spot': 3 }),
  },
  pools: {
    'inf2-spot': poolState(0.3, 12),
    'inf2-od': poolState(0.76, 0),
    'g5-reserved': { ...poolState(1.01, 2), reservedDevices: 0 },
    'g5-spot': poolState(0.4, 20),
    'g5-od': poolState(1.01, 0),
  },
};

/** 2026-03-01T12:00:00Z. */
const START_SECONDS = 1_772_366_400;
/** Until no value moves any more. */
const SETTLING_MINUTES = 120;

/** The fleet when everything has been quiet for two hours. */
export const settled = (): Standing => {
  const names = fleet.units.map(({ name }) => name);
  const of = (value: number, keys: readonly string[]) => Object.fromEntries(keys.map((key) => [key, value]));
  const start: Standing = {
    nowSeconds: START_SECONDS,
    findings: [],
    written: { floors: of(1, names), targets: of(80, names), shares: of(1 / names.length, names), weights: {}, limits: {} },
  };
  return ticksOf(fleet, start, quiet, quiet, SETTLING_MINUTES);
};
