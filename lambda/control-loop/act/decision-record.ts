import type { DecidedFleet } from '../model/decided-fleet';
import type { Series, Signal } from '../model/observation';
import type { WriteRecord } from '../model/write-record';

/**
 * The decision record of one fleet: what was known and how old it was, what was decided and why, what was written and what came of it.
 *
 * @param writes those of the fleet
 */
export const decisionRecord = (
  { fleet, decided, pools, seen }: DecidedFleet,
  writes: readonly WriteRecord[],
): Readonly<Record<string, unknown>> => {
  const { nowSeconds: now } = seen;
  return {
    kind: 'decision',
    fleet: decided.fleet,
    atSeconds: now,
    enforcement: fleet.enforcement,
    policy: fleet.policy.name,
    strategy: decided.strategy,
    strategyReason: decided.strategyReason,
    units: Object.fromEntries(
      fleet.units.map(({ name }) => [name, { inputs: inputs(seen.units[name], now), decided: decided.units[name] }]),
    ),
    pools: Object.fromEntries(fleet.pools.map(({ name }) => [name, { inputs: inputs(seen.pools[name], now), decided: pools[name] }])),
    routerWeights: input(seen.routerWeights, now),
    findings: decided.findings,
    shortages: decided.memory.shortages,
    writes,
  };
};

const inputs = (signals: object | undefined, now: number): Readonly<Record<string, unknown>> => {
  const shown: Record<string, unknown> = {};
  for (const [name, signal] of Object.entries(signals ?? {})) shown[name] = input(signal as Signal<unknown>, now);
  return shown;
};

/** A signal with its age; of a series the youngest value, of launch failures their number. */
const input = (signal: Signal<unknown>, now: number): unknown => {
  if (!signal.known) return { unknown: signal.reason };
  const { value } = signal;
  return { value: isSeries(value) ? value.values.at(-1) : isFailures(value) ? value.length : value, ageSeconds: now - signal.atSeconds };
};

export const isSeries = (value: unknown): value is Series => Array.isArray((value as Series | null | undefined)?.values);

const isFailures = (value: unknown): value is readonly object[] => Array.isArray(value) && value.length > 0 && typeof value[0] === 'object';
