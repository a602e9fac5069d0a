import { loadScenario } from '../../sim/inputs/load-scenario';
import type { Engine } from './engine';
import { percent } from './format';
import { exitCodes, type Io } from './io';
import { outputFile } from './output-file';
import { progressOn } from './progress';
import { styleFor } from './style';
import { summaryText } from './summary-text';

export interface SimulateOptions {
  readonly policy: string;
  readonly seed: number;
  readonly arrivals?: string;
  readonly availability?: string;
  readonly spotPrices?: string;
  readonly out?: string;
  readonly json?: boolean;
  readonly failBelow?: number;
}

/** One policy through one scenario. */
export const simulate = async (name: string, options: SimulateOptions, io: Io, engine: () => Promise<Engine>): Promise<number> => {
  const { policy, seed } = options;
  const scenario = loadScenario(name, io.workingDirectory, options);
  const inputs = [name, options.arrivals, options.availability, options.spotPrices].filter((input) => input !== undefined);
  const out = options.out === undefined ? undefined : outputFile(options.out, io.workingDirectory, inputs);
  const { run, renderReport } = await engine();
  const progress = progressOn(io);
  const label = `${scenario.scenario.name}, ${policy}`;
  progress.update(0, label);
  const result = await run({ scenario, policy, seed, onProgress: (fraction) => progress.update(fraction, label) }).finally(() =>
    progress.clear(),
  );
  if (out !== undefined) {
    out.write(renderReport([result], scenario));
    io.stderr.write(`report written to ${out.name}\n`);
  }
  const { summary } = result;
  io.stdout.write(options.json ? `${JSON.stringify(summary, null, 2)}\n` : summaryText(summary, styleFor(io.stdout, io.environment)));
  if (options.failBelow === undefined || summary.attainment >= options.failBelow) return exitCodes.done;
  io.stderr.write(`attainment ${percent(summary.attainment, 4)} is below ${percent(options.failBelow, 4)}\n`);
  return exitCodes.objectiveMissed;
};
