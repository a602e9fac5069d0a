import { version } from '../../../package.json';
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
  renderReport(results: readonly RunResult[], scenario: LoadedScenario): string;
}

export const loadEngine = async (): Promise<Engine> => {
  const [{ run }, { renderReport }] = await Promise.all([import('../../../sim/run'), import('../../../sim/report/report')]);
  return {
    run,
    renderReport: (results, { scenario }) =>
      renderReport(results, {
        ...(scenario.description === undefined ? {} : { description: scenario.description }),
        version,
        poolsByUnit: Object.fromEntries(unitsOf(scenario).map((unit) => [unit.name, unit.pools])),
      }),
  };
};
