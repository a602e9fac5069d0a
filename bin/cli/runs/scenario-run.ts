import type { Command } from 'commander';
import { type InputFiles, loadScenario } from '../../../sim/inputs/load-scenario';
import { shippedScenarioNames } from '../../../sim/inputs/shipped-scenarios';
import type { RunResult, Summary } from '../../../sim/results/result';
import { exitCodes, type Io } from '../io';
import { EXIT_CODES } from '../text/help';
import { percent } from '../text/numbers';
import type { PrintOptions } from '../text/print';
import { progressOn } from '../text/progress';
import type { Engine } from './engine';
import { attainmentOf } from './option-values';
import { outputFile } from './output-file';

/** What every command that runs a scenario can be asked for. */
export interface ScenarioOptions extends InputFiles, PrintOptions {
  readonly out?: string;
  readonly failBelow?: number;
}

/** Adds the options of `ScenarioOptions`; the texts say what the report holds and what is judged. */
export const withScenarioOptions = (command: Command, report: string, judged: string): Command =>
  command
    .option('--arrivals <file>', 'CSV of arrivals in place of the load of the scenario (open loop)')
    .option('--availability <file>', 'CSV of capacity in place of that of the scenario')
    .option('--spot-prices <file>', 'JSON of spot prices, as aws ec2 describe-spot-price-history prints it')
    .option('--out <file>', `write ${report}, one HTML file that needs nothing else`)
    .option('--json', 'print the figures as one JSON object')
    .option('--fail-below <attainment>', `exit 1 when ${judged} is below this, 0 to 1`, attainmentOf);

export const INPUT_FILES = `Input files (times in seconds since the start of the scenario):
  arrivals      timestampSeconds,requestsPerMinute   the rate holds until the next row
                timestampSeconds                     one request a row
  availability  timestampSeconds,pool,devices        no devices: unlimited

${EXIT_CODES}`;

export const scenarioHelp = (): string => `${shippedScenarioNames().join(', ')}, or the path of a scenario file`;

interface Run {
  readonly policy: string;
  readonly seed: number;
}

/** Runs a scenario, one run after another, and writes the report of the first seed where one is asked for. */
export const runScenario = async (
  name: string,
  runs: readonly Run[],
  options: ScenarioOptions,
  io: Io,
  engine: () => Promise<Engine>,
): Promise<readonly Summary[]> => {
  const scenario = loadScenario(name, io.workingDirectory, options);
  const inputs = [name, options.arrivals, options.availability, options.spotPrices].filter((input) => input !== undefined);
  const out = options.out === undefined ? undefined : outputFile(options.out, io.workingDirectory, inputs);
  const { run, renderReport } = await engine();
  const progress = progressOn(io);
  const reported: RunResult[] = [];
  const summaries: Summary[] = [];
  try {
    for (const [index, { policy, seed }] of runs.entries()) {
      const label = runs.length === 1 ? `${scenario.scenario.name}, ${policy}` : `${policy}, seed ${seed} (${index + 1} of ${runs.length})`;
      const onProgress = (fraction: number) => progress.update((index + fraction) / runs.length, label);
      onProgress(0);
      const result = await run({ scenario, policy, seed, onProgress });
      summaries.push(result.summary);
      // The report draws one run of each policy; the curves of the others are let go.
      if (seed === runs[0]!.seed) reported.push(result);
    }
  } finally {
    progress.clear();
  }
  if (out !== undefined) {
    out.write(renderReport(reported, scenario));
    io.stderr.write(`report written to ${out.name}\n`);
  }
  return summaries;
};

/** The exit code by `--fail-below`: every run of the policy under test must reach it. */
export const judge = (runs: readonly Summary[], { failBelow }: ScenarioOptions, io: Io): number => {
  const lowest = Math.min(...runs.map(({ attainment }) => attainment));
  if (failBelow === undefined || lowest >= failBelow) return exitCodes.done;
  io.stderr.write(`${runs[0]!.policy}: attainment ${percent(lowest, 4)} is below ${percent(failBelow, 4)}\n`);
  return exitCodes.objectiveMissed;
};
