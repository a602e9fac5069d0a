import { rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { version } from '../../../package.json';
import { evaluationOf, type ScenarioEvaluation } from '../../../sim/evaluation/evaluation';
import { type Job, jobsOf } from '../../../sim/evaluation/job';
import { evaluationPage } from '../../../sim/evaluation/page';
import { ResultsFile } from '../../../sim/evaluation/results-file';
import { generatedScenarioNames } from '../../../sim/generators/generators';
import { type InputFiles, loadScenario } from '../../../sim/inputs/load-scenario';
import { policyNames } from '../../../sim/policies/policies';
import { forkedWorker, runJobs } from '../runs/evaluation-pool';
import { evaluationText } from '../runs/evaluation-text';
import { namesOf, policyOf, processesOf, seedCountOf } from '../runs/option-values';
import { outputFile } from '../runs/output-file';
import { durationOf } from '../text/durations';
import { COMMAND, examples } from '../text/help';
import { exitCodes, type Io } from '../text/io';
import { count } from '../text/numbers';
import { type PrintOptions, print } from '../text/print';
import { progressOn } from '../text/progress';

interface EvaluateOptions extends PrintOptions, Pick<InputFiles, 'arrivals' | 'availability' | 'spotPrices' | 'duration'> {
  readonly policies: readonly string[];
  readonly scenarios: readonly string[];
  readonly seeds: number;
  readonly processes: number;
  readonly results: string;
  readonly fresh?: boolean;
  readonly out?: string;
}

const POLICIES = [
  'optimizer',
  'two-mode',
  'paper-as-published',
  'static-peak',
  'hpa-cheapest-tuned',
  'hpa-equal-tuned',
  'reactive-ilp',
  'spot-hedge',
];
const SCENARIOS = ['typical', 'harsh', 'on-demand-only', 'small-service'];
const SEEDS = 20;
const RESULTS = 'evaluation.jsonl';

/** `evaluate`: policies by scenarios by seeds, in parallel. */
export const addEvaluate = (program: Command, io: Io, onExitCode: (code: number) => void): void => {
  program
    .command('evaluate')
    .summary('evaluate policies on many scenarios and seeds')
    .description(
      'Simulates policies on scenarios with the same seeds, in several processes, and compares their cost with the least possible. ' +
        'What was run is kept in a file, so that an evaluation that was cut short goes on.',
    )
    .option(
      '--policies <names>',
      `policies, separated by commas, of ${policyNames.join(', ')}; the first is the one under test`,
      namesOf('--policies', policyOf('--policies')),
      POLICIES,
    )
    .option(
      '--scenarios <names>',
      'scenarios of the package or paths, separated by commas',
      namesOf('--scenarios', (name) => name),
      SCENARIOS,
    )
    .option('--seeds <n>', 'run each policy with the seeds 1 to n', seedCountOf, SEEDS)
    .option('--duration <duration>', "length of the runs in place of the scenarios', such as 6h or 7d", durationOf('--duration', 60))
    .option('--arrivals <file>', 'CSV of arrivals that replaces the load of the scenarios')
    .option('--availability <file>', 'CSV of capacity that replaces that of the scenarios')
    .option('--spot-prices <file>', 'JSON of spot prices, as printed by aws ec2 describe-spot-price-history')
    .option('--processes <n>', 'runs at a time; by default as many as there are cores', processesOf, availableParallelism())
    .option('--results <file>', 'what was run, one line of JSON for each run', RESULTS)
    .option('--fresh', 'begin anew, and forget what was run')
    .option('--out <file>', 'write one self-contained HTML page')
    .option('--json', 'print the figures as JSON')
    .addHelpText(
      'after',
      examples(
        [
          'evaluate --out evaluation.html',
          'evaluate --policies optimizer,two-mode --scenarios typical,harsh --seeds 3 --duration 1d',
          'evaluate --scenarios typical --arrivals load.csv --availability capacity.csv',
        ],
        'Exit codes: 0 done, 1 a run failed, 2 invalid input or not found',
      ),
    )
    .action(async (options: EvaluateOptions) => onExitCode(await evaluate(options, io)));
};

const evaluate = async (options: EvaluateOptions, io: Io): Promise<number> => {
  const { scenarios, policies, seeds, processes, duration, arrivals, availability, spotPrices } = options;
  const files = { ...(arrivals && { arrivals }), ...(availability && { availability }), ...(spotPrices && { spotPrices }) };
  const more = { ...files, ...(duration !== undefined && { durationSeconds: duration }) };
  // What is wrong with a scenario is said before anything runs.
  for (const name of scenarios) loadScenario(name, io.workingDirectory, { ...files, ...(duration !== undefined && { duration }) });
  const out = options.out === undefined ? undefined : outputFile(options.out, io.workingDirectory, [options.results]);
  const path = resolve(io.workingDirectory, options.results);
  if (options.fresh) rmSync(path, { force: true });
  const results = new ResultsFile(path);
  const jobs = jobsOf(scenarios, policies, seeds, (name) => generatedScenarioNames.includes(name), more);
  const left = jobs.filter((job) => results.of(job) === undefined);
  if (left.length < jobs.length)
    io.stderr.write(`${options.results}: ${count(jobs.length - left.length)} of ${count(jobs.length)} runs were done before\n`);
  const failures = await runLeft(left, jobs.length, { processes, results, io });
  const evaluations = evaluationOf(
    scenarios,
    policies,
    jobs.flatMap((job) => results.of(job) ?? []),
  );
  print(io, options, { scenarios: evaluations }, (style) => evaluationText(evaluations, style));
  if (out !== undefined) {
    out.write(evaluationPage(evaluations, { version, command: commandOf(options, evaluations) }));
    io.stderr.write(`page written to ${out.name}\n`);
  }
  return failures > 0 ? 1 : exitCodes.done;
};

interface LeftOptions {
  readonly processes: number;
  readonly results: ResultsFile;
  readonly io: Io;
}

/** Runs what is left, and returns how many runs failed. */
const runLeft = async (jobs: readonly Job[], all: number, { processes, results, io }: LeftOptions): Promise<number> => {
  const progress = progressOn(io);
  const failures: string[] = [];
  let done = all - jobs.length;
  const next = (job: Job): void => {
    done += 1;
    progress.update(done / all, `${count(done)} of ${count(all)}: ${job.scenario}, ${job.policy}, seed ${job.seed}`);
  };
  try {
    await runJobs(jobs, {
      processes,
      workingDirectory: io.workingDirectory,
      startWorker: forkedWorker,
      onResult: (job, result) => {
        results.add(job, result);
        next(job);
      },
      onError: (job, error) => {
        failures.push(`${job.scenario}, ${job.policy}, seed ${job.seed}: ${error.message}\n`);
        next(job);
      },
    });
  } finally {
    progress.clear();
  }
  io.stderr.write(failures.join(''));
  return failures.length;
};

const commandOf = ({ policies, seeds, duration }: EvaluateOptions, evaluations: readonly ScenarioEvaluation[]): string =>
  [
    `${COMMAND} evaluate --policies ${policies.join(',')} --scenarios ${evaluations.map(({ scenario }) => scenario).join(',')} --seeds ${seeds}`,
    ...(duration === undefined ? [] : [`--duration ${duration}s`]),
  ].join(' ');
