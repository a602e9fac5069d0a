import type { Command } from 'commander';
import type { KubernetesPort } from '../../../lambda/control-loop/ports';
import { CLUSTER_HELP, type ClusterOptions, FLEET_ARGUMENT, withClusterOptions } from '../live/cluster-options';
import { type LiveCluster, withCluster } from '../live/connect';
import type { FleetView } from '../live/fleet-view';
import { fleetNameOf, getFleet, listFleets, namespaceOf } from '../live/fleets';
import { fleetView } from '../live/read-fleet';
import { fleetListText, statusText } from '../live/status-text';
import { type Frame, watch } from '../live/watch';
import { examples } from '../text/help';
import { exitCodes, type Io } from '../text/io';
import { refuse } from '../text/problems';
import { type Style, styleFor } from '../text/style';

interface StatusOptions extends ClusterOptions {
  readonly allNamespaces?: boolean;
  readonly json?: boolean;
  readonly watch?: boolean;
}

/** `status`: one fleet on a screen, or many in a list. */
export const addStatus = (program: Command, io: Io, onExitCode: (code: number) => void): void => {
  const command = program
    .command('status')
    .summary('show the state of fleets')
    .description(
      'Shows units, pools, strategy and anything that needs attention, as of the last decision. Without a fleet: all fleets of the namespace.',
    )
    .argument('[fleet]', FLEET_ARGUMENT);
  withClusterOptions(command)
    .option('-A, --all-namespaces', 'show the fleets of all namespaces')
    .option('-w, --watch', 'refresh until Ctrl-C; when not on a terminal, print again after each change')
    .option('--json', 'print JSON; with --watch, one line for each change')
    .addHelpText(
      'after',
      examples(['status', 'status chat --watch', 'status -A --json', 'status prod/chat --context prod-us'], CLUSTER_HELP),
    )
    .action(async (fleet: string | undefined, options: StatusOptions) => onExitCode(await status(fleet, options, io)));
};

const status = (fleet: string | undefined, options: StatusOptions, io: Io): Promise<number> => {
  if (fleet !== undefined && options.allNamespaces) refuse('--all-namespaces', 'together with a fleet', 'one of the two');
  return withCluster(options, io, async (cluster) => {
    if (options.watch) return watch(io, (signal) => frameOf(fleet, options, io, cluster, cluster.session(signal)));
    io.stdout.write((await frameOf(fleet, options, io, cluster, cluster.kubernetes)).text);
    return exitCodes.done;
  });
};

const frameOf = async (
  fleet: string | undefined,
  options: StatusOptions,
  io: Io,
  cluster: LiveCluster,
  kubernetes: KubernetesPort,
): Promise<Frame> => {
  const style = styleFor(io.stdout, io.environment);
  if (fleet !== undefined) {
    const object = await getFleet(kubernetes, fleetNameOf(fleet, options, cluster));
    const view = fleetView(object, io.nowSeconds());
    const text = options.json ? json(view, options) : statusText(view, io.nowSeconds(), style);
    return { text, version: object.metadata.resourceVersion ?? text };
  }
  const namespace = options.allNamespaces ? undefined : namespaceOf(options, cluster);
  const objects = await listFleets(kubernetes, namespace);
  const views = objects.map((object) => fleetView(object, io.nowSeconds()));
  const version = objects.map(({ metadata }) => metadata.resourceVersion).join();
  if (options.json) return { text: json({ fleets: views }, options), version };
  if (views.length === 0) {
    const where = namespace === undefined ? 'the cluster' : `namespace ${namespace}`;
    const none = `no InferenceFleet in ${where}${namespace === undefined ? '' : '; -A looks in all namespaces'}\n`;
    if (options.watch) return { text: none, version };
    io.stderr.write(none);
  }
  return { text: screenOf(views, io.nowSeconds(), style), version };
};

const screenOf = (views: readonly FleetView[], nowSeconds: number, style: Style): string => {
  if (views.length === 0) return '';
  return views.length === 1 ? statusText(views[0]!, nowSeconds, style) : fleetListText(views, style);
};

/** On one line where lines follow each other. */
const json = (value: unknown, options: StatusOptions): string => `${JSON.stringify(value, null, options.watch ? undefined : 2)}\n`;
