import { loadScenario } from '../../sim/inputs/load-scenario';
import type { RunResult } from '../../sim/results/result';
import { compareText } from './compare-text';
import { type Comparison, comparisonJson, comparisonOf } from './comparison';
import type { Engine } from './engine';
import { percent } from './format';
import { exitCodes, type Io } from './io';
import { outputFile } from './output-file';
import { progressOn } from './progress';
import { styleFor } from './style';

export interface CompareOptions {
  readonly policies: readonly string[];
  readonly seeds: number;
  readonly arrivals?: string;
  readonly availability?: string;
  readonly spotPrices?: string;
  readonly out?: string;
  readonly json?: boolean;
  readonly failBelow?: number;
}

/** Several policies through one scenario, on the same seeds. */
export const compare = async (name: string, options: CompareOptions, io: Io, engine: () => Promise<Engine>): Promise<number> => {
  const scenario = loadScenario(name, io.workingDirectory, options);
  const inputs = [name, options.arrivals, options.availability, options.spotPrices].filter((input) => input !== undefined);
  const out = options.out === undefined ? undefined : outputFile(options.out, io.workingDirectory, inputs);
  const { run, renderReport } = await engine();
  const progress = progressOn(io);
  const firsts: RunResult[] = [];
  const summaries: RunResult['summary'][] = [];
  const runs = options.policies.length * options.seeds;
  try {
    for (const policy of options.policies) {
      for (let seed = 1; seed <= options.seeds; seed++) {
        const label = `${policy}, seed ${seed} (${summaries.length + 1} of ${runs})`;
        const before = summaries.length;
        const onProgress = (fraction: number) => progress.update((before + fraction) / runs, label);
        onProgress(0);
        const result = await run({ scenario, policy, seed, onProgress });
        summaries.push(result.summary);
        // The report draws one run of each policy; the curves of the others are let go.
        if (seed === 1) firsts.push(result);
      }
    }
  } finally {
    progress.clear();
  }
  if (out !== undefined) {
    out.write(renderReport(firsts, scenario));
    io.stderr.write(`report written to ${out.name}\n`);
  }
  const comparison = comparisonOf(scenario.scenario.name, options.policies, summaries);
  io.stdout.write(
    options.json
      ? `${JSON.stringify(comparisonJson(comparison), null, 2)}\n`
      : compareText(comparison, styleFor(io.stdout, io.environment)),
  );
  return judge(comparison, options.failBelow, io);
};

/** The first policy is the one under test; the others are there to be compared with. */
const judge = ({ policies }: Comparison, failBelow: number | undefined, io: Io): number => {
  const first = policies[0]!;
  const least = Math.min(...first.runs.map((run) => run.attainment));
  if (failBelow === undefined || least >= failBelow) return exitCodes.done;
  io.stderr.write(`${first.policy}: attainment ${percent(least, 4)} is below ${percent(failBelow, 4)}\n`);
  return exitCodes.objectiveMissed;
};
