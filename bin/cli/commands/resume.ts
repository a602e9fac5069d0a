import type { Command } from 'commander';
import { annotations } from '../../../lambda/control-loop/contract/names';
import { changeAnnotations } from '../live/annotations';
import { CLUSTER_HELP, type ClusterOptions, FLEET_ARGUMENT, withClusterOptions } from '../live/cluster-options';
import { withCluster } from '../live/connect';
import { fleetNameOf } from '../live/fleets';
import { fleetView } from '../live/read-fleet';
import { printSteering } from '../live/steering';
import { examples } from '../text/help';
import { exitCodes, type Io } from '../text/io';
import type { PrintOptions } from '../text/print';

interface ResumeOptions extends ClusterOptions, PrintOptions {}

/** `resume`: ends a pause. */
export const addResume = (program: Command, io: Io, onExitCode: (code: number) => void): void => {
  const command = program
    .command('resume')
    .summary('end a pause')
    .description('Ends the pause of a fleet. Overrides remain.')
    .argument('<fleet>', FLEET_ARGUMENT);
  withClusterOptions(command)
    .option('--json', 'print pause and overrides as JSON')
    .addHelpText('after', examples(['resume chat'], CLUSTER_HELP))
    .action(async (fleet: string, options: ResumeOptions) => onExitCode(await resume(fleet, options, io)));
};

const resume = (fleet: string, options: ResumeOptions, io: Io): Promise<number> =>
  withCluster(options, io, async (cluster) => {
    let wasPaused = false;
    const object = await changeAnnotations(cluster.kubernetes, fleetNameOf(fleet, options, cluster), (before) => {
      wasPaused = fleetView(before, io.nowSeconds()).pause !== null;
      return { [annotations.pause]: undefined, [annotations.pauseReason]: undefined };
    });
    const view = fleetView(object, io.nowSeconds());
    printSteering(view, options, io, `${view.fleet}: ${wasPaused ? 'resumed' : 'was not paused'}\n`);
    return exitCodes.done;
  });
