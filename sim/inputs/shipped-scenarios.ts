import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The package's own directory, from the sources (sim/inputs) and from the bundle (dist/bin) alike. */
const packageDirectory = (): string => {
  for (let directory = __dirname; ; directory = dirname(directory)) {
    if (existsSync(join(directory, 'sim', 'scenarios'))) return directory;
    if (directory === dirname(directory)) throw new Error(`no sim/scenarios in ${__dirname} or above: the package is incomplete`);
  }
};

export const scenariosDirectory = (): string => join(packageDirectory(), 'sim', 'scenarios');

/** Names of the scenarios that come with the package. */
export const shippedScenarioNames = (): readonly string[] =>
  readdirSync(scenariosDirectory())
    .filter((file) => file.endsWith('.json') && file !== 'schema.json')
    .map((file) => file.slice(0, -'.json'.length))
    .sort();
