import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The package's own directory, from the sources (sim/inputs) and from the bundle (dist/bin) alike. */
const packageDirectory = (): string => {
  const here = dirname(fileURLToPath(import.meta.url));
  for (let directory = here; ; directory = dirname(directory)) {
    if (existsSync(join(directory, 'sim', 'scenarios'))) return directory;
    if (directory === dirname(directory)) throw new Error(`no sim/scenarios in ${here} or above: the package is incomplete`);
  }
};

export const scenariosDirectory = (): string => join(packageDirectory(), 'sim', 'scenarios');

/** Names of the scenarios that come with the package. */
export const shippedScenarioNames = (): readonly string[] =>
  readdirSync(scenariosDirectory())
    .filter((file) => file.endsWith('.json') && file !== 'schema.json')
    .map((file) => file.slice(0, -'.json'.length))
    .sort();
