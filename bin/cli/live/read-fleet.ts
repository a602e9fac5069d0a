import { readListedFleet } from '../../../lambda/control-loop/api';
import { loopDefaults } from '../../../lambda/control-loop/contract/defaults';
import { annotations, conditionTypes } from '../../../lambda/control-loop/contract/names';
import { formatProblems } from '../../../lambda/control-loop/errors';
import type { Finding } from '../../../lambda/control-loop/model/decision';
import type { Fleet } from '../../../lambda/control-loop/model/fleet';
import type { LastDecision, ShownSubject } from '../../../lambda/control-loop/model/last-decision';
import { readOverrides } from '../../../lambda/control-loop/model/overrides';
import { pauseAt, readPause } from '../../../lambda/control-loop/model/pause';
import { parseRfc3339 } from '../../../lambda/control-loop/model/times';
import type { KubernetesObject } from '../../../lambda/control-loop/ports';
import type { FleetView, PauseView, PoolView, UnitView, UnknownView } from './fleet-view';
import { keyOf } from './fleets';
import { signalLabel } from './signal-names';

/** Three missed ticks: the loop runs once a minute. */
const SILENT_AFTER_SECONDS = 3 * loopDefaults.periodSeconds;

interface Status {
  readonly strategy?: string;
  readonly reason?: string;
  readonly policy?: string;
  readonly lastTickTime?: string;
  readonly lastDecision?: unknown;
  readonly conditions?: unknown;
}

/** The last decision of a fleet; `undefined` where there is none that can be read. */
export const lastDecisionOf = (object: KubernetesObject): LastDecision | undefined => {
  const { lastDecision } = (object.status ?? {}) as Status;
  const record = lastDecision as Partial<LastDecision> | null | undefined;
  const isRecord = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);
  const sound =
    isRecord(record) &&
    typeof record!.time === 'string' &&
    isRecord(record!.units) &&
    isRecord(record!.pools) &&
    [record!.findings, record!.shortages, record!.writes, record!.poolOrder].every(Array.isArray);
  return sound ? (record as LastDecision) : undefined;
};

/** Reads what there is to show of a fleet at a time. */
export const fleetView = (object: KubernetesObject, nowSeconds: number): FleetView => {
  const { fleet, problems = [] } = readListedFleet(object);
  const status = (object.status ?? {}) as Status;
  const decision = lastDecisionOf(object);
  const notes = object.metadata.annotations ?? {};
  const overrides = readOverrides(notes[annotations.overrides]);
  const tickSeconds = parseRfc3339(status.lastTickTime ?? '');
  const ageSeconds = tickSeconds === undefined ? null : Math.max(0, Math.round(nowSeconds - tickSeconds));
  const findings = (code: Finding['code']) => (decision?.findings ?? []).filter((finding) => finding.code === code);
  return {
    fleet: keyOf(object),
    enforcement: fleet?.enforcement ?? null,
    policy: decision?.policy ?? status.policy ?? fleet?.policy.name ?? null,
    strategy: status.strategy ?? null,
    strategyReason: status.reason ?? null,
    strategySince: status.strategy === decision?.strategy ? (decision?.strategySince ?? null) : null,
    objective: fleet?.objective ?? null,
    lastTickTime: status.lastTickTime ?? null,
    lastTickAgeSeconds: ageSeconds,
    isSilent: fleet?.enforcement !== 'Observe' && (ageSeconds === null || ageSeconds > SILENT_AFTER_SECONDS),
    decisionTime: decision?.time ?? null,
    units: fleet === undefined ? [] : unitViews(fleet, decision),
    pools: fleet === undefined ? [] : poolViews(fleet, decision),
    pause: pauseView(notes, nowSeconds),
    overrides: overrides.entries.filter(({ untilSeconds }) => untilSeconds > nowSeconds),
    problems: [
      ...(problems.length === 0 ? [] : [`the spec is refused: ${formatProblems(problems).replaceAll('\n', '; ')}`]),
      ...overrides.problems.map((problem) => `override ignored: ${problem}`),
      ...findings('Rejected')
        .filter(({ subject }) => subject === 'overrides')
        .map(({ message }) => `override ${message}`)
        .filter((message) => !overrides.problems.some((problem) => message.endsWith(problem))),
    ],
    contested: findings('Contested').map(({ subject, message }) => `${subject}: ${message}`),
    unwritten: unwrittenText(status),
    waiting: findings('Waiting').map(({ subject, message }) => `${subject}: ${message}`),
    unfollowed: findings('Unfollowed').map(({ subject, message }) => `${subject}: ${message}`),
    unknown: decision === undefined ? [] : unknownViews(decision),
  };
};

const unknownViews = ({ missing = [] }: LastDecision): readonly UnknownView[] => {
  const byReason = new Map<string, string[]>();
  for (const { subject, signal, reason } of missing) {
    const name = `${subject} ${signalLabel(signal)}`;
    const signals = byReason.get(reason);
    if (signals === undefined) byReason.set(reason, [name]);
    else signals.push(name);
  }
  return [...byReason].map(([reason, signals]) => ({ signals, reason }));
};

const unwrittenText = ({ conditions }: Status): string | null => {
  const applied = (Array.isArray(conditions) ? conditions : []).find((condition) => condition?.type === conditionTypes.applied);
  return applied?.status === 'False' ? String(applied.message) : null;
};

const pauseView = (notes: Readonly<Record<string, string>>, nowSeconds: number): PauseView | null => {
  const pause = readPause(notes[annotations.pause]);
  const { up, down } = pauseAt(pause, nowSeconds);
  if (!up && !down) return null;
  const until = pause.untilSeconds === undefined ? null : notes[annotations.pause]!.split(' until ')[1]!;
  return { up, down, until, reason: notes[annotations.pauseReason] ?? null };
};

const numberOf = (value: unknown): number | null => (typeof value === 'number' && Number.isFinite(value) ? value : null);

const signalOf = (subject: ShownSubject | undefined, name: string): number | null => numberOf(subject?.inputs?.[name]?.value);

/** NodePools without a limit have no such field: the loop read that, and recorded its age alone. */
const limitOf = (pool: ShownSubject | undefined): number | 'unlimited' | null => {
  const signal = pool?.inputs?.limitDevices;
  const isAbsent = signal?.ageSeconds !== undefined && signal.value === undefined && signal.unknown === undefined;
  return isAbsent ? 'unlimited' : signalOf(pool, 'limitDevices');
};

const chosen = (subject: ShownSubject | undefined, field: string): number | null => numberOf(subject?.decided[field]?.value);

const sumOf = (value: unknown): number | null => {
  if (typeof value !== 'object' || value === null) return null;
  return Object.values(value).reduce<number>((sum, part) => sum + (numberOf(part) ?? 0), 0);
};

const unitViews = (fleet: Fleet, decision: LastDecision | undefined): readonly UnitView[] => {
  const weights = decision?.routerWeights?.value as Readonly<Record<string, unknown>> | undefined;
  const total = sumOf(weights) ?? 0;
  return fleet.units.map(({ name }) => {
    const unit = decision?.units[name];
    const weight = numberOf(weights?.[name]);
    return {
      name,
      readyPods: sumOf(unit?.inputs?.readyPodsByPool?.value),
      replicas: signalOf(unit, 'replicas'),
      share: { now: weight === null || total === 0 ? null : weight / total, decided: chosen(unit, 'share') },
      floor: { now: signalOf(unit, 'floor'), decided: chosen(unit, 'floor') },
      target: { now: signalOf(unit, 'targetThroughputPerMinute'), decided: chosen(unit, 'target') },
      requestsPerMinute: signalOf(unit, 'requestsPerMinute'),
      latencySeconds: signalOf(unit, 'latencySeconds'),
      profile: unit?.profile ?? null,
    };
  });
};

const poolViews = (fleet: Fleet, decision: LastDecision | undefined): readonly PoolView[] =>
  fleet.pools.map(({ name, maximumDevices }) => {
    const pool = decision?.pools[name];
    return {
      name,
      weight: { now: signalOf(pool, 'weight'), decided: chosen(pool, 'weight') },
      limit: { now: limitOf(pool), decided: chosen(pool, 'limit') },
      runningDevices: signalOf(pool, 'runningDevices'),
      maximumDevices,
      priceUsdPerDeviceHour: signalOf(pool, 'priceUsdPerDeviceHour'),
      shortages: (decision?.shortages ?? []).filter((shortage) => shortage.pool === name),
    };
  });
