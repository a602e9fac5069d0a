import * as z from 'zod/mini';
import { type FleetSpecInput, FleetSpecSchema, toFleetSpec } from '../../../../lambda/control-loop/api';
import { policyNames } from '../../../../lambda/control-loop/contract/policies';
import type { FleetInput } from '../../../../lambda/control-loop/decide/decide';
import type { Policies } from '../../../../lambda/control-loop/decide/policies';
import type { Policy } from '../../../../lambda/control-loop/decide/policies/policy';
import { type Fleet, fleetKey, unitKey } from '../../../../lambda/control-loop/model/fleet';
import {
  type AutoscalerEdit,
  known,
  type LaunchFailure,
  type Observation,
  type PoolObservation,
  type ScalerState,
  type Series,
  type Signal,
  type UnitMinute,
  type UnitObservation,
  unknown,
  type WaitingPods,
} from '../../../../lambda/control-loop/model/observation';
import { NO_OVERRIDES } from '../../../../lambda/control-loop/model/overrides';
import { NOT_PAUSED } from '../../../../lambda/control-loop/model/pause';

/** A round minute: 2026-11-22 00:00:00 UTC. */
export const NOW = 1_795_305_600;

const RULE_ARN =
  'arn:aws:elasticloadbalancing:us-west-2:123456789012:listener-rule/app/sd21/0123456789abcdef/0123456789abcdef/0123456789abcdef';

type UnitInput = FleetSpecInput['units'][number];
type PoolInput = FleetSpecInput['pools'][number];

export const unitOf = (name: string, change: Partial<UnitInput> = {}): UnitInput => ({
  name,
  accelerator: 'A10G',
  deployment: name,
  scaler: { kind: 'ScaledObject', name },
  pools: [name],
  profile: { throughputPerMinute: 60, latencySeconds: 0.5, coldStartSeconds: 600 },
  ...change,
});

export const poolOf = (name: string, change: Partial<PoolInput> = {}): PoolInput => ({
  name,
  accelerator: 'A10G',
  capacityType: 'on-demand',
  deviceResource: 'nvidia.com/gpu',
  instanceTypes: [{ name: 'g5.xlarge', devices: 1, priceUsdPerHour: 1 }],
  maximumDevices: 100,
  ...change,
});

export const fleetOf = (spec: Partial<FleetSpecInput> & Pick<FleetSpecInput, 'units' | 'pools'>, name = 'sd21'): Fleet => ({
  ...toFleetSpec(
    z.parse(FleetSpecSchema, { objective: { latencySeconds: 0.9 }, resilience: 0, router: { listenerRuleArn: RULE_ARN }, ...spec }),
  ),
  name,
  namespace: 'default',
});

const paperUnit = (name: string, pool: string, throughputPerMinute: number, latencySeconds: number): UnitInput =>
  unitOf(name, { pools: [pool], profile: { throughputPerMinute, latencySeconds, coldStartSeconds: 600 } });

const paperPool = (name: string, instanceType: string, priceUsdPerHour: number): PoolInput =>
  poolOf(name, { instanceTypes: [{ name: instanceType, devices: 1, priceUsdPerHour }] });

/** The fleet of arXiv 2503.20074, Tables 1 and 2, on demand. */
export const paperSpec = {
  objective: { latencySeconds: 0.9 },
  resilience: 0,
  router: { listenerRuleArn: RULE_ARN },
  units: [
    paperUnit('inf2', 'inf2', 105, 0.67),
    paperUnit('trn1', 'trn1', 130, 0.51),
    paperUnit('g5-triton', 'g5', 90, 0.68),
    paperUnit('g6', 'g6', 61, 0.96),
    paperUnit('g5-cuda', 'g5', 60, 0.92),
  ],
  pools: [
    paperPool('inf2', 'inf2.xlarge', 0.7582),
    paperPool('trn1', 'trn1.2xlarge', 1.3438),
    paperPool('g5', 'g5.xlarge', 1.006),
    paperPool('g6', 'g6.xlarge', 0.8048),
  ],
} satisfies FleetSpecInput;

const STATED: Readonly<Record<string, number>> = { inf2: 0.4, trn1: 0.2, 'g5-triton': 0.15, g6: 0.1, 'g5-cuda': 0.15 };

/** The same with the cost shares that the paper's sample ships: 40, 20, 15, 10, 15. */
export const paperFleet = (change: Partial<FleetSpecInput> = {}): Fleet =>
  fleetOf({ ...paperSpec, units: paperSpec.units.map((unit) => ({ ...unit, costShare: STATED[unit.name]! })), ...change });

/** One value a minute, the youngest for the minute that began two minutes ago. */
export const seriesOf = (values: readonly number[], nowSeconds = NOW): Signal<Series> => {
  const lastSeconds = nowSeconds - 120;
  return known({ values, atSeconds: values.map((_, index) => lastSeconds - 60 * (values.length - 1 - index)) }, lastSeconds);
};

const minutesOf = (minutes: readonly Omit<UnitMinute, 'startSeconds'>[], nowSeconds: number): Signal<readonly UnitMinute[]> =>
  known(
    minutes.map((minute, index) => ({ startSeconds: nowSeconds - 120 - 60 * (minutes.length - 1 - index), ...minute })),
    nowSeconds - 60,
  );

const steady = (requestsPerMinute: number, nowSeconds = NOW): Signal<Series> =>
  seriesOf(
    Array.from({ length: 20 }, () => requestsPerMinute),
    nowSeconds,
  );

export interface UnitState {
  /** The last minutes, oldest first, the youngest being the one that began two minutes ago; default unknown. */
  minutes?: readonly Omit<UnitMinute, 'startSeconds'>[];
  requestsPerMinute?: number | Signal<Series>;
  latencySeconds?: number | Signal<number>;
  /** On the unit's first pool, or by pool. */
  ready?: number | Record<string, number> | undefined;
  /** Pods without a node. */
  leaving?: number;
  surge?: number;
  pending?: number | undefined;
  waiting?: readonly WaitingPods[];
  floor?: number;
  target?: number;
  scaler?: ScalerState;
  replicas?: number;
  autoscalerEdits?: readonly AutoscalerEdit[];
  weight?: number;
}

export interface PoolStateOf {
  notReady?: string;
  failures?: readonly LaunchFailure[];
  lastLaunchSeconds?: number;
  running?: number | undefined;
  limit?: number | undefined;
  weight?: number | undefined;
  priceUsd?: number | undefined;
  offeredZones?: readonly string[];
  /** Devices that are free in the pool's reservations. */
  reserved?: number | undefined;
}

const signalOf = (value: number | Signal<number> | undefined, atSeconds: number): Signal<number> =>
  value === undefined ? unknown('not told') : typeof value === 'number' ? known(value, atSeconds) : value;

const unitObservation = (fleet: Fleet, name: string, state: UnitState, nowSeconds = NOW): UnitObservation => {
  const unit = fleet.units.find((one) => one.name === name)!;
  const requests = state.requestsPerMinute ?? 60;
  const ready = 'ready' in state ? state.ready : 4;
  return {
    minutes: state.minutes === undefined ? unknown('not told') : minutesOf(state.minutes, nowSeconds),
    requestsPerMinute: typeof requests === 'number' ? steady(requests, nowSeconds) : requests,
    latencySeconds: signalOf('latencySeconds' in state ? state.latencySeconds : 0.5, nowSeconds - 120),
    errorsPerMinute: known(0, nowSeconds - 120),
    healthyHosts: unknown('not used'),
    podStarts: known([], nowSeconds),
    readyPodsByPool:
      ready === undefined ? unknown('not told') : known(typeof ready === 'number' ? { [unit.pools[0]!]: ready } : ready, nowSeconds),
    leavingPods: known(state.leaving ?? 0, nowSeconds),
    startingPods: known(state.pending ?? 0, nowSeconds),
    waitingPods: known(state.waiting ?? [], nowSeconds),
    pendingPods: signalOf('pending' in state ? state.pending : 0, nowSeconds),
    surgePods: known(state.surge ?? 0, nowSeconds),
    replicas: signalOf(state.replicas, nowSeconds),
    floor: signalOf('floor' in state ? state.floor : 4, nowSeconds),
    targetThroughputPerMinute: signalOf('target' in state ? state.target : unit.profile.throughputPerMinute * 0.8, nowSeconds),
    scaler: known(state.scaler ?? {}, nowSeconds),
    autoscalerEdits: known(state.autoscalerEdits ?? [], nowSeconds),
  };
};

export const poolObservation = (state: PoolStateOf = {}, nowSeconds = NOW): PoolObservation => ({
  uid: known('uid', nowSeconds),
  weight: known(state.weight, nowSeconds),
  limitDevices: known(state.limit, nowSeconds),
  notReady: known(state.notReady, nowSeconds),
  runningDevices: signalOf('running' in state ? state.running : 4, nowSeconds),
  lastLaunchSeconds: known(state.lastLaunchSeconds, nowSeconds),
  launchFailures: known(state.failures ?? [], nowSeconds),
  priceUsdPerDeviceHour: signalOf(state.priceUsd, nowSeconds),
  offeredZones: state.offeredZones === undefined ? unknown('not told') : known(state.offeredZones, nowSeconds),
  reservedDevices: signalOf(state.reserved, nowSeconds),
});

/** A new fleet that nobody paused and nobody overrides, unless told otherwise. */
export const inputOf = (fleet: Fleet, change: Partial<FleetInput> = {}): FleetInput => ({
  fleet,
  pause: NOT_PAUSED,
  overrides: NO_OVERRIDES,
  ...change,
});

/** One policy in the place of every one. */
export const everyPolicy = (policy: Policy): Policies =>
  Object.fromEntries(policyNames.map((name) => [name, policy])) as unknown as Policies;

/** What one fleet shows: every unit with 60 requests a minute, 4 ready pods, floor 4 and equal weights unless told otherwise. */
export const observationOf = (
  fleet: Fleet,
  units: Record<string, UnitState> = {},
  pools: Record<string, PoolStateOf> = {},
  nowSeconds = NOW,
): Observation => ({
  atSeconds: nowSeconds,
  units: Object.fromEntries(
    fleet.units.map(({ name }) => [unitKey(fleet, name), unitObservation(fleet, name, units[name] ?? {}, nowSeconds)]),
  ),
  pools: Object.fromEntries(fleet.pools.map(({ name }) => [name, poolObservation(pools[name], nowSeconds)])),
  routerWeights: {
    [fleetKey(fleet)]: known(Object.fromEntries(fleet.units.map(({ name }) => [name, units[name]?.weight ?? 200])), nowSeconds),
  },
});

export const failure = (atSeconds: number, zone = 'us-west-2a'): LaunchFailure => ({
  zone,
  atSeconds,
  message: 'InsufficientInstanceCapacity',
});
