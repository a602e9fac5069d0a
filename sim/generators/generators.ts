import type { ScenarioInput } from '../inputs/scenario';
import { randomStreams } from '../kernel/random';
import { type GeneratedScenario, generate } from './generated-scenario';
import { loadScenarios } from './load-scenarios';
import { marketScenarios } from './market-scenarios';

/** Every generated scenario, in the order in which they are listed. */
export const generatedScenarios: readonly GeneratedScenario[] = [...marketScenarios, ...loadScenarios];

export const generatedScenarioNames: readonly string[] = generatedScenarios.map(({ name }) => name);

/** The scenario of a name and a seed; undefined where none is generated under the name. */
export const generatedScenario = (name: string, seed: number): ScenarioInput | undefined => {
  const found = generatedScenarios.find((candidate) => candidate.name === name);
  return found && generate(found, randomStreams(seed));
};
