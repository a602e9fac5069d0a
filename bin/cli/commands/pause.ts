import type { Command } from 'commander';
import { annotations } from '../../../lambda/control-loop/contract/names';
import { didYouMean } from '../../../lambda/control-loop/model/did-you-mean';
import { type PauseDirection, pauseText as pauseAnnotation, pauseDirections } from '../../../lambda/control-loop/model/pause';
import { changeAnnotations } from '../live/annotations';
import { CLUSTER_HELP, type ClusterOptions, FLEET_ARGUMENT, withClusterOptions } from '../live/cluster-options';
import { withCluster } from '../live/connect';
import { fleetNameOf } from '../live/fleets';
import { pauseText } from '../live/phrases';
import { fleetView } from '../live/read-fleet';
import { oneLine, ownerOf, printSteering } from '../live/steering';
import { durationOf } from '../text/durations';
import { examples } from '../text/help';
import { exitCodes, type Io } from '../text/io';
import type { PrintOptions } from '../text/print';
import { refuse } from '../text/problems';

interface PauseOptions extends ClusterOptions, PrintOptions {
  readonly reason: string;
  /** In seconds; without it the pause lasts until someone resumes the fleet. */
  readonly for?: number;
  readonly owner?: string;
}

/** `pause`: stops the loop from scaling a fleet up, down or both. */
export const addPause = (program: Command, io: Io, onExitCode: (code: number) => void): void => {
  const command = program
    .command('pause')
    .summary('stop the loop from scaling a fleet')
    .description('Stops the loop from scaling a fleet up, down or both. KEDA and Karpenter keep working within the current settings.')
    .argument('<fleet>', FLEET_ARGUMENT)
    .argument('[direction]', `one of ${pauseDirections.join(', ')}`, directionOf, 'all');
  withClusterOptions(command)
    .requiredOption('--reason <text>', 'why, for whoever finds the fleet paused')
    .option('--for <duration>', 'how long, such as 30m, 2h or 1d; without it, until resume', durationOf('--for'))
    .option('--owner <name>', 'who pauses it; default: the user in the kubeconfig, else $USER')
    .option('--json', 'print pause and overrides as JSON')
    .addHelpText('after', examples(['pause chat down --reason "load test" --for 2h', 'pause chat --reason "incident 42"'], CLUSTER_HELP))
    .action(async (fleet: string, direction: PauseDirection, options: PauseOptions) =>
      onExitCode(await pause(fleet, direction, options, io)),
    );
};

const directionOf = (text: string): PauseDirection => {
  if ((pauseDirections as readonly string[]).includes(text)) return text as PauseDirection;
  return refuse('direction', JSON.stringify(text), `one of ${pauseDirections.join(', ')}`, didYouMean(text, pauseDirections));
};

const pause = (fleet: string, direction: PauseDirection, options: PauseOptions, io: Io): Promise<number> =>
  withCluster(options, io, async (cluster) => {
    const reason = oneLine('--reason', options.reason);
    const owner = ownerOf(options.owner, cluster, io);
    const untilSeconds = options.for === undefined ? undefined : io.nowSeconds() + options.for;
    const object = await changeAnnotations(cluster.kubernetes, fleetNameOf(fleet, options, cluster), () => ({
      [annotations.pause]: pauseAnnotation(direction, untilSeconds),
      [annotations.pauseReason]: `${owner}: ${reason}`,
    }));
    const view = fleetView(object, io.nowSeconds());
    printSteering(view, options, io, `${view.fleet}: paused ${view.pause === null ? '' : pauseText(view.pause, io.nowSeconds())}\n`);
    return exitCodes.done;
  });
