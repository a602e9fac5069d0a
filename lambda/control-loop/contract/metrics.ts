/**
 * Every metric that the loop emits, by its subject. The loop writes it in CloudWatch's embedded metric format; the constructs read
 * it in graphs and alarms.
 */

export const METRICS_NAMESPACE = 'AdaptiveInference';

/** Dimensions by the subject of a metric. Fleets and pools have names of their own only within a cluster. */
export const metricDimensions = {
  fleet: ['Cluster', 'Fleet'],
  unit: ['Cluster', 'Fleet', 'Unit'],
  pool: ['Cluster', 'Pool'],
} as const;

/** Name and CloudWatch unit of each metric. */
export const metrics = {
  fleet: {
    decisionAge: { name: 'DecisionAgeSeconds', unit: 'Seconds' },
    tickDuration: { name: 'TickDurationSeconds', unit: 'Seconds' },
    writes: { name: 'Writes', unit: 'Count' },
    writeErrors: { name: 'WriteErrors', unit: 'Count' },
    contested: { name: 'Contested', unit: 'Count' },
    unknownSignals: { name: 'UnknownSignals', unit: 'Count' },
    /** 1 while the strategy is CapacityOptimized, else 0. */
    capacityOptimized: { name: 'CapacityOptimized', unit: 'Count' },
  },
  unit: {
    /** Part of the traffic, 0 to 1. */
    share: { name: 'Share', unit: 'None' },
    floor: { name: 'Floor', unit: 'Count' },
    /** Requests per minute and pod. */
    target: { name: 'TargetThroughputPerMinute', unit: 'None' },
    readyPods: { name: 'ReadyPods', unit: 'Count' },
    pendingPods: { name: 'PendingPods', unit: 'Count' },
    /** 1 while pods of the unit are ready and do not serve, else 0. */
    impaired: { name: 'Impaired', unit: 'Count' },
    /** Throughput of a pod by its profile, in requests per minute: as stated, and as learned. */
    statedThroughput: { name: 'StatedThroughputPerMinute', unit: 'None' },
    learnedThroughput: { name: 'LearnedThroughputPerMinute', unit: 'None' },
    /** 1 while the learned profile differs from the stated one by more than a fifth, else 0. */
    profileParted: { name: 'ProfileParted', unit: 'Count' },
  },
  pool: {
    weight: { name: 'Weight', unit: 'None' },
    limitDevices: { name: 'LimitDevices', unit: 'Count' },
    runningDevices: { name: 'RunningDevices', unit: 'Count' },
    /** US dollars per device and hour. */
    price: { name: 'PriceUsdPerHour', unit: 'None' },
    /** 1 while the pool is in shortage, else 0. */
    shortage: { name: 'Shortage', unit: 'Count' },
  },
} as const;
