import type { KubernetesPort } from '../../../lambda/control-loop/ports';
import { exitCodes, type Io } from '../io';
import { styleFor } from '../style';
import { type ClusterOptions, connect, type LiveCluster } from './connect';
import { type FleetView, fleetView } from './fleet-view';
import { fleetNameOf, getFleet, listFleets, namespaceOf } from './fleets';
import { fleetListText, statusText } from './status-text';
import { type Frame, watch } from './watch';

export interface StatusOptions extends ClusterOptions {
  readonly allNamespaces?: boolean;
  readonly json?: boolean;
  readonly watch?: boolean;
}

/** One fleet on a screen, or many in a list. */
export const status = async (fleet: string | undefined, options: StatusOptions, io: Io): Promise<number> => {
  const cluster = connect(options, io);
  try {
    if (options.watch) return await watch(io, (signal) => frameOf(fleet, options, io, cluster, cluster.session(signal)));
    io.stdout.write((await frameOf(fleet, options, io, cluster, cluster.kubernetes)).text);
    return exitCodes.done;
  } finally {
    cluster.close();
  }
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

const screenOf = (views: readonly FleetView[], nowSeconds: number, style: ReturnType<typeof styleFor>): string => {
  if (views.length === 0) return '';
  return views.length === 1 ? statusText(views[0]!, nowSeconds, style) : fleetListText(views, style);
};

/** On one line where lines follow each other. */
const json = (value: unknown, options: StatusOptions): string => `${JSON.stringify(value, null, options.watch ? undefined : 2)}\n`;
