import { existsSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { stringify } from 'yaml';
import type { FleetSpecInput } from '../../../lambda/control-loop/api';
import { validate } from '../../../lambda/control-loop/api/validate';
import { InvalidInputError } from '../../../lambda/control-loop/errors';
import { didYouMean } from '../../../lambda/control-loop/model/did-you-mean';
import { toProblems } from '../../../lambda/control-loop/model/field-problem';
import { type NamedFleet, type NewLoad, newScenario } from '../../../sim/inputs/new-scenario';
import { ScenarioSchema } from '../../../sim/inputs/scenario';
import { checkScenario } from '../../../sim/inputs/scenario-checks';
import { readTextFile } from '../../../sim/inputs/text-file';
import { fleetsInCdk, fleetsInFile } from '../init/manifests';
import { askForFleet } from '../init/questions';
import { type ClusterOptions, withClusterOptions } from '../live/cluster-options';
import { withCluster } from '../live/connect';
import { fleetNameOf, getFleet } from '../live/fleets';
import { fleetView } from '../live/read-fleet';
import { instantOption, positiveOf } from '../runs/option-values';
import { outputFile } from '../runs/output-file';
import { durationOf } from '../text/durations';
import { COMMAND, EXIT_CODES, examples } from '../text/help';
import { exitCodes, type Io } from '../text/io';
import { duration } from '../text/numbers';
import { refuse } from '../text/problems';

interface InitOptions extends ClusterOptions {
  readonly fleet?: string;
  readonly fromCdk?: string;
  readonly arrivals?: string;
  readonly requestsPerMinute?: number;
  readonly start?: number;
  readonly duration?: number;
  readonly out?: string;
}

/** `init`: writes a scenario of a fleet that there is, or of a few answers. */
export const addInit = (program: Command, io: Io, onExitCode: (code: number) => void): void => {
  const command = program
    .command('init')
    .summary('write a scenario of your fleet')
    .description(
      'Writes a scenario of your fleet, in YAML or JSON: from a manifest, a synthesized CDK app or a live cluster. On a terminal and without any of them it asks.',
    )
    .argument('[file]', 'an InferenceFleet, a list with some, or a spec, in YAML or JSON; - is standard input')
    .option('--fleet <name>', 'fleet of the cluster, as name or namespace/name; with a file or an app, which of its fleets')
    .option('--from-cdk <folder>', 'a synthesized CDK app, such as cdk.out');
  withClusterOptions(command)
    .option('--arrivals <file>', 'CSV of arrivals, which import makes: the load, and how long the scenario is')
    .option('--requests-per-minute <n>', 'a steady load in place of it', positiveOf('--requests-per-minute'))
    .option('--start <time>', 'the instant of second 0, for the dates of spot prices', instantOption('--start'))
    .option('--duration <duration>', 'length of the scenario; by default that of the arrivals, or a day', durationOf('--duration', 60))
    .option('--out <file>', 'write to a file, JSON if its name ends in .json; by default YAML to standard output')
    .addHelpText(
      'after',
      examples(
        [
          'init --fleet chat --arrivals load.csv --out my-scenario.yaml',
          'init inferencefleet.yaml --requests-per-minute 600 > my-scenario.yaml',
          'init --from-cdk cdk.out --arrivals load.csv --out my-scenario.yaml',
          'init --out my-scenario.yaml',
        ],
        EXIT_CODES,
      ),
    )
    .action(async (file: string | undefined, options: InitOptions) => onExitCode(await init(file, options, io)));
};

const init = async (file: string | undefined, options: InitOptions, io: Io): Promise<number> => {
  if (file !== undefined && options.fromCdk !== undefined) refuse('--from-cdk', 'together with a file', 'one of the two');
  if (options.arrivals !== undefined && options.requestsPerMinute !== undefined) {
    refuse('--requests-per-minute', 'together with --arrivals', 'one of the two');
  }
  const inputs = [file, options.arrivals].filter((input) => input !== undefined);
  const out = options.out === undefined || options.out === '-' ? undefined : outputFile(options.out, io.workingDirectory, inputs);
  const { fleet, load } = await fleetAndLoad(file, options, io);
  const scenario = newScenario(fleet, {
    load,
    ...(options.start === undefined ? {} : { startEpochSeconds: options.start }),
    ...(options.duration === undefined ? {} : { durationSeconds: options.duration }),
  });
  const parsed = validate(ScenarioSchema, scenario);
  const problems = parsed.ok ? checkScenario(parsed.value) : parsed.problems;
  if (problems.length > 0) throw new InvalidInputError(toProblems(problems));
  const text = out?.name.endsWith('.json') ? `${JSON.stringify(scenario, null, 2)}\n` : yamlOf(scenario);
  if (out === undefined) io.stdout.write(text);
  else out.write(text);
  const { units, pools } = scenario.fleet;
  io.stderr.write(
    `fleet ${fleet.name}: ${units.length} units, ${pools.length} pools, ${duration(scenario.durationSeconds)} from ${scenario.startTime}\n`,
  );
  if (load.kind === 'day') io.stderr.write('the load is made up: give yours with --arrivals, or --requests-per-minute\n');
  if (out !== undefined) io.stderr.write(`next: ${COMMAND} simulate ${out.name} --out report.html\n`);
  return exitCodes.done;
};

const yamlOf = (scenario: object): string =>
  `# A scenario for simulate and compare. What else it can state: docs/scenarios.md, or "schema scenario".\n${stringify(scenario, { lineWidth: 0 })}`;

/** Pods of the first unit that a made-up load needs at its highest. */
const MADE_UP_PODS = 10;

const fleetAndLoad = async (
  file: string | undefined,
  options: InitOptions,
  io: Io,
): Promise<{ readonly fleet: NamedFleet; readonly load: NewLoad }> => {
  const stated = statedLoad(options, io);
  const madeUp = ({ spec }: NamedFleet): NewLoad => ({
    kind: 'day',
    highestPerMinute: Math.round(MADE_UP_PODS * spec.units[0]!.profile.throughputPerMinute),
  });
  if (file !== undefined || options.fromCdk !== undefined) {
    const fleets = file === undefined ? fleetsInCdk(options.fromCdk!, io.workingDirectory) : fleetsInFile(file, io.workingDirectory);
    const fleet = chosen(fleets, options.fleet);
    return { fleet, load: stated ?? madeUp(fleet) };
  }
  if (options.fleet !== undefined) {
    const { fleet, ratePerMinute } = await liveFleet(options.fleet, options, io);
    return { fleet, load: stated ?? (ratePerMinute > 0 ? { kind: 'constant', requestsPerMinute: ratePerMinute } : madeUp(fleet)) };
  }
  if (io.ask === undefined) {
    return refuse('init', 'no fleet', 'a file, --from-cdk <folder> or --fleet <name>', 'on a terminal init asks for what it needs');
  }
  const { fleet, highestPerMinute } = await askForFleet(io.ask);
  return { fleet, load: stated ?? { kind: 'day', highestPerMinute } };
};

/** The arrivals are named as seen from the scenario that names them. */
const statedLoad = ({ arrivals, requestsPerMinute, out }: InitOptions, io: Io): NewLoad | undefined => {
  if (requestsPerMinute !== undefined) return { kind: 'constant', requestsPerMinute };
  if (arrivals === undefined) return undefined;
  const from = out === undefined || out === '-' ? io.workingDirectory : dirname(resolve(io.workingDirectory, out));
  const path = relative(from, resolve(io.workingDirectory, arrivals));
  if (!existsSync(resolve(io.workingDirectory, arrivals))) refuse('--arrivals', JSON.stringify(arrivals), 'a file that exists');
  return { kind: 'file', path, file: readTextFile(arrivals, io.workingDirectory) };
};

const chosen = (fleets: readonly NamedFleet[], name: string | undefined): NamedFleet => {
  const names = fleets.map((fleet) => fleet.name);
  if (name === undefined) {
    return fleets.length === 1 ? fleets[0]! : refuse('--fleet', 'nothing', `one of ${names.join(', ')}`, `add --fleet ${names[0]}`);
  }
  return (
    fleets.find((fleet) => fleet.name === name) ??
    refuse('--fleet', JSON.stringify(name), `one of ${names.join(', ')}`, didYouMean(name, names))
  );
};

const liveFleet = (name: string, options: InitOptions, io: Io) =>
  withCluster(options, io, async (cluster) => {
    const object = await getFleet(cluster.kubernetes, fleetNameOf(name, options, cluster));
    const { units } = fleetView(object, io.nowSeconds());
    const ratePerMinute = Math.round(units.reduce((sum, { requestsPerMinute }) => sum + (requestsPerMinute ?? 0), 0));
    return { fleet: { name: object.metadata.name, spec: object.spec as FleetSpecInput }, ratePerMinute };
  });
