/**
 * Every signal that the loop observes, by what it is about, in the order in which a reader wants them.
 *
 * The one list of signals: the hold-down of floors, targets and shares, the condition `Observed`, the decision record, metrics and the
 * command line read it. `model/signals.ts` does not compile when a signal is missing here, or is here and not observed.
 */

export interface SignalFacts {
  /** In words. */
  readonly label: string;
  /** Fields that are left as they are, or moved in the safe direction only, while the signal is unknown. */
  readonly neededFor: readonly ('floor' | 'target' | 'share' | 'weight' | 'limit')[];
  /** Set where the signal is the present value of that field: only this field waits for it, and not those of other units. */
  readonly isFieldValue?: true;
  /** Set where a unit that gets no traffic is steered without it. */
  readonly isOfTraffic?: true;
  /** Age beyond which it no longer says what is, in seconds; left out where a value holds until the next. */
  readonly maxAgeSeconds?: number;
  /** Whether it is in the record of the last decision (`always`), or in the log alone. */
  readonly shown: 'always' | 'log';
  /** Set where nothing is decided on it: the first to be left out of a record that grows too long. */
  readonly isAdvisory?: true;
}

/** Age beyond which most signals no longer say what is, in seconds. */
export const MAX_SIGNAL_AGE_SECONDS = 300;

const young = { maxAgeSeconds: MAX_SIGNAL_AGE_SECONDS } as const;

export const signals = {
  unit: {
    requestsPerMinute: { label: 'requests', neededFor: ['floor', 'target', 'share'], isOfTraffic: true, ...young, shown: 'always' },
    latencySeconds: { label: 'latency', neededFor: ['floor', 'target', 'share'], isOfTraffic: true, ...young, shown: 'always' },
    minutes: { label: 'last half hour', neededFor: [], isOfTraffic: true, ...young, shown: 'log' },
    readyPodsByPool: { label: 'ready pods', neededFor: ['floor', 'target', 'share'], ...young, shown: 'always' },
    // Without it floors are those of pods that stay.
    leavingPods: { label: 'leaving pods', neededFor: [], ...young, shown: 'always' },
    startingPods: { label: 'starting pods', neededFor: [], ...young, shown: 'always' },
    // Without it a probe is large enough for any pod that may use the pool.
    pendingPods: { label: 'pending pods', neededFor: [], ...young, shown: 'always' },
    // Named to people: nothing waits for it.
    waitingPods: { label: 'why pods wait', neededFor: [], ...young, shown: 'log' },
    // Without it no room is kept for a rollout.
    surgePods: { label: 'surging pods', neededFor: [], ...young, shown: 'log' },
    replicas: { label: 'replicas', neededFor: [], ...young, shown: 'always' },
    floor: { label: 'floor', neededFor: ['floor'], isFieldValue: true, ...young, shown: 'always' },
    targetThroughputPerMinute: { label: 'target', neededFor: ['target'], isFieldValue: true, ...young, shown: 'always' },
    errorsPerMinute: { label: 'errors', neededFor: [], ...young, shown: 'always', isAdvisory: true },
    healthyHosts: { label: 'healthy hosts', neededFor: [], ...young, shown: 'always', isAdvisory: true },
    podStarts: { label: 'starts of pods', neededFor: [], ...young, shown: 'log' },
    // Without it the fleet's own maximum counts, and no pause.
    scaler: { label: 'scaler', neededFor: [], ...young, shown: 'log' },
    autoscalerEdits: { label: 'edits of the autoscaler', neededFor: [], ...young, shown: 'log' },
  },
  pool: {
    weight: { label: 'weight', neededFor: ['weight'], isFieldValue: true, ...young, shown: 'always' },
    limitDevices: { label: 'limit', neededFor: ['limit'], isFieldValue: true, ...young, shown: 'always' },
    runningDevices: { label: 'running devices', neededFor: ['limit'], ...young, shown: 'always' },
    launchFailures: { label: 'refused launches', neededFor: ['weight', 'limit'], ...young, shown: 'always' },
    lastLaunchSeconds: { label: 'last launch', neededFor: ['weight', 'limit'], ...young, shown: 'always' },
    // Without it the pool counts as ready.
    notReady: { label: 'readiness of the NodePool', neededFor: [], ...young, shown: 'log' },
    // A price holds until the next one, however old it is.
    priceUsdPerDeviceHour: { label: 'price per device-hour', neededFor: ['share', 'weight'], shown: 'always' },
    // Pins every write to the NodePool that was observed.
    uid: { label: 'uid', neededFor: ['weight', 'limit'], ...young, shown: 'log' },
    // Without it the zones that a pool is restricted to count, or none: a refusal then is of the whole pool.
    offeredZones: { label: 'offered zones', neededFor: [], shown: 'log' },
    // Without it a reserved pool counts on all of its maximum.
    reservedDevices: { label: 'reserved devices', neededFor: [], shown: 'log' },
  },
  fleet: {
    routerWeights: { label: 'router weights', neededFor: ['share'], isFieldValue: true, ...young, shown: 'always' },
  },
} as const satisfies Readonly<Record<'unit' | 'pool' | 'fleet', Readonly<Record<string, SignalFacts>>>>;
