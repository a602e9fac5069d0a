import { readFileSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import { readLoad } from './fleet/load';

/** What to start. */
export interface UpOptions {
  readonly fleet?: boolean;
  /** File of a load. */
  readonly load?: string;
  readonly keda: boolean;
}

/** Ended before the cluster was up, by Ctrl-C: as shells tell it. */
export const INTERRUPTED = 130;

const EXAMPLES = `
Examples:
  npm run e2e:up
  npm run e2e:up -- --fleet
  npm run e2e:up -- --fleet --load load.csv

Exit codes: 0 it is up, or with --fleet was ended; 1 it did not start; 2 a wrong argument; ${INTERRUPTED} Ctrl-C before it was up.
`;

/** Reads the arguments of `npm run e2e:up`; throws a `CommanderError` that has said what is wrong, or has printed the help. */
export const readUpOptions = (args: readonly string[]): UpOptions => {
  const program = new Command('npm run e2e:up --')
    .description('Starts a Kubernetes cluster of real programs against a simulated AWS, and prints how to use it.')
    .option('--fleet', 'with the fleet chat of two units, its control loop and traffic, until Ctrl-C or npm run e2e:down')
    .option('--load <file>', 'with --fleet: the load to follow, CSV or JSON of minute,requestsPerMinute', checkedLoad)
    .option('--without-keda', 'without KEDA, which takes half a minute to start')
    .addHelpText('after', EXAMPLES)
    .allowExcessArguments(false)
    .exitOverride();
  program.parse(args, { from: 'user' });
  const { fleet, load, withoutKeda } = program.opts<{ fleet?: boolean; load?: string; withoutKeda?: boolean }>();
  if (fleet && withoutKeda) program.error('error: --fleet needs KEDA: leave out --without-keda');
  if (load !== undefined && !fleet) program.error('error: --load is for a fleet: add --fleet');
  return { ...(fleet && { fleet }), ...(load !== undefined && { load }), keda: !withoutKeda };
};

/** The path of a load that can be read. */
const checkedLoad = (path: string): string => {
  try {
    readLoad(readFileSync(path, 'utf8'));
    return path;
  } catch (error) {
    throw new InvalidArgumentError(`${path}: ${(error as Error).message}`);
  }
};
