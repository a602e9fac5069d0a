/** Signals without which a unit is not steered in full. */
export const UNIT_SIGNALS = ['readyPodsByPool', 'floor', 'targetThroughputPerMinute'];

/** The same of a unit behind a router, beyond those of every unit. */
export const ROUTED_UNIT_SIGNALS = ['requestsPerMinute', 'latencySeconds'];

/** Signals without which a pool is not steered in full. */
export const POOL_SIGNALS = ['weight', 'limitDevices', 'runningDevices', 'launchFailures', 'priceUsdPerDeviceHour'];

/** What is decided on first, what is advisory last. */
export const SIGNAL_ORDER = [
  'requestsPerMinute',
  'latencySeconds',
  'readyPodsByPool',
  'startingPods',
  'replicas',
  'floor',
  'targetThroughputPerMinute',
  'weight',
  'limitDevices',
  'runningDevices',
  'launchFailures',
  'lastLaunchSeconds',
  'priceUsdPerDeviceHour',
  'errorsPerMinute',
  'healthyHosts',
];
