import { decide } from '../../lambda/control-loop/decide/decide';
import type { Decision, Finding, FleetMemory } from '../../lambda/control-loop/model/decision';
import { type Fleet, fleetKey, unitKey } from '../../lambda/control-loop/model/fleet';
import {
  known,
  type LaunchFailure,
  type Observation,
  type PodStart,
  type PoolObservation,
  type ScalerState,
  type UnitMinute,
  type UnitObservation,
  unknown,
  type WaitingPods,
} from '../../lambda/control-loop/model/observation';
import { NO_OVERRIDES } from '../../lambda/control-loop/model/overrides';
import { NOT_PAUSED } from '../../lambda/control-loop/model/pause';

/** A world of plain numbers, in which a decision can be asked for again and again. Only what the loop writes follows from the decisions. */

export interface UnitState {
  readonly requestsPerMinute: number;
  /** Added to the requests of each minute, the youngest being minute 0. */
  readonly growthPerMinute: number;
  readonly latencySeconds: number;
  /** Part of the requests that the unit answers with 5xx. */
  readonly failedPart: number;
  readonly healthyHosts: number;
  readonly readyPodsByPool: Readonly<Record<string, number>>;
  readonly leavingPods: number;
  readonly surgePods: number;
  readonly pendingPods: number;
  readonly waitingPods: readonly WaitingPods[];
  readonly podStarts: readonly PodStart[];
  readonly replicas: number;
  readonly scaler: ScalerState;
}

export interface PoolState {
  readonly priceUsd: number | undefined;
  readonly runningDevices: number;
  readonly lastLaunchSeconds: number | undefined;
  /** By the age that they had when the experiment began. */
  readonly failures: readonly LaunchFailure[];
  readonly offeredZones: readonly string[];
  readonly reservedDevices: number | undefined;
  /** Why its NodePool is not ready; left out where it is. */
  readonly notReady?: string;
}

/** What is observed, by unit and by pool. */
export interface World {
  readonly units: Readonly<Record<string, UnitState>>;
  readonly pools: Readonly<Record<string, PoolState>>;
}

/** What the loop writes. */
export interface Written {
  readonly floors: Readonly<Record<string, number>>;
  readonly targets: Readonly<Record<string, number>>;
  readonly shares: Readonly<Record<string, number>>;
  readonly weights: Readonly<Record<string, number>>;
  readonly limits: Readonly<Record<string, number>>;
}

/** A fleet at a time: what was written to it and what it remembers. */
export interface Standing {
  readonly nowSeconds: number;
  readonly written: Written;
  readonly memory?: FleetMemory;
  readonly findings: readonly Finding[];
}

const HISTORY_MINUTES = 30;
/** CloudWatch's youngest complete minute began two minutes ago. */
const YOUNGEST_MINUTE_SECONDS = 120;

/** One tick a minute for some minutes; the minutes before the first of them are those of `before`. */
export const ticksOf = (fleet: Fleet, start: Standing, before: World, after: World, minutes: number): Standing => {
  let standing = start;
  for (let minute = 0; minute < minutes; minute++) {
    const nowSeconds = start.nowSeconds + 60 * (minute + 1);
    const observation = observationOf(fleet, standing.written, before, after, nowSeconds, start.nowSeconds);
    const input = { fleet, pause: NOT_PAUSED, overrides: NO_OVERRIDES, ...(standing.memory && { memory: standing.memory }) };
    standing = { nowSeconds, ...outcomeOf(decide([input], observation), standing.written) };
  }
  return standing;
};

const outcomeOf = (
  { fleets: [decided], pools }: Decision,
  { floors, targets, shares, weights, limits }: Written,
): Omit<Standing, 'nowSeconds'> => {
  const units = Object.entries(decided!.units);
  const merged = (old: Readonly<Record<string, number>>, entries: readonly (readonly [string, number | undefined])[]) => ({
    ...old,
    ...Object.fromEntries(entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))),
  });
  return {
    memory: decided!.memory,
    findings: decided!.findings,
    written: {
      floors: merged(
        floors,
        units.map(([name, { floor }]) => [name, floor.value]),
      ),
      targets: merged(
        targets,
        units.map(([name, { targetThroughputPerMinute }]) => [name, targetThroughputPerMinute.value]),
      ),
      shares: merged(
        shares,
        units.map(([name, { share }]) => [name, share.value]),
      ),
      weights: merged(
        weights,
        Object.entries(pools).map(([name, { weight }]) => [name, weight.value]),
      ),
      limits: merged(
        limits,
        Object.entries(pools).map(([name, { limitDevices }]) => [name, limitDevices.value]),
      ),
    },
  };
};

const observationOf = (
  fleet: Fleet,
  written: Written,
  before: World,
  after: World,
  nowSeconds: number,
  changedSeconds: number,
): Observation => ({
  atSeconds: nowSeconds,
  units: Object.fromEntries(
    fleet.units.map(({ name }) => {
      const minutes = Array.from({ length: HISTORY_MINUTES }, (_, index): UnitMinute => {
        const startSeconds = nowSeconds - YOUNGEST_MINUTE_SECONDS - 60 * (HISTORY_MINUTES - 1 - index);
        const state = (startSeconds >= changedSeconds ? after : before).units[name]!;
        return minuteOf(state, startSeconds, Math.round((startSeconds - changedSeconds) / 60));
      });
      return [unitKey(fleet, name), unitOf(after.units[name]!, minutes, written, name, nowSeconds)];
    }),
  ),
  pools: Object.fromEntries(fleet.pools.map(({ name }) => [name, poolOf(after.pools[name]!, written, name, nowSeconds)])),
  routerWeights: {
    [fleetKey(fleet)]: known(
      Object.fromEntries(fleet.units.map(({ name }) => [name, Math.round(999 * written.shares[name]!)])),
      nowSeconds,
    ),
  },
});

const minuteOf = (state: UnitState, startSeconds: number, minute: number): UnitMinute => {
  const requests = Math.max(0, state.requestsPerMinute + state.growthPerMinute * minute);
  const refused = state.healthyHosts === 0 ? requests : 0;
  const failed = Math.max(refused, requests * state.failedPart);
  return {
    startSeconds,
    requests,
    refused,
    failed,
    answered: requests - refused,
    ...(requests > refused && { latencySeconds: state.latencySeconds }),
    errors: failed,
    healthyHosts: state.healthyHosts,
  };
};

const unitOf = (state: UnitState, minutes: readonly UnitMinute[], written: Written, name: string, nowSeconds: number): UnitObservation => {
  const youngest = minutes.at(-1)!;
  const at = youngest.startSeconds + 60;
  return {
    minutes: known(minutes, at),
    requestsPerMinute: known(
      { atSeconds: minutes.map(({ startSeconds }) => startSeconds), values: minutes.map(({ requests }) => requests!) },
      at,
    ),
    latencySeconds: youngest.latencySeconds === undefined ? unknown('no request was answered') : known(youngest.latencySeconds, at),
    errorsPerMinute: known(youngest.errors!, at),
    healthyHosts: known(youngest.healthyHosts!, at),
    podStarts: known(state.podStarts, nowSeconds),
    readyPodsByPool: known(state.readyPodsByPool, nowSeconds),
    leavingPods: known(state.leavingPods, nowSeconds),
    startingPods: known(state.pendingPods, nowSeconds),
    pendingPods: known(state.pendingPods, nowSeconds),
    waitingPods: known(state.waitingPods, nowSeconds),
    surgePods: known(state.surgePods, nowSeconds),
    replicas: known(state.replicas, nowSeconds),
    floor: known(written.floors[name]!, nowSeconds),
    targetThroughputPerMinute: known(written.targets[name]!, nowSeconds),
    scaler: known(state.scaler, nowSeconds),
    autoscalerEdits: known([], nowSeconds),
  };
};

const poolOf = (state: PoolState, written: Written, name: string, nowSeconds: number): PoolObservation => ({
  uid: known('uid', nowSeconds),
  weight: known(written.weights[name], nowSeconds),
  limitDevices: known(written.limits[name], nowSeconds),
  notReady: known(state.notReady, nowSeconds),
  runningDevices: known(state.runningDevices, nowSeconds),
  lastLaunchSeconds: known(state.lastLaunchSeconds, nowSeconds),
  launchFailures: known(state.failures, nowSeconds),
  priceUsdPerDeviceHour: state.priceUsd === undefined ? unknown('EC2 does not answer') : known(state.priceUsd, nowSeconds),
  offeredZones: known(state.offeredZones, nowSeconds),
  reservedDevices: state.reservedDevices === undefined ? unknown('no reservation') : known(state.reservedDevices, nowSeconds),
});
