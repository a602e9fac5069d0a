import { type SignalName, signalFacts } from '../../../lambda/control-loop/model/signals';
import { rfc3339 } from '../../../lambda/control-loop/model/times';
import { amount, count, latency } from '../text/numbers';

interface Shown {
  readonly format: (value: number) => string;
  /** What a known absence means; `not set` where left out. */
  readonly absent?: string;
}

export const perMinute = (value: number): string => `${amount(value)}/min`;
export const price = (value: number): string => `$${value.toFixed(4)}`;

/** How numbers of signals are shown; one that is left out, as it is. */
const SHOWN = {
  requestsPerMinute: { format: perMinute },
  latencySeconds: { format: (value) => latency(value) },
  readyPodsByPool: { format: count },
  leavingPods: { format: count },
  startingPods: { format: count },
  pendingPods: { format: count },
  replicas: { format: count },
  floor: { format: count },
  targetThroughputPerMinute: { format: perMinute },
  weight: { format: count },
  limitDevices: { format: count, absent: 'unlimited' },
  runningDevices: { format: count },
  launchFailures: { format: count },
  lastLaunchSeconds: { format: rfc3339, absent: 'none' },
  priceUsdPerDeviceHour: { format: price },
  errorsPerMinute: { format: perMinute },
  healthyHosts: { format: count },
} satisfies Partial<Record<SignalName, Shown>>;

const shownAs = (name: string): Partial<Shown> => (SHOWN as Readonly<Partial<Record<string, Shown>>>)[name] ?? {};

/** A signal in words; its own name where a newer loop has one that is not known here. */
export const signalLabel = (name: string): string => signalFacts(name)?.label ?? name;

/** The value of a signal in words; `undefined` is a known absence. */
export const signalValue = (name: string, value: unknown): string => {
  const { format = String, absent = 'not set' } = shownAs(name);
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
