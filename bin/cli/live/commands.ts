import type { Command } from 'commander';
import { didYouMean } from '../../../lambda/control-loop/model/did-you-mean';
import { type PauseDirection, pauseDirections } from '../../../lambda/control-loop/model/pause';
import type { Io } from '../io';
import { refuse } from '../problems';
import { durationOf } from './durations';
import type { ExplainOptions } from './explain';
import type { OverrideOptions } from './override';
import type { PauseOptions } from './pause';
import type { StatusOptions } from './status';

const NAME = 'adaptive-inference';

const EXIT_CODES = `The kubeconfig is found as kubectl finds it: --kubeconfig, else the files in KUBECONFIG, else ~/.kube/config.

Exit codes: 0 done, 1 the cluster cannot be reached or refuses, 2 bad input or not found`;

const examples = (commands: readonly string[], more: readonly string[] = []): string =>
  ['', 'Examples:', ...commands.map((command) => `  $ ${NAME} ${command}`), ...more.flatMap((part) => ['', part]), '', EXIT_CODES].join(
    '\n',
  );

const FIELDS = `Fields, each in place of what the policy wants and within the same safeguards:
  floor/<unit>    least pods
  target/<unit>   requests per minute and pod that the scaler scales on
  share/<unit>    part of the traffic, 0.4 or 40%; the other units divide the rest
  weight/<pool>   place in the order of pools, 1 to 100, the highest first
  limit/<pool>    devices that the pool may grow to
  strategy        CostOptimized or CapacityOptimized`;

const withCluster = (command: Command): Command =>
  command
    .option('--kubeconfig <file>', 'kubeconfig to use, alone')
    .option('--context <name>', 'context of the kubeconfig; default: its current context')
    .option('-n, --namespace <name>', 'namespace of the fleet; default: that of the context');

const FLEET = 'name or namespace/name of an InferenceFleet';

const directionOf = (text: string): PauseDirection => {
  if ((pauseDirections as readonly string[]).includes(text)) return text as PauseDirection;
  return refuse('direction', JSON.stringify(text), `one of ${pauseDirections.join(', ')}`, didYouMean(text, pauseDirections));
};

/** The commands that speak with a live cluster; what they need is loaded when one of them runs. */
export const addClusterCommands = (program: Command, io: Io, onExitCode: (code: number) => void): void => {
  withCluster(
    program
      .command('status')
      .summary('show how a fleet does')
      .description('Shows units, pools, strategy, and what needs a person, as of the last decision; without a fleet, all of the namespace.')
      .argument('[fleet]', FLEET),
  )
    .option('-A, --all-namespaces', 'the fleets of all namespaces')
    .option('--watch', 'refresh until Ctrl-C; not on a terminal: print again after each change')
    .option('--json', 'print the figures as JSON; with --watch one line a change')
    .addHelpText('after', examples(['status', 'status chat --watch', 'status -A --json', 'status prod/chat --context prod-us']))
    .action(async (fleet: string | undefined, options: StatusOptions) => {
      if (fleet !== undefined && options.allNamespaces) refuse('--all-namespaces', 'a fleet with it', 'one of the two');
      const { status } = await import('./status');
      onExitCode(await status(fleet, options, io));
    });

  withCluster(
    program
      .command('explain')
      .summary('tell why the loop decided as it did')
      .description('Tells the last decision on a fleet: signals with their ages, what was wanted, what was decided and why, what was cut.')
      .argument('<fleet>', FLEET),
  )
    .option('--json', 'print the record as one JSON object')
    .addHelpText('after', examples(['explain chat', 'explain prod/chat --json']))
    .action(async (fleet: string, options: ExplainOptions) => {
      const { explain } = await import('./explain');
      onExitCode(await explain(fleet, options, io));
    });

  withCluster(
    program
      .command('pause')
      .summary('keep the loop from scaling a fleet')
      .description('Keeps the loop from scaling a fleet up, down or at all. KEDA and Karpenter go on within what is set.')
      .argument('<fleet>', FLEET)
      .argument('[direction]', `one of ${pauseDirections.join(', ')}`, directionOf, 'all'),
  )
    .requiredOption('--reason <text>', 'why, for those who find it paused')
    .option('--for <duration>', 'how long, such as 30m, 2h or 1d; without it until resume', durationOf('--for'))
    .option('--owner <name>', 'who pauses it; default: the user of the kubeconfig, else $USER')
    .option('--json', 'print pause and overrides as JSON')
    .addHelpText('after', examples(['pause chat down --reason "load test" --for 2h', 'pause chat --reason "incident 42"']))
    .action(async (fleet: string, direction: PauseDirection, options: PauseOptions) => {
      const { pause } = await import('./pause');
      onExitCode(await pause(fleet, direction, options, io));
    });

  withCluster(
    program.command('resume').summary('end a pause').description('Ends the pause of a fleet. Overrides stay.').argument('<fleet>', FLEET),
  )
    .option('--json', 'print pause and overrides as JSON')
    .addHelpText('after', examples(['resume chat']))
    .action(async (fleet: string, options: PauseOptions) => {
      const { resume } = await import('./pause');
      onExitCode(await resume(fleet, options, io));
    });

  withCluster(
    program
      .command('override')
      .summary('set values in place of the policy, for a time')
      .description('Sets what a person wants in place of the policy, for a time. With --clear takes fields back, without fields all.')
      .argument('<fleet>', FLEET)
      .argument('[field=value...]', 'fields and their values; with --clear fields alone'),
  )
    .option('--reason <text>', 'why; it is part of every decision that follows')
    .option('--for <duration>', 'how long, such as 30m, 2h or 1d', durationOf('--for'))
    .option('--owner <name>', 'who wants it; default: the user of the kubeconfig, else $USER')
    .option('--clear', 'take overrides back')
    .option('--json', 'print pause and overrides as JSON')
    .addHelpText(
      'after',
      examples(
        [
          'override chat floor/g5=6 --reason "launch day" --for 8h',
          'override chat share/inf2=20% weight/g5-on-demand=100 --reason "driver bug" --for 1d',
          'override chat --clear floor/g5',
        ],
        [FIELDS],
      ),
    )
    .action(async (fleet: string, fields: readonly string[], options: OverrideOptions) => {
      const { override } = await import('./override');
      onExitCode(await override(fleet, fields, options, io));
    });
};
