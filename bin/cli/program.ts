import { Command } from 'commander';
import { version } from '../../package.json';
import { shippedScenarioNames } from '../../sim/inputs/shipped-scenarios';
import { policyNames } from '../../sim/policies/policies';
import { attainmentOf, policiesOf, policyOf, seedCountOf, seedOf } from './arguments';
import { type CompareOptions, compare } from './compare';
import type { Engine } from './engine';
import type { Io } from './io';
import { addClusterCommands } from './live/commands';
import { printSchema, schemaNames } from './schema';
import { type SimulateOptions, simulate } from './simulate';
import { validateFiles } from './validate';

const NAME = 'adaptive-inference';

const EXIT_CODES = 'Exit codes: 0 done, 1 objective missed (only with --fail-below) or cluster out of reach, 2 bad input or not found';

/** The command line; `onExitCode` receives the exit code of the command that ran. */
export const programFor = (io: Io, engine: () => Promise<Engine>, onExitCode: (code: number) => void): Command => {
  const program = new Command(NAME)
    .description(
      'Shows and steers adaptive inference fleets of a live cluster, runs their control loop against its digital twin, and checks what both read.',
    )
    .version(version)
    .configureOutput({ writeOut: (text) => io.stdout.write(text), writeErr: (text) => io.stderr.write(text) })
    .exitOverride()
    .addHelpText(
      'after',
      examples(['simulate smoke', 'compare paper-c-inf2-loss --policies two-mode,paper-as-published --out report.html'], EXIT_CODES),
    );

  withInputFiles(
    program
      .command('simulate')
      .summary('run one policy through a scenario')
      .description('Runs one policy through a scenario and prints what became of latency, failures and cost.')
      .argument('<scenario>', scenarioHelp())
      .option('--policy <name>', `one of ${policyNames.join(', ')}`, policyOf('--policy'), 'two-mode')
      .option('--seed <n>', 'seed of all randomness; the same seed gives the same bytes', seedOf, 1),
  )
    .option('--out <file>', 'write a report, one HTML file that needs nothing else')
    .option('--json', 'print the figures as one JSON object')
    .option('--fail-below <attainment>', 'exit 1 when the share of requests within the objective is below this, 0 to 1', attainmentOf)
    .addHelpText(
      'after',
      examples(
        [
          'simulate smoke',
          'simulate paper-c-inf2-loss --policy static --seed 7 --out report.html',
          'simulate smoke --arrivals load.csv --availability capacity.csv --spot-prices prices.json',
          'simulate smoke --json --fail-below 0.99',
        ],
        INPUT_FILES,
      ),
    )
    .action(async (scenario: string, options: SimulateOptions) => onExitCode(await simulate(scenario, options, io, engine)));

  withInputFiles(
    program
      .command('compare')
      .summary('run several policies through a scenario')
      .description('Runs policies through a scenario on the same arrivals and faults, and prints them side by side.')
      .argument('<scenario>', scenarioHelp())
      .requiredOption('--policies <names>', `two or more of ${policyNames.join(', ')}, separated by commas`, policiesOf)
      .option('--seeds <n>', 'number of seeds: each policy runs with seeds 1 to n', seedCountOf, 1),
  )
    .option('--out <file>', 'write a report of the first seed, one HTML file that needs nothing else')
    .option('--json', 'print the figures as one JSON object')
    .option('--fail-below <attainment>', 'exit 1 when the first policy is below this with any seed, 0 to 1', attainmentOf)
    .addHelpText(
      'after',
      examples(
        [
          'compare paper-c-inf2-loss --policies two-mode,paper-as-published --out report.html',
          'compare smoke --policies two-mode,static --seeds 5 --json',
        ],
        INPUT_FILES,
      ),
    )
    .action(async (scenario: string, options: CompareOptions) => onExitCode(await compare(scenario, options, io, engine)));

  program
    .command('validate')
    .summary('check scenarios and fleets')
    .description('Checks scenario files with all files they name, fleets (the spec as JSON) and InferenceFleet manifests in JSON.')
    .argument('<file...>', 'files, or names of shipped scenarios')
    .addHelpText('after', examples(['validate my-scenario.json', 'validate fleet.json inferencefleet.json smoke']))
    .action((names: readonly string[]) => onExitCode(validateFiles(names, io)));

  program
    .command('schema')
    .summary('print a schema')
    .description('Prints the JSON Schema of a scenario or a fleet, or the CustomResourceDefinition of InferenceFleet.')
    .argument('[name]', `one of ${schemaNames.join(', ')}`, 'fleet')
    .addHelpText('after', examples(['schema fleet', 'schema scenario > scenario.schema.json', 'schema crd | kubectl apply -f -']))
    .action((name: string) => onExitCode(printSchema(name, io)));

  addClusterCommands(program, io, onExitCode);
  return program;
};

const withInputFiles = (command: Command): Command =>
  command
    .option('--arrivals <file>', 'CSV of arrivals in place of the load of the scenario (open loop)')
    .option('--availability <file>', 'CSV of capacity in place of that of the scenario')
    .option('--spot-prices <file>', 'JSON of spot prices, as aws ec2 describe-spot-price-history prints it');

const INPUT_FILES = `Input files (times in seconds since the start of the scenario):
  arrivals      timestampSeconds,requestsPerMinute   the rate holds until the next row
                timestampSeconds                     one request a row
  availability  timestampSeconds,pool,devices        no devices: unlimited

${EXIT_CODES}`;

const scenarioHelp = (): string => `${shippedScenarioNames().join(', ')}, or the path of a scenario file`;

const examples = (commands: readonly string[], more?: string): string =>
  `\nExamples:\n${commands.map((command) => `  $ ${NAME} ${command}`).join('\n')}${more === undefined ? '' : `\n\n${more}`}`;
