import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { FAULTS } from './faults';
import { INVARIANTS } from './invariants';
import { Ledger, summaryOf } from './ledger';
import { runWorld, TICKS_PER_WORLD } from './run-world';
import { warmHeap } from './warm-heap';

/** Runs the loop through random worlds with random faults, and judges each of its ticks by invariants. */

const whole =
  (min: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < min)
      throw new InvalidArgumentError(`Given ${text}, expected a whole number of at least ${min}.`);
    return value;
  };

const PROGRESS_WORLDS = 10;

const program = new Command('campaign')
  .description(
    'Ticks of the control loop in random worlds with random faults, each judged by invariants. A campaign that was cut short goes on.',
  )
  .option('--ticks <number>', 'ticks to run at least', whole(1), 10_000)
  .option('--seed <number>', 'seed of the first world; the next has the next', whole(0), 1)
  .option('--warm-ticks <number>', 'ticks of one warm process whose memory is measured', whole(0), 5000)
  .option('--ledger <file>', 'what was run, one line for each world', join('.cache', 'campaign.jsonl'))
  .option('--fresh', 'begin anew, and forget what was run')
  .option('--bed', 'real programs instead: a test bed with API server, Karpenter and KEDA, in real time')
  .option('--minutes <number>', 'with --bed: how long', whole(1), 30)
  .option('--faults <text>', 'with --bed: only faults whose name contains this text, or one of several with commas between')
  .option('--json', 'print the summary as JSON')
  .addHelpText('after', '\nExit codes: 0 no invariant was broken; 1 one was; 2 a wrong argument.');

interface Options {
  readonly ticks: number;
  readonly seed: number;
  readonly warmTicks: number;
  readonly ledger: string;
  readonly fresh?: boolean;
  readonly bed?: boolean;
  readonly minutes: number;
  readonly faults?: string;
  readonly json?: boolean;
}

const run = async ({ ticks, seed, warmTicks, ledger: file, fresh, json }: Options): Promise<number> => {
  if (fresh) rmSync(file, { force: true });
  const ledger = new Ledger(file);
  const worlds = Math.ceil(ticks / TICKS_PER_WORLD);
  const seeds = Array.from({ length: worlds }, (_, index) => seed + index);
  const done = seeds.filter((one) => ledger.has(one)).length;
  process.stderr.write(
    `[campaign] ${worlds} worlds of ${TICKS_PER_WORLD} ticks, seeds ${seed} to ${seed + worlds - 1}, ${done} of them run before\n`,
  );
  for (const [index, one] of seeds.entries()) {
    if (!ledger.has(one)) {
      const result = await runWorld(one);
      ledger.add(result);
      for (const { minute, invariant, detail, under } of result.violations) {
        process.stderr.write(
          `[campaign] seed ${one}, minute ${minute}: ${invariant}: ${detail}; under ${under.join(', ') || 'no fault'}\n`,
        );
      }
    }
    if ((index + 1) % PROGRESS_WORLDS === 0) process.stderr.write(`[campaign] ${index + 1} of ${worlds} worlds\n`);
  }
  const summary = summaryOf(ledger.results.filter((result) => seeds.includes(result.seed)));
  const heap = warmTicks > 0 ? await warmHeap(warmTicks) : undefined;
  process.stdout.write(json ? `${JSON.stringify({ ...summary, heap })}\n` : textOf(summary, heap));
  return Object.keys(summary.violations).length > 0 || heap?.grows ? 1 : 0;
};

const textOf = (summary: ReturnType<typeof summaryOf>, heap: Awaited<ReturnType<typeof warmHeap>> | undefined): string => {
  const faults = Object.keys(FAULTS).map((name) => `  ${String(summary.faults[name] ?? 0).padStart(6)}  ${name}`);
  const invariants = [...new Set([...Object.keys(INVARIANTS), ...Object.keys(summary.violations)])].map(
    (name) => `  ${String(summary.violations[name] ?? 0).padStart(6)}  ${name}`,
  );
  return [
    `${summary.ticks} ticks in ${summary.worlds} worlds`,
    '',
    'ticks under each fault',
    ...faults,
    '',
    'times that each invariant was broken',
    ...invariants,
    ...(heap === undefined ? [] : ['', heap.text]),
    '',
  ].join('\n');
};

program.exitOverride((error) => process.exit(error.code === 'commander.helpDisplayed' ? 0 : 2));
// A call that never answers would let the process end without a word.
process.exitCode = 1;
program.action(async (options: Options) => {
  // What a test bed needs takes seconds to load.
  process.exitCode = options.bed ? await (await import('./bed/command')).runOnBed(options) : await run(options);
});
void program.parseAsync();
