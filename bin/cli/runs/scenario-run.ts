import type { Command } from 'commander';
import type { Bounds } from '../../../sim/bounds/bound-names';
import { generatedScenarioNames } from '../../../sim/generators/generators';
import { type InputFiles, loadScenario } from '../../../sim/inputs/load-scenario';
import { shippedScenarioNames } from '../../../sim/inputs/shipped-scenarios';
import type { RunResult, Summary } from '../../../sim/results/result';
import { durationOf } from '../text/durations';
import { EXIT_CODES } from '../text/help';
import { exitCodes, type Io } from '../text/io';
import { goalPercent, sharePercent } from '../text/numbers';
import type { PrintOptions } from '../text/print';
import { progressOn } from '../text/progress';
import type { Engine } from './engine';
import { fileUseText } from './file-use-text';
import { attainmentOf, lossesOf } from './option-values';
import { outputFile } from './output-file';

/** Options of every command that runs a scenario. */
export interface ScenarioOptions extends InputFiles, PrintOptions {
  readonly out?: string;
  readonly failBelow?: number;
}

/** Adds the options of `ScenarioOptions`; the texts say what is reported and when a run fails. */
export const withScenarioOptions = (command: Command, report: string, failure: string): Command =>
  command
    .option('--arrivals <file>', 'CSV of arrivals that replaces the load of the scenario (open loop)')
    .option('--availability <file>', 'CSV of capacity that replaces that of the scenario')
    .option('--spot-prices <file>', 'JSON of spot prices, as printed by aws ec2 describe-spot-price-history')
    .option(
      '--lose <loss>',
      'take a pool, or all pools of a unit, away: POOL@WHEN/DURATION, such as g6-spot@2d12h/45m; repeat it for several',
      lossesOf,
    )
    .option('--duration <duration>', "length of the run in place of the scenario's, such as 6h or 7d", durationOf('--duration', 60))
    .option('--out <file>', `write ${report} as one self-contained HTML file`)
    .option('--json', 'print the figures as one JSON object')
    .option('--fail-below <attainment>', failure, attainmentOf);

export const INPUT_FILES = `Input files (times in seconds since the start of the scenario):
  arrivals      timestampSeconds,requestsPerMinute   the rate holds until the next row
                timestampSeconds                     one request for each row
  availability  timestampSeconds,pool,devices        empty devices: unlimited
In place of a file, - is standard input. The command import makes them of exports.

${EXIT_CODES}`;

export const scenarioHelp = (): string =>
  `${shippedScenarioNames().join(', ')}, a generated one (${generatedScenarioNames.join(', ')}), or the path of a scenario file`;

interface Run {
  readonly policy: string;
  readonly seed: number;
}

/** What the runs of a scenario gave. */
interface ScenarioRuns {
  readonly summaries: readonly Summary[];
  readonly bounds?: Bounds;
}

/** Runs a scenario, one run after another, computes its bounds, and writes the report of the first seed if one was asked for. */
export const runScenario = async (
  name: string,
  runs: readonly Run[],
  options: ScenarioOptions,
  io: Io,
  engine: () => Promise<Engine>,
): Promise<ScenarioRuns> => {
  const scenario = loadScenario(name, io.workingDirectory, options);
  const inputs = [name, options.arrivals, options.availability, options.spotPrices].filter((input) => input !== undefined);
  const out = options.out === undefined ? undefined : outputFile(options.out, io.workingDirectory, inputs);
  io.stderr.write((scenario.fileUses ?? []).map(fileUseText).join(''));
  io.stderr.write((scenario.notes ?? []).map((note) => `${scenario.scenario.name}: ${note}\n`).join(''));
  const { run, renderReport, bounds: boundsOf } = await engine();
  const progress = progressOn(io);
  const reported: RunResult[] = [];
  const summaries: Summary[] = [];
  let bounds: Bounds | undefined;
  try {
    for (const [index, { policy, seed }] of runs.entries()) {
      const label = runs.length === 1 ? `${scenario.scenario.name}, ${policy}` : `${policy}, seed ${seed} (${index + 1} of ${runs.length})`;
      const onProgress = (fraction: number) => progress.update((index + fraction) / runs.length, label);
      onProgress(0);
      const result = await run({ scenario, policy, seed, onProgress });
      summaries.push(result.summary);
      // The report draws one run of each policy; the curves of the others are dropped.
      if (seed === runs[0]!.seed) reported.push(result);
    }
    bounds = await boundsOf(scenario);
  } finally {
    progress.clear();
  }
  if (out !== undefined) {
    out.write(renderReport(reported, scenario, bounds));
    io.stderr.write(`report written to ${out.name}\n`);
  }
  return { summaries, ...(bounds === undefined ? {} : { bounds }) };
};

/** The exit code by `--fail-below`: every run of the policy under test must reach it. */
export const judge = (runs: readonly Summary[], { failBelow }: ScenarioOptions, io: Io): number => {
  const lowest = Math.min(...runs.map(({ attainment }) => attainment));
  if (failBelow === undefined || lowest >= failBelow) return exitCodes.done;
  io.stderr.write(`${runs[0]!.policy}: attainment ${sharePercent(lowest, failBelow)} is below ${goalPercent(failBelow)}\n`);
  return exitCodes.objectiveMissed;
};
