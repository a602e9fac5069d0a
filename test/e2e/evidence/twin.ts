import type { LoadedScenario } from '../../../sim/inputs/loaded-scenario';
import type { RunResult } from '../../../sim/results/result';
import { run } from '../../../sim/run';
import { SAMPLE_SECONDS, type Sample, sample } from './samples';
import { SEED } from './scenario';

/** Runs the scenario in the twin, sampled as the test bed is. */
export const runTwin = async (
  loaded: LoadedScenario,
): Promise<{ readonly samples: readonly Sample[]; readonly decisions: RunResult['decisions'] }> => {
  const samples: Sample[] = [];
  const { decisions } = await run({
    scenario: loaded,
    policy: 'two-mode',
    seed: SEED,
    watch: {
      everySeconds: SAMPLE_SECONDS,
      look: async (kubernetes, timeSeconds) => {
        samples.push(await sample(kubernetes, loaded.scenario, timeSeconds));
      },
    },
  });
  return { samples, decisions };
};
