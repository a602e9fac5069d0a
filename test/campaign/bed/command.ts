import { startTestBed } from '../../e2e/cluster/test-bed';
import { INVARIANTS } from '../invariants';
import { BED_FAULTS, type BedCampaignResult, RECOVERY_INVARIANTS, runBedCampaign } from './run';

export interface BedCommandOptions {
  readonly minutes: number;
  readonly seed: number;
  /** Parts of the names of the faults to choose from, with commas between; all where left out. */
  readonly faults?: string;
  readonly json?: boolean;
}

/** Runs the campaign on a test bed of its own; gives the exit code. Ctrl-C ends it, and with it all that it started. */
export const runOnBed = async ({ minutes, seed, faults = '', json }: BedCommandOptions): Promise<number> => {
  const ending = new AbortController();
  const tell = (line: string): void => void process.stderr.write(`[campaign] ${line}\n`);
  const names = Object.keys(BED_FAULTS).filter((name) => faults.split(',').some((part) => name.includes(part)));
  if (names.length === 0) {
    tell(`--faults: given ${faults}, expected a part of: ${Object.keys(BED_FAULTS).join('; ')}`);
    return 2;
  }
  const command = `npm run campaign -- --bed --minutes ${minutes} --seed ${seed}${faults === '' ? '' : ` --faults '${faults}'`}`;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      // Whoever is impatient is not kept: what was started ends with this process.
      if (ending.signal.aborted) process.exit(1);
      tell('ending');
      ending.abort();
    });
  }
  tell(`${minutes} minutes of real time; the same faults again: ${command}`);
  // Nothing that the test bed waits for keeps this process alive.
  const idle = setInterval(() => undefined, 1 << 30);
  const bed = await startTestBed({ keda: true });
  try {
    if (ending.signal.aborted) return 1;
    const result = await runBedCampaign(bed, { seed, seconds: minutes * 60, faults: names, tell, signal: ending.signal });
    process.stdout.write(json ? `${JSON.stringify({ seed, ...result })}\n` : textOf(result));
    if (result.violations.length > 0) tell(`seen with: ${command}`);
    return result.violations.length > 0 || ending.signal.aborted ? 1 : 0;
  } catch (error) {
    tell(`failed: ${error instanceof Error ? error.message : String(error)}`);
    if (!ending.signal.aborted) process.stderr.write(`${await bed.describe()}\n`);
    return 1;
  } finally {
    await bed.stop();
    clearInterval(idle);
  }
};

const line = (count: number, name: string): string => `  ${String(count).padStart(6)}  ${name}`;

const textOf = ({ ticks, waves, faults, recoveries, adopted, ticksWith, violations }: BedCampaignResult): string => {
  const broken = (name: string): number => violations.filter(({ invariant }) => invariant === name).length;
  const sorted = [...recoveries].sort((a, b) => a - b);
  return [
    `${ticks} ticks in ${waves} waves of faults`,
    '',
    'times that each fault was tried',
    ...Object.keys(BED_FAULTS).map((name) => line(faults[name] ?? 0, name)),
    '',
    'times that each invariant was broken',
    ...[...Object.keys(INVARIANTS), ...Object.values(RECOVERY_INVARIANTS)].map((name) => line(broken(name), name)),
    '',
    `ticks until all was seen, decided and written again: median ${sorted[Math.floor(sorted.length / 2)]}, most ${sorted.at(-1)}`,
    `contested fields given back by adopt: ${adopted}`,
    `ticks with a dead unit beside a living one: ${ticksWith.deadUnit}, with refused requests: ${ticksWith.refusedRequests}`,
    '',
  ].join('\n');
};
