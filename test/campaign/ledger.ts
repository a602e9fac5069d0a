import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { WorldResult } from './run-world';

/** The worlds that have been run, one line of JSON each, so that a campaign that was cut short goes on where it was. */
export class Ledger {
  readonly results: WorldResult[] = [];

  constructor(private readonly file: string) {
    if (!existsSync(file)) return;
    for (const line of readFileSync(file, 'utf8').split('\n')) {
      // The last line may have been cut off.
      const result = parsed(line);
      if (result !== undefined) this.results.push(result);
    }
  }

  has(seed: number): boolean {
    return this.results.some((result) => result.seed === seed);
  }

  add(result: WorldResult): void {
    mkdirSync(dirname(this.file), { recursive: true });
    appendFileSync(this.file, `${JSON.stringify(result)}\n`);
    this.results.push(result);
  }
}

const parsed = (line: string): WorldResult | undefined => {
  try {
    return line === '' ? undefined : (JSON.parse(line) as WorldResult);
  } catch {
    return undefined;
  }
};

/** What a campaign comes to. */
export interface CampaignSummary {
  readonly worlds: number;
  readonly ticks: number;
  /** Ticks under each fault. */
  readonly faults: Readonly<Record<string, number>>;
  /** Violations by invariant. */
  readonly violations: Readonly<Record<string, number>>;
}

export const summaryOf = (results: readonly WorldResult[]): CampaignSummary => {
  const faults: Record<string, number> = {};
  const violations: Record<string, number> = {};
  for (const result of results) {
    for (const [name, count] of Object.entries(result.faults)) faults[name] = (faults[name] ?? 0) + count;
    for (const { invariant } of result.violations) violations[invariant] = (violations[invariant] ?? 0) + 1;
  }
  return { worlds: results.length, ticks: results.reduce((sum, { ticks }) => sum + ticks, 0), faults, violations };
};
