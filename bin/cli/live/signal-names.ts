import { rfc3339Second } from '../../../lambda/control-loop/model/times';
import { amount, count, latency } from '../text/numbers';

/** Signals without which a unit is not steered in full. */
export const UNIT_SIGNALS = ['readyPodsByPool', 'floor', 'targetThroughputPerMinute'];

/** The same of a unit behind a router, beyond those of every unit. */
export const ROUTED_UNIT_SIGNALS = ['requestsPerMinute', 'latencySeconds'];

/** Signals without which a pool is not steered in full. */
export const POOL_SIGNALS = ['weight', 'limitDevices', 'runningDevices', 'launchFailures', 'priceUsdPerDeviceHour'];

interface Shown {
  readonly label: string;
  readonly format: (value: number) => string;
  /** What a known absence means; `not set` where left out. */
  readonly absent?: string;
}

export const perMinute = (value: number): string => `${amount(value)}/min`;
export const price = (value: number): string => `$${value.toFixed(4)}`;

/** How signals are shown, in this order: what is decided on first, what is advisory last. */
const SHOWN: Readonly<Record<string, Shown>> = {
  requestsPerMinute: { label: 'requests', format: perMinute },
  latencySeconds: { label: 'latency', format: (value) => latency(value) },
  readyPodsByPool: { label: 'ready pods', format: count },
  startingPods: { label: 'starting pods', format: count },
  replicas: { label: 'replicas', format: count },
  floor: { label: 'floor', format: count },
  targetThroughputPerMinute: { label: 'target', format: perMinute },
  weight: { label: 'weight', format: count },
  limitDevices: { label: 'limit', format: count, absent: 'unlimited' },
  runningDevices: { label: 'running devices', format: count },
  launchFailures: { label: 'refused launches', format: count },
  lastLaunchSeconds: { label: 'last launch', format: rfc3339Second, absent: 'none' },
  priceUsdPerDeviceHour: { label: 'price per device-hour', format: price },
  errorsPerMinute: { label: 'errors', format: perMinute },
  healthyHosts: { label: 'healthy hosts', format: count },
};

export const SIGNAL_ORDER = Object.keys(SHOWN);

/** A signal in words; its own name where a newer loop has one that is not known here. */
export const signalLabel = (name: string): string => SHOWN[name]?.label ?? name;

/** The value of a signal in words; `undefined` is a known absence. */
export const signalValue = (name: string, value: unknown): string => {
  const { format = String, absent = 'not set' } = SHOWN[name] ?? {};
  if (value === undefined) return absent;
  if (typeof value === 'number') return format(value);
  if (Array.isArray(value)) return value.map(String).join(', ') || 'none';
  if (typeof value === 'object' && value !== null) {
    const parts = Object.entries(value).map(
      ([key, part]) => `${key === '' ? 'elsewhere' : key} ${typeof part === 'number' ? format(part) : part}`,
    );
    return parts.join(', ') || 'none';
  }
  return String(value);
};
