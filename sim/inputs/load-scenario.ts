import { existsSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { validate } from '../../lambda/control-loop/api/validate';
import { InvalidInputError, type Problem } from '../../lambda/control-loop/errors';
import { didYouMean } from '../../lambda/control-loop/model/did-you-mean';
import { rfc3339 } from '../../lambda/control-loop/model/times';
import { generatedScenario, generatedScenarioNames } from '../generators/generators';
import { fromStart, readArrivalRows } from './arrivals';
import { readAvailability } from './availability';
import { lasting } from './duration';
import { arrivalsUse, availabilityUse, spotPricesUse } from './file-use';
import { poolsOf } from './fleets';
import { epochSecondsOf } from './instant';
import type { FileUse, LoadedScenario } from './loaded-scenario';
import { type Loss, withLosses } from './losses';
import { type Scenario, ScenarioSchema } from './scenario';
import { checkScenario } from './scenario-checks';
import { scenariosDirectory, shippedScenarioNames } from './shipped-scenarios';
import { parseSpotPriceHistory, readSpotPrices } from './spot-prices';
import { parseDataFile, readTextFile, type TextFile } from './text-file';
import { startedWarm } from './warm-start';

/** What is put over a scenario. Files take the place of those that it names, and are relative to the working directory. */
export interface InputFiles {
  /** Makes the load open-loop. */
  readonly arrivals?: string;
  readonly availability?: string;
  readonly spotPrices?: string;
  /** Length of the run in place of the scenario's, in seconds. */
  readonly duration?: number;
  /** Over whatever capacity the scenario has. */
  readonly lose?: readonly Loss[];
  /** Of a generated scenario, 1 where not stated; any other is the same with every seed. */
  readonly seed?: number;
}

/** Loads a scenario by the name of a shipped or generated one or by path, with all its files; throws `InvalidInputError` with everything that is wrong. */
export const loadScenario = (nameOrPath: string, workingDirectory: string, files: InputFiles = {}): LoadedScenario => {
  const file = scenarioText(nameOrPath, workingDirectory, files.seed);
  const json = parseDataFile(file);
  const parsed = validate(ScenarioSchema, json.value);
  if (!parsed.ok) throw new InvalidInputError(json.problems(parsed.problems));
  const { scenario, note } = lasting(withFiles(parsed.value, files), files.duration);
  const problems = checkScenario(scenario);
  if (problems.length > 0) throw new InvalidInputError(json.problems(problems));
  const loaded = withFileContents(scenario, file.name, workingDirectory, files);
  const warm = startedWarm(loaded.scenario, json.value, loaded.arrivals);
  const notes = [...(note === undefined ? [] : [note]), ...(loaded.notes ?? []), ...(warm.note === undefined ? [] : [warm.note])];
  return { ...loaded, scenario: warm.scenario, ...(notes.length === 0 ? {} : { notes }) };
};

/** The text of a scenario by the name of a shipped or generated one, or by path. */
export const scenarioText = (nameOrPath: string, workingDirectory: string, seed = 1): TextFile => {
  const scenario = generatedScenario(nameOrPath, seed);
  return scenario === undefined
    ? readTextFile(scenarioPath(nameOrPath, workingDirectory), workingDirectory)
    : { name: nameOrPath, text: `${JSON.stringify(scenario, undefined, 2)}\n` };
};

/** The path of a scenario: of a shipped one by its name, otherwise the path itself. */
const scenarioPath = (nameOrPath: string, workingDirectory: string): string => {
  const names = shippedScenarioNames();
  if (names.includes(nameOrPath)) return join(scenariosDirectory(), `${nameOrPath}.json`);
  if (existsSync(resolve(workingDirectory, nameOrPath))) return nameOrPath;
  const known = [...names, ...generatedScenarioNames];
  const fix = didYouMean(nameOrPath, known);
  throw new InvalidInputError([
    {
      where: 'scenario',
      given: JSON.stringify(nameOrPath),
      expected: 'the name of a scenario of the package, which the command scenarios lists, or the path of a scenario file',
      ...(fix === undefined ? {} : { fix }),
    },
  ]);
};

/** The prices that the scenario itself states, by time. */
const scenarioPrices = ({ spotPrices }: Scenario): Pick<LoadedScenario, 'spotPrices'> =>
  spotPrices === undefined ? {} : { spotPrices: [...spotPrices].sort((a, b) => a.timestampSeconds - b.timestampSeconds) };

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

  const fileUses: FileUse[] = [];
  const given = (name: string | undefined, use: (name: string) => FileUse): void => {
    if (name !== undefined) fileUses.push(use(name));
  };
  const arrivalsFile = clients.kind === 'open-loop' ? clients.arrivalsFile : undefined;
  let startTime = scenario.startTime;
  const arrivals = read(arrivalsFile, files.arrivals, (file) => {
    const { arrivals: own, startEpochSeconds } = readArrivalRows(file, durationSeconds);
    if (startEpochSeconds !== undefined) startTime = rfc3339(startEpochSeconds);
    given(files.arrivals, (name) => arrivalsUse(name, own, scenario));
    return fromStart(own);
  });
  const start = epochSecondsOf(startTime)!;
  const poolNames = pools.map((pool) => pool.name);
  const availability = read(scenario.availability.file, files.availability, (file) => {
    const rows = readAvailability(file, poolNames, durationSeconds, start);
    given(files.availability, (name) => availabilityUse(name, rows, scenario));
    return rows;
  });
  const spotTypes = pools.filter((pool) => pool.capacityType === 'spot').flatMap((pool) => pool.instanceTypes.map((type) => type.name));
  const spotPrices = read(scenario.spotPricesFile, files.spotPrices, (file) => {
    const prices = readSpotPrices(file, start, [...new Set(spotTypes)]);
    given(files.spotPrices, (name) => spotPricesUse(name, parseSpotPriceHistory(file).entries.length, prices, { ...scenario, startTime }));
    return prices;
  });
  if (problems.length > 0) throw new InvalidInputError(problems);
  const rows = [...(scenario.availability.rows ?? []), ...(availability ?? [])].sort((a, b) => a.timestampSeconds - b.timestampSeconds);
  return {
    scenario: { ...scenario, startTime },
    availability: withLosses(rows, files.lose ?? [], scenario),
    baseDirectory: resolve(workingDirectory, beside),
    ...(arrivals === undefined ? {} : { arrivals }),
    ...(spotPrices === undefined ? scenarioPrices(scenario) : { spotPrices }),
    ...(fileUses.length === 0 ? {} : { fileUses }),
    ...(startTime === scenario.startTime ? {} : { notes: [`second 0 is ${startTime}, the first row of the arrivals`] }),
  };
};
