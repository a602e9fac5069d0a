import type { SignalName } from '../../lambda/control-loop/model/signals';
import { quiet } from './base';
import type { PoolState, UnitState, World } from './world';

/** One input changed, and what it is compared with. */
export interface Experiment {
  /** In the words of a reader. */
  readonly signal: string;
  readonly change: string;
  /** The signals of the observation that change with it. */
  readonly of: readonly SignalName[];
  /** How long it lasts until decisions are compared, in minutes: one tick a minute. */
  readonly minutes: number;
  /** What is so in both worlds, where the signal says nothing in a quiet one; in words and as the world is. */
  readonly given?: { readonly text: string; readonly world: (nowSeconds: number) => World; readonly minutes: number };
  readonly changed: (world: World, nowSeconds: number) => World;
}

const withUnit = (world: World, name: string, change: Partial<UnitState>): World => ({
  ...world,
  units: { ...world.units, [name]: { ...world.units[name]!, ...change } },
});
const withPool = (world: World, name: string, change: Partial<PoolState>): World => ({
  ...world,
  pools: { ...world.pools, [name]: { ...world.pools[name]!, ...change } },
});
const allUnits = (world: World, change: (state: UnitState) => Partial<UnitState>): World =>
  Object.entries(world.units).reduce((changed, [name, state]) => withUnit(changed, name, change(state)), world);

const refusal = (atSeconds: number, zone = 'unknown') => ({ zone, atSeconds, message: 'UnfulfillableCapacity' });
const refused = (pool: string, zone?: string) => (nowSeconds: number) => withPool(quiet, pool, { failures: [refusal(nowSeconds, zone)] });

const HALF_OPEN = { text: 'while the breaker of g5-spot is half-open', world: refused('g5-spot'), minutes: 3 };
const OPEN = { text: 'while the breaker of inf2-spot is open', world: refused('inf2-spot'), minutes: 1 };

export const experiments: readonly Experiment[] = [
  {
    signal: 'requests',
    change: 'twice as many on all units, for 10 min',
    of: ['requestsPerMinute', 'minutes'],
    minutes: 10,
    changed: (world) => allUnits(world, ({ requestsPerMinute }) => ({ requestsPerMinute: 2 * requestsPerMinute })),
  },
  {
    signal: 'requests',
    change: 'half as many on all units, for 30 min',
    of: ['requestsPerMinute', 'minutes'],
    minutes: 30,
    changed: (world) => allUnits(world, ({ requestsPerMinute }) => ({ requestsPerMinute: requestsPerMinute / 2 })),
  },
  {
    signal: 'latency',
    change: 'of inf2 at 2.5 s, for 30 min',
    of: ['latencySeconds', 'minutes'],
    minutes: 30,
    changed: (world) => withUnit(world, 'inf2', { latencySeconds: 2.5 }),
  },
  {
    signal: '5xx',
    change: 'for half of the requests of inf2, for 10 min',
    of: ['errorsPerMinute', 'minutes'],
    minutes: 10,
    changed: (world) => withUnit(world, 'inf2', { failedPart: 0.5 }),
  },
  {
    signal: 'healthy hosts',
    change: 'none of inf2, for 10 min',
    of: ['healthyHosts', 'minutes'],
    minutes: 10,
    changed: (world) => withUnit(world, 'inf2', { healthyHosts: 0 }),
  },
  {
    signal: 'ready pods',
    change: 'a quarter of those of inf2',
    of: ['readyPodsByPool'],
    minutes: 1,
    changed: (world) => withUnit(world, 'inf2', { readyPodsByPool: { 'inf2-spot': 3 } }),
  },
  {
    signal: 'leaving pods',
    change: 'two of inf2, on a node that has drifted',
    of: ['leavingPods'],
    minutes: 1,
    changed: (world) => withUnit(world, 'inf2', { leavingPods: 2 }),
  },
  {
    signal: 'surging pods',
    change: 'two of inf2, whose pods are replaced',
    of: ['surgePods'],
    minutes: 10,
    given: {
      text: 'while demand needs all of the pools',
      world: () => allUnits(quiet, ({ requestsPerMinute }) => ({ requestsPerMinute: 20 * requestsPerMinute })),
      minutes: 30,
    },
    changed: (world) => withUnit(world, 'inf2', { surgePods: 2 }),
  },
  {
    signal: 'starting pods',
    change: 'without a node: one of g5, and none of g5x4',
    of: ['startingPods', 'pendingPods'],
    minutes: 1,
    given: HALF_OPEN,
    changed: (world) => withUnit(world, 'g5', { pendingPods: 1 }),
  },
  {
    signal: 'why pods wait',
    change: 'a crash loop on inf2',
    of: ['waitingPods'],
    minutes: 1,
    changed: (world, nowSeconds) =>
      withUnit(world, 'inf2', {
        waitingPods: [{ reason: 'CrashLoopBackOff', message: '4 restarts', pods: 1, sinceSeconds: nowSeconds - 300, isFailing: true }],
      }),
  },
  {
    signal: 'starts of pods',
    change: 'that take 30 min instead of 10',
    of: ['podStarts'],
    minutes: 1,
    given: {
      text: 'while demand rises by 1 % a minute',
      world: () => allUnits(quiet, ({ requestsPerMinute }) => ({ growthPerMinute: requestsPerMinute / 100 })),
      minutes: 15,
    },
    changed: (world, nowSeconds) => {
      const starts = (last: number) =>
        Array.from({ length: 8 }, (_, index) => ({
          uid: `pod-${index}`,
          createdSeconds: nowSeconds - last - 1800 - index,
          readySeconds: nowSeconds - last - index,
          launchedNode: true,
        }));
      return allUnits(world, () => ({ podStarts: starts(60) }));
    },
  },
  {
    signal: 'scaler',
    change: 'of inf2 allows five pods',
    of: ['scaler'],
    minutes: 10,
    changed: (world) => withUnit(world, 'inf2', { scaler: { maximumReplicas: 5 } }),
  },
  {
    signal: 'replicas',
    change: 'of inf2: five instead of twelve',
    of: ['replicas'],
    minutes: 10,
    given: {
      text: 'while KEDA keeps it from growing',
      world: () =>
        withUnit(quiet, 'inf2', { scaler: { pause: { annotation: 'autoscaling.keda.sh/paused-scale-out', up: true, down: false } } }),
      minutes: 1,
    },
    changed: (world) => withUnit(world, 'inf2', { replicas: 5 }),
  },
  {
    signal: 'readiness of the NodePool',
    change: 'inf2-spot is not ready',
    of: ['notReady'],
    minutes: 1,
    changed: (world) => withPool(world, 'inf2-spot', { notReady: 'NodeClassNotReady' }),
  },
  {
    signal: 'price',
    change: 'of inf2-spot above that of inf2-od',
    of: ['priceUsdPerDeviceHour'],
    minutes: 1,
    changed: (world) => withPool(world, 'inf2-spot', { priceUsd: 0.9 }),
  },
  {
    signal: 'price',
    change: 'of inf2-spot unknown',
    of: ['priceUsdPerDeviceHour'],
    minutes: 1,
    changed: (world) => withPool(world, 'inf2-spot', { priceUsd: undefined }),
  },
  {
    signal: 'offered zones',
    change: 'of inf2-spot: only the one that was refused',
    of: ['offeredZones'],
    minutes: 1,
    given: { text: 'after a refusal in one of two zones', world: refused('inf2-spot', 'us-west-2a'), minutes: 1 },
    changed: (world) => withPool(world, 'inf2-spot', { offeredZones: ['us-west-2a'] }),
  },
  {
    signal: 'reserved devices',
    change: 'eight free instead of none',
    of: ['reservedDevices'],
    minutes: 1,
    changed: (world) => withPool(world, 'g5-reserved', { reservedDevices: 8 }),
  },
  {
    signal: 'refused launch',
    change: 'of inf2-spot, without a zone',
    of: ['launchFailures'],
    minutes: 1,
    changed: (world, nowSeconds) => withPool(world, 'inf2-spot', { failures: [refusal(nowSeconds)] }),
  },
  {
    signal: 'refused launch',
    change: 'of inf2-spot, in one of its two zones',
    of: ['launchFailures'],
    minutes: 1,
    changed: (world, nowSeconds) => withPool(world, 'inf2-spot', { failures: [refusal(nowSeconds, 'us-west-2a')] }),
  },
  {
    signal: 'refused launch',
    change: 'of all pools of inf2',
    of: ['launchFailures'],
    minutes: 1,
    changed: (world, nowSeconds) =>
      withPool(withPool(world, 'inf2-spot', { failures: [refusal(nowSeconds)] }), 'inf2-od', { failures: [refusal(nowSeconds)] }),
  },
  {
    signal: 'running devices',
    change: 'of inf2-spot: fourteen instead of twelve',
    of: ['runningDevices'],
    minutes: 1,
    given: OPEN,
    changed: (world) => withPool(world, 'inf2-spot', { runningDevices: 14 }),
  },
  {
    signal: 'last launch',
    change: 'of inf2-spot after its refusal',
    of: ['lastLaunchSeconds'],
    minutes: 1,
    given: OPEN,
    changed: (world, nowSeconds) => withPool(world, 'inf2-spot', { lastLaunchSeconds: nowSeconds + 30 }),
  },
];

/** Signals that are read to another end than to decide what is desired, and which. */
export const otherEnds: Partial<Readonly<Record<SignalName, string>>> = {
  floor: 'The present value: what differs from the decision is written, what another writer set is left alone.',
  targetThroughputPerMinute: 'The same.',
  weight: 'The same; and the order that stands stays while another one would save less than 5 %.',
  limitDevices: 'The same.',
  routerWeights: 'The same; and shares that stand stay while the new ones differ by no more than noise.',
  autoscalerEdits: 'A finding `Contested`.',
  uid: 'Pins every write to the NodePool that was observed.',
};
