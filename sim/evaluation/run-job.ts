import { loadScenario } from '../inputs/load-scenario';
import { holdsObjective } from '../results/objective';
import type { RunResult } from '../results/result';
import { run } from '../run';
import { BOUNDS, type Job, type JobResult, type RunFigures } from './job';

/**
 * Does one job: the same job gives the same result, in whichever process.
 *
 * @param onProgress called once per simulated hour
 */
export const runJob = async (job: Job, workingDirectory: string, onProgress: () => void = () => {}): Promise<JobResult> => {
  const { scenario: name, policy, seed, durationSeconds, arrivals, availability, spotPrices } = job;
  const scenario = loadScenario(name, workingDirectory, {
    seed,
    ...(durationSeconds === undefined ? {} : { duration: durationSeconds }),
    ...(arrivals === undefined ? {} : { arrivals }),
    ...(availability === undefined ? {} : { availability }),
    ...(spotPrices === undefined ? {} : { spotPrices }),
  });
  if (policy === BOUNDS) return { bounds: (await (await import('../bounds/bounds')).boundsOf(scenario)) ?? null };
  return { figures: figuresOf(await run({ scenario, policy, seed, onProgress })) };
};

const figuresOf = ({ summary, spending, launches }: RunResult): RunFigures => {
  const { objective, requests, failed, attainment, worstFiveMinutesAttainment, durationSeconds, costUsd, switches, shortages } = summary;
  return {
    objective,
    isObjectiveMet: holdsObjective(summary),
    requests,
    failed,
    attainment,
    worstFiveMinutesAttainment,
    durationSeconds,
    costUsd,
    switches,
    shortages,
    spending,
    launches,
  };
};
