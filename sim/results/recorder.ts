import type { FleetDecision, Reasoned } from '../../lambda/control-loop/model/decision';
import { type Fleet, fleetKey } from '../../lambda/control-loop/model/fleet';
import type { TickRecord } from '../../lambda/control-loop/tick';
import type { ShortageFact } from '../twin/karpenter/shortage-log';
import type { DecisionLogEntry, RunSeries, ShortageSummary } from './result';

/** Collects, while a scenario runs, what the loop does with one fleet: ticks, strategies, decisions, shortages that it knows of. */
export class Recorder {
  ticks = 0;
  switches = 0;
  readonly decisions: DecisionLogEntry[] = [];
  private readonly strategyStarts: { fromSeconds: number; strategy: string }[] = [];
  /** Times at which a tick knew of a shortage, by pool; `*` where the policy does not attribute. */
  private readonly knownShortages = new Map<string, number[]>();
  /** Pools known to be in shortage at the last tick. */
  private readonly inShortage = new Set<string>();

  constructor(
    private readonly fleet: Fleet,
    private readonly startEpochSeconds: number,
  ) {}

  tick(record: TickRecord): void {
    // Of a burst of events one tick decides.
    if (record.fleets.some(({ fleet, outcome }) => fleet === this.key && outcome === 'Skipped')) return;
    this.ticks += 1;
    const timeSeconds = record.atSeconds - this.startEpochSeconds;
    const decision = this.decisionIn(record);
    if (decision === undefined) {
      const message = record.fleets.find(({ fleet }) => fleet === this.key)?.message ?? 'the fleet was not decided on';
      this.decisions.push({ timeSeconds, strategy: this.strategy, what: 'no decision', why: message });
      return;
    }
    const { strategy, strategyReason } = decision;
    if (this.strategyStarts.at(-1)?.strategy !== strategy) {
      if (this.strategyStarts.length > 0) {
        this.switches += 1;
        this.decisions.push({ timeSeconds, strategy, what: `strategy ${this.strategy} -> ${strategy}`, why: strategyReason });
      }
      this.strategyStarts.push({ fromSeconds: timeSeconds, strategy });
    }
    this.noteShortages(record, timeSeconds);
    for (const write of record.writes) {
      if (!write.fleets.includes(this.key)) continue;
      for (const [field, value] of Object.entries(write.fields)) {
        this.decisions.push({
          timeSeconds,
          strategy,
          what: `${write.object}: ${field} ${value}${write.outcome === 'Done' ? '' : ` (${write.outcome}${write.message ? `: ${write.message}` : ''})`}`,
          why: this.reasonOf(record, write.object, field),
        });
      }
    }
  }

  /** A tick ended before anything was decided: in Lambda, an invocation that failed. */
  tickFailed(timeSeconds: number, error: unknown): void {
    this.ticks += 1;
    const why = error instanceof Error ? error.message : String(error);
    this.decisions.push({ timeSeconds, strategy: this.strategy, what: 'no decision', why });
  }

  private get key(): string {
    return fleetKey(this.fleet);
  }

  private decisionIn(record: TickRecord): FleetDecision | undefined {
    return record.decision.fleets.find(({ fleet }) => fleet === this.key);
  }

  private get strategy(): string {
    return this.strategyStarts.at(-1)?.strategy ?? '';
  }

  private noteShortages(record: TickRecord, timeSeconds: number): void {
    const decision = this.decisionIn(record)!;
    const pools = new Set(decision.memory.shortages.map((shortage) => shortage.pool));
    for (const finding of decision.findings) {
      if (finding.code === 'Shortage') pools.add(finding.subject);
    }
    for (const pool of pools) {
      const times = this.knownShortages.get(pool) ?? [];
      times.push(timeSeconds);
      this.knownShortages.set(pool, times);
      if (!this.inShortage.has(pool)) {
        const shortage = decision.memory.shortages.find((candidate) => candidate.pool === pool);
        this.decisions.push({
          timeSeconds,
          strategy: decision.strategy,
          what: `shortage of ${pool === '*' ? 'some pool' : pool}`,
          why: shortage
            ? `EC2 refused a launch at ${shortage.lastFailureSeconds - this.startEpochSeconds} s in zone ${shortage.zone}; next probe at ${shortage.nextProbeSeconds - this.startEpochSeconds} s`
            : (decision.findings.find((finding) => finding.code === 'Shortage' && finding.subject === pool)?.message ?? ''),
        });
      }
    }
    for (const pool of this.inShortage) {
      if (!pools.has(pool))
        this.decisions.push({ timeSeconds, strategy: decision.strategy, what: `${pool} is back`, why: 'EC2 granted a launch' });
    }
    this.inShortage.clear();
    for (const pool of pools) this.inShortage.add(pool);
  }

  /** The reason the decision gives for a written field: `minReplicaCount`, `weight`, ... of a named object. */
  private reasonOf(record: TickRecord, object: string, field: string): string {
    const decision = this.decisionIn(record)!;
    const name = object.slice(object.lastIndexOf('/') + 1).replace(/^.* /, '');
    const pool = record.decision.pools[name];
    if (pool !== undefined) return (field === 'weight' ? pool.weight : pool.limitDevices).reason;
    const unit =
      this.fleet.units.find((candidate) => candidate.scaler.name === name) ??
      this.fleet.units.find((candidate) => candidate.name === field);
    const decided = unit && decision.units[unit.name];
    if (decided === undefined) return decision.strategyReason;
    const reasons: Readonly<Record<string, Reasoned<number>>> = {
      floor: decided.floor,
      target: decided.targetThroughputPerMinute,
      share: decided.share,
    };
    return (reasons[field] ?? decided.share).reason;
  }

  shortages(facts: readonly ShortageFact[], fromSeconds: number): ShortageSummary[] {
    return facts
      .filter((fact) => fact.firstFailureSeconds >= fromSeconds)
      .map((fact) => {
        const end = fact.firstSuccessAfterSeconds ?? Number.POSITIVE_INFINITY;
        const times = [...(this.knownShortages.get(fact.pool) ?? []), ...(this.knownShortages.get('*') ?? [])];
        const detected = times.filter((time) => time >= fact.firstFailureSeconds && time < end);
        return {
          pool: fact.pool,
          startSeconds: rounded(fact.firstFailureSeconds),
          detectedAfterSeconds: detected.length === 0 ? null : rounded(Math.min(...detected) - fact.firstFailureSeconds),
          recoveredAfterSeconds:
            fact.firstSuccessAfterSeconds === undefined ? null : rounded(fact.firstSuccessAfterSeconds - fact.firstFailureSeconds),
        };
      });
  }

  strategies(untilSeconds: number): RunSeries['strategies'] {
    return this.strategyStarts.map(({ fromSeconds, strategy }, index) => ({
      fromSeconds: rounded(fromSeconds),
      toSeconds: rounded(this.strategyStarts[index + 1]?.fromSeconds ?? untilSeconds),
      strategy,
    }));
  }
}

const rounded = (value: number): number => Math.round(value * 1000) / 1000;
