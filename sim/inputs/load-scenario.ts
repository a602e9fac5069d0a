import { existsSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { validate } from '../../lambda/control-loop/api/validate';
import { InvalidInputError, type Problem } from '../../lambda/control-loop/errors';
import { didYouMean } from '../../lambda/control-loop/model/did-you-mean';
import { readArrivals } from './arrivals';
import { readAvailability } from './availability';
import { poolsOf } from './fleets';
import { epochSecondsOf } from './instant';
import type { LoadedScenario } from './loaded-scenario';
import { type Scenario, ScenarioSchema } from './scenario';
import { checkScenario } from './scenario-checks';
import { scenariosDirectory, shippedScenarioNames } from './shipped-scenarios';
import { readSpotPrices } from './spot-prices';
import { parseJsonFile, readTextFile, type TextFile } from './text-file';

/** Files that take the place of those a scenario names, relative to the working directory. */
export interface InputFiles {
  /** Makes the load open-loop. */
  readonly arrivals?: string;
  readonly availability?: string;
  readonly spotPrices?: string;
}

/** Loads a scenario by the name of a shipped one or by path, with all its files; throws `InvalidInputError` with everything that is wrong. */
export const loadScenario = (nameOrPath: string, workingDirectory: string, files: InputFiles = {}): LoadedScenario => {
  const path = scenarioPath(nameOrPath, workingDirectory);
  const json = parseJsonFile(readTextFile(path, workingDirectory));
  const parsed = validate(ScenarioSchema, json.value);
  if (!parsed.ok) throw new InvalidInputError(json.problems(parsed.problems));
  const scenario = withFiles(parsed.value, files);
  const problems = checkScenario(scenario);
  if (problems.length > 0) throw new InvalidInputError(json.problems(problems));
  return withFileContents(scenario, path, workingDirectory, files);
};

/** The path of a scenario: of a shipped one by its name, otherwise the path itself. */
export const scenarioPath = (nameOrPath: string, workingDirectory: string): string => {
  const names = shippedScenarioNames();
  if (names.includes(nameOrPath)) return join(scenariosDirectory(), `${nameOrPath}.json`);
  if (existsSync(resolve(workingDirectory, nameOrPath))) return nameOrPath;
  const fix = didYouMean(nameOrPath, names);
  throw new InvalidInputError([
    {
      where: 'scenario',
      given: JSON.stringify(nameOrPath),
      expected: `one of ${names.join(', ')}, or the path of a scenario file`,
      ...(fix === undefined ? {} : { fix }),
    },
  ]);
};

const withFiles = (scenario: Scenario, files: InputFiles): Scenario => {
  const { clients, availability } = scenario;
  const burstiness = clients.kind === 'open-loop' ? clients.burstiness : 1;
  return {
    ...scenario,
    ...(files.arrivals === undefined ? {} : { clients: { kind: 'open-loop', arrivalsFile: files.arrivals, burstiness } }),
    ...(files.availability === undefined ? {} : { availability: { reclaim: availability.reclaim, file: files.availability } }),
    ...(files.spotPrices === undefined ? {} : { spotPricesFile: files.spotPrices }),
  };
};

const withFileContents = (scenario: Scenario, path: string, workingDirectory: string, files: InputFiles): LoadedScenario => {
  const { clients, durationSeconds } = scenario;
  const pools = poolsOf(scenario);
  const beside = dirname(path);
  const problems: Problem[] = [];
  const read = <T>(own: string | undefined, replacement: string | undefined, parse: (file: TextFile) => T): T | undefined => {
    const name = replacement ?? (own === undefined || isAbsolute(own) ? own : join(beside, own));
    if (name === undefined) return undefined;
    try {
      return parse(readTextFile(name, workingDirectory));
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error;
      problems.push(...error.problems);
      return undefined;
    }
  };

  const arrivalsFile = clients.kind === 'open-loop' ? clients.arrivalsFile : undefined;
  const arrivals = read(arrivalsFile, files.arrivals, (file) => readArrivals(file, durationSeconds));
  const poolNames = pools.map((pool) => pool.name);
  const availability = read(scenario.availability.file, files.availability, (file) => readAvailability(file, poolNames, durationSeconds));
  const spotTypes = pools.filter((pool) => pool.capacityType === 'spot').flatMap((pool) => pool.instanceTypes.map((type) => type.name));
  const start = epochSecondsOf(scenario.startTime)!;
  const spotPrices = read(scenario.spotPricesFile, files.spotPrices, (file) => readSpotPrices(file, start, [...new Set(spotTypes)]));
  if (problems.length > 0) throw new InvalidInputError(problems);
  const rows = [...(scenario.availability.rows ?? []), ...(availability ?? [])];
  return {
    scenario,
    availability: rows.sort((a, b) => a.timestampSeconds - b.timestampSeconds),
    baseDirectory: resolve(workingDirectory, beside),
    ...(arrivals === undefined ? {} : { arrivals }),
    ...(spotPrices === undefined ? {} : { spotPrices }),
  };
};
