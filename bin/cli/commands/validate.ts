import type { Command } from 'commander';
import { validateFleetObject, validateFleetSpec } from '../../../lambda/control-loop/api';
import { InvalidInputError, type Problem } from '../../../lambda/control-loop/errors';
import type { Validated } from '../../../lambda/control-loop/model/field-problem';
import { generatedScenarioNames } from '../../../sim/generators/generators';
import { fleetsOf, poolsOf, unitsOf } from '../../../sim/inputs/fleets';
import { loadScenario, scenarioText } from '../../../sim/inputs/load-scenario';
import type { Scenario } from '../../../sim/inputs/scenario';
import { shippedScenarioNames } from '../../../sim/inputs/shipped-scenarios';
import { type DataFile, parseDataFile, readTextFile } from '../../../sim/inputs/text-file';
import { examples } from '../text/help';
import { exitCodes, type Io } from '../text/io';
import { problemText, refuse } from '../text/problems';
import { styleFor } from '../text/style';

/** `validate`: checks files of any kind the project reads. */
export const addValidate = (program: Command, io: Io, onExitCode: (code: number) => void): void => {
  program
    .command('validate')
    .summary('check scenarios and fleets')
    .description('Checks scenarios and the files they name, fleets (the spec) and InferenceFleet manifests, in JSON or YAML.')
    .argument('<file...>', 'files, or names of scenarios that come with the package')
    .addHelpText('after', examples(['validate my-scenario.json', 'validate fleet.json inferencefleet.yaml smoke']))
    .action((names: readonly string[]) => onExitCode(validateFiles(names, io)));
};

/** Checks all of the files, whatever the first ones hold. */
const validateFiles = (names: readonly string[], io: Io): number => {
  const problems: Problem[] = [];
  for (const name of names) {
    try {
      io.stdout.write(`${name}: ${validFile(name, io.workingDirectory)}\n`);
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error;
      problems.push(...error.problems);
    }
  }
  if (problems.length === 0) return exitCodes.done;
  io.stderr.write(problemText(problems, styleFor(io.stderr, io.environment)));
  return exitCodes.badInput;
};

/** What a valid file is, for example `valid fleet of 2 units and 4 pools`. */
const validFile = (name: string, workingDirectory: string): string => {
  if (name.endsWith('.csv')) {
    refuse(name, 'a CSV file', 'a scenario, a fleet or an InferenceFleet, in JSON or YAML', 'run validate on the scenario that names it');
  }
  const isNamed = [...shippedScenarioNames(), ...generatedScenarioNames].includes(name);
  const file = parseDataFile(isNamed ? scenarioText(name, workingDirectory) : readTextFile(name, workingDirectory));
  const fields = typeof file.value === 'object' && file.value !== null ? Object.keys(file.value) : [];
  const has = (...names: readonly string[]) => names.some((field) => fields.includes(field));
  if (has('apiVersion', 'kind', 'spec')) return `valid InferenceFleet, ${sizeOf(acceptedOf(file, validateFleetObject(file.value)))}`;
  if (has('fleet', 'clients', 'durationSeconds')) return `valid scenario, ${sizeOfScenario(loadScenario(name, workingDirectory).scenario)}`;
  if (has('objective', 'units', 'pools')) return `valid fleet, ${sizeOf(acceptedOf(file, validateFleetSpec(file.value)))}`;
  throw new InvalidInputError([
    {
      where: `${file.name}:1`,
      given: fields.length === 0 ? 'no fields' : `the fields ${fields.slice(0, 10).join(', ')}`,
      expected: 'a scenario (fleet, clients, ...), a fleet (objective, units, pools) or an InferenceFleet (apiVersion, kind, spec)',
    },
  ]);
};

const acceptedOf = <T>(file: DataFile, validated: Validated<T>): T => {
  if (!validated.ok) throw new InvalidInputError(file.problems(validated.problems));
  return validated.value;
};

const sizeOfScenario = (scenario: Scenario): string => {
  const fleets = fleetsOf(scenario).length;
  const size = sizeOf({ units: unitsOf(scenario), pools: poolsOf(scenario) });
  return fleets === 1 ? size : `${fleets} fleets, ${size}`;
};

const sizeOf = ({ units, pools }: { readonly units: readonly unknown[]; readonly pools: readonly unknown[] }): string =>
  `${units.length} ${units.length === 1 ? 'unit' : 'units'}, ${pools.length} ${pools.length === 1 ? 'pool' : 'pools'}`;
