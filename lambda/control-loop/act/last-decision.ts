import type { DecidedFleet } from '../model/decided-fleet';
import type { DesiredValue, Reasoned } from '../model/decision';
import { formatField } from '../model/field';
import type { LastDecision, ShownChoice, ShownSignal, ShownSubject } from '../model/last-decision';
import type { Signal } from '../model/observation';
import { signalFacts } from '../model/signals';
import { rfc3339 } from '../model/times';
import { isSeries } from './decision-record';
import { objectOf, type Write } from './writes';

/** Most bytes of a record as JSON. The whole object must stay far below the 1.5 MiB that etcd takes, with room for other fleets' lists. */
export const MAX_RECORD_BYTES = 60_000;

/** Reasons come from services and people, so each is cut. */
const MAX_TEXT = 240;

/**
 * The last decision on a fleet for its status, of at most `MAX_RECORD_BYTES`: of a fleet with very many units and pools the
 * least important parts are left out, and the record says which.
 *
 * @param writes the planned writes of the fleet
 */
export const lastDecision = (own: DecidedFleet, writes: readonly Write[], trigger: string): LastDecision =>
  bounded(recordOf(own, writes, trigger));

const recordOf = (
  { fleet, decided, pools: decidedPools, seen, gaps, profiles }: DecidedFleet,
  writes: readonly Write[],
  trigger: string,
): LastDecision => {
  const { nowSeconds: now } = seen;
  const { desired, memory } = decided;
  const units: Record<string, ShownSubject> = {};
  for (const { name } of fleet.units) {
    const own = decided.units[name];
    const wanted = desired?.units[name];
    const profile = profiles[name];
    const shown = subject(
      shownInputs(seen.units[name], now),
      { floor: own?.floor, target: own?.targetThroughputPerMinute, share: own?.share },
      { floor: wanted?.floor, target: wanted?.targetThroughputPerMinute, share: wanted?.share },
    );
    units[name] = profile === undefined ? shown : { ...shown, profile };
  }
  const pools: Record<string, ShownSubject> = {};
  for (const { name } of fleet.pools) {
    const own = decidedPools[name];
    pools[name] = subject(
      shownInputs(seen.pools[name], now),
      { weight: own?.weight, limit: own?.limitDevices },
      { weight: desired?.weights[name], limit: desired?.limits[name] },
    );
  }
  return {
    time: rfc3339(Math.round(now)),
    trigger: short(trigger),
    enforcement: fleet.enforcement,
    policy: fleet.policy.name,
    strategy: decided.strategy,
    strategyReason: short(decided.strategyReason),
    strategySince: rfc3339(Math.round(memory.strategySinceSeconds)),
    units,
    pools,
    poolOrder: (desired?.poolOrder ?? []).map(({ value, reason }) => ({ pool: value, reason: short(reason) })),
    routerWeights: shownSignal(seen.routerWeights, now),
    missing: gaps.map(({ subject, signal, reason }) => ({ subject, signal, reason: short(reason) })),
    shortages: memory.shortages,
    findings: decided.findings.map((finding) => ({ ...finding, message: short(finding.message) })),
    writes: writes.map((write) => ({
      object: objectOf(write),
      changes: Object.fromEntries(
        write.changes.map(({ field, value, previous }) => [
          formatField(field),
          { ...(previous === undefined ? {} : { from: sixDigits(previous) }), to: sixDigits(value) },
        ]),
      ),
    })),
  };
};

const short = (text: string): string => (text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT - 3)}...`);

const sixDigits = (value: number): number => (Number.isInteger(value) ? value : Number(value.toPrecision(6)));

const shownInputs = (signals: object | undefined, now: number): Readonly<Record<string, ShownSignal>> => {
  const shown: Record<string, ShownSignal> = {};
  for (const [name, signal] of Object.entries(signals ?? {})) {
    if (signalFacts(name)?.shown === 'always') shown[name] = shownSignal(signal as Signal<unknown>, now);
  }
  return shown;
};

const shownSignal = (signal: Signal<unknown>, now: number): ShownSignal => {
  if (!signal.known) return { unknown: short(signal.reason) };
  const ageSeconds = Math.round(now - signal.atSeconds);
  const value = isSeries(signal.value) ? signal.value.values.at(-1) : Array.isArray(signal.value) ? signal.value.length : signal.value;
  if (value === undefined) return { ageSeconds };
  // JSON cannot state a number that is not finite, and null would be read as an absence.
  return { value: typeof value === 'number' ? (Number.isFinite(value) ? sixDigits(value) : String(value)) : value, ageSeconds };
};

const choice = ({ value, reason }: Reasoned<number> | DesiredValue<number>): ShownChoice =>
  value === undefined || !Number.isFinite(value) ? { reason: short(reason) } : { value: sixDigits(value), reason: short(reason) };

/** How far a decided value may be from the wanted one and count as the same: floors and limits are whole, targets have five digits. */
const isSame = (field: string, decided: number | undefined, wanted: number): boolean => {
  if (decided === undefined) return false;
  const distance = Math.abs(decided - wanted);
  if (field === 'floor' || field === 'limit') return distance < 1;
  return distance <= (field === 'share' ? 0.0005 : 0.0001 * Math.abs(wanted));
};

const subject = (
  inputs: Readonly<Record<string, ShownSignal>>,
  decided: Readonly<Record<string, Reasoned<number> | undefined>>,
  wanted: Readonly<Record<string, DesiredValue<number> | undefined>>,
): ShownSubject => {
  const choices: Record<string, ShownChoice> = {};
  const others: Record<string, ShownChoice> = {};
  for (const [field, one] of Object.entries(decided)) {
    if (one !== undefined) choices[field] = choice(one);
    const proposal = wanted[field];
    if (proposal !== undefined && !isSame(field, one?.value, proposal.value)) others[field] = choice(proposal);
  }
  return { inputs, ...(Object.keys(others).length === 0 ? {} : { wanted: others }), decided: choices };
};

type Cut = readonly [what: string, make: (record: LastDecision) => LastDecision];

const ofAll = (record: LastDecision, change: (subject: ShownSubject) => ShownSubject): LastDecision => {
  const changed = (subjects: Readonly<Record<string, ShownSubject>>) =>
    Object.fromEntries(Object.entries(subjects).map(([name, one]) => [name, change(one)]));
  return { ...record, units: changed(record.units), pools: changed(record.pools) };
};

const withoutReasons = (choices: Readonly<Record<string, ShownChoice>>): Readonly<Record<string, ShownChoice>> =>
  Object.fromEntries(Object.entries(choices).map(([field, { reason, ...rest }]) => [field, { ...rest, reason: reason.slice(0, 40) }]));

const MAX_FINDINGS = 50;

/** What is left out, the least important first, until the record fits. */
const CUTS: readonly Cut[] = [
  [
    'advisory signals',
    (record) =>
      ofAll(record, ({ inputs = {}, ...rest }) => ({
        inputs: Object.fromEntries(Object.entries(inputs).filter(([name]) => !signalFacts(name)?.isAdvisory)),
        ...rest,
      })),
  ],
  [
    'long reasons',
    (record) => ({
      ...ofAll(record, (one) => ({
        ...one,
        ...(one.wanted && { wanted: withoutReasons(one.wanted) }),
        decided: withoutReasons(one.decided),
      })),
      poolOrder: record.poolOrder.map(({ pool }) => ({ pool, reason: '' })),
    }),
  ],
  [`findings beyond the first ${MAX_FINDINGS}`, (record) => ({ ...record, findings: record.findings.slice(0, MAX_FINDINGS) })],
  ['what was wanted', (record) => ofAll(record, ({ wanted: _, ...rest }) => rest)],
  ['signals', (record) => ofAll(record, ({ inputs: _, ...rest }) => rest)],
  [
    'order of pools, missing signals, shortages and writes beyond the first 20',
    (record) => ({
      ...record,
      missing: record.missing?.slice(0, 20) ?? [],
      poolOrder: record.poolOrder.slice(0, 20),
      shortages: record.shortages.slice(0, 20),
      writes: record.writes.slice(0, 20),
    }),
  ],
  ['units and pools', (record) => ({ ...record, units: {}, pools: {} })],
  ['findings and writes', ({ routerWeights: _, ...record }) => ({ ...record, findings: record.findings.slice(0, 10), writes: [] })],
];

const bounded = (whole: LastDecision): LastDecision => {
  let record = whole;
  const cut: string[] = [];
  for (const [what, make] of CUTS) {
    if (Buffer.byteLength(JSON.stringify(record)) <= MAX_RECORD_BYTES) return record;
    cut.push(what);
    record = { ...make(record), cut: [...cut] };
  }
  return record;
};
