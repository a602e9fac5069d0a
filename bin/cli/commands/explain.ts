import type { Command } from 'commander';
import { CLUSTER_HELP, type ClusterOptions, FLEET_ARGUMENT, withClusterOptions } from '../live/cluster-options';
import { withCluster } from '../live/connect';
import { explainText } from '../live/explain-text';
import { fleetNameOf, getFleet } from '../live/fleets';
import { fleetView, lastDecisionOf } from '../live/read-fleet';
import { examples } from '../text/help';
import { exitCodes, type Io } from '../text/io';
import { type PrintOptions, print } from '../text/print';

interface ExplainOptions extends ClusterOptions, PrintOptions {}

/** `explain`: the last decision on a fleet. */
export const addExplain = (program: Command, io: Io, onExitCode: (code: number) => void): void => {
  const command = program
    .command('explain')
    .summary('explain the last decision')
    .description('Explains the last decision on a fleet: what changed and why, the findings, and the signals it was based on.')
    .argument('<fleet>', FLEET_ARGUMENT);
  withClusterOptions(command)
    .option('--json', 'print the decision as one JSON object')
    .addHelpText('after', examples(['explain chat', 'explain prod/chat --json'], CLUSTER_HELP))
    .action(async (fleet: string, options: ExplainOptions) => onExitCode(await explain(fleet, options, io)));
};

const explain = (fleet: string, options: ExplainOptions, io: Io): Promise<number> =>
  withCluster(options, io, async (cluster) => {
    const object = await getFleet(cluster.kubernetes, fleetNameOf(fleet, options, cluster));
    const decision = lastDecisionOf(object) ?? null;
    const view = fleetView(object, io.nowSeconds());
    print(io, options, { fleet: view.fleet, decision }, (style) => explainText(view, decision, io.nowSeconds(), style));
    return exitCodes.done;
  });
