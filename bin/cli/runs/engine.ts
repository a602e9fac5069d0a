import { version } from '../../../package.json';
import type { Bounds } from '../../../sim/bounds/bound-names';
import { unitsOf } from '../../../sim/inputs/fleets';
import type { LoadedScenario } from '../../../sim/inputs/loaded-scenario';
import type { RunResult } from '../../../sim/results/result';

/** Runs a scenario and renders its report; loaded when first needed, so that help and checks start quickly. */
export interface Engine {
  run(options: {
    readonly scenario: LoadedScenario;
    readonly policy: string;
    readonly seed: number;
    readonly onProgress?: (fraction: number) => void;
  }): Promise<RunResult>;
  /** The least that a scenario could have cost; undefined where none is computed. */
  bounds(scenario: LoadedScenario): Promise<Bounds | undefined>;
  renderReport(results: readonly RunResult[], scenario: LoadedScenario, bounds?: Bounds): string;
}

export const loadEngine = async (): Promise<Engine> => {
  const [{ run }, { renderReport }] = await Promise.all([import('../../../sim/run'), import('../../../sim/report/report')]);
  return {
    run,
    bounds: async (scenario) => (await import('../../../sim/bounds/bounds')).boundsOf(scenario),
    renderReport: (results, { scenario }, bounds) =>
      renderReport(results, {
        ...(scenario.description === undefined ? {} : { description: scenario.description }),
        version,
        ...(bounds === undefined ? {} : { bounds }),
        poolsByUnit: Object.fromEntries(unitsOf(scenario).map((unit) => [unit.name, unit.pools])),
      }),
  };
};
