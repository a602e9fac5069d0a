import { annotations } from '../../../lambda/control-loop/contract/names';
import { type PauseDirection, pauseText as pauseAnnotation } from '../../../lambda/control-loop/model/pause';
import type { KubernetesObject } from '../../../lambda/control-loop/ports';
import { exitCodes, type Io } from '../io';
import { refuse } from '../problems';
import { type ClusterOptions, connect, type LiveCluster } from './connect';
import { type FleetView, fleetView } from './fleet-view';
import { changeAnnotations, fleetNameOf } from './fleets';
import { pauseText } from './status-text';

export interface PauseOptions extends ClusterOptions {
  readonly reason: string;
  /** In seconds; without it the pause lasts until someone resumes the fleet. */
  readonly for?: number;
  readonly owner?: string;
  readonly json?: boolean;
}

/** Keeps the loop from scaling a fleet up, down or at all. */
export const pause = async (fleet: string, direction: PauseDirection, options: PauseOptions, io: Io): Promise<number> => {
  const cluster = connect(options, io);
  try {
    const reason = oneLine('--reason', options.reason);
    const owner = ownerOf(options.owner, cluster, io);
    const untilSeconds = options.for === undefined ? undefined : io.nowSeconds() + options.for;
    const object = await changeAnnotations(cluster.kubernetes, fleetNameOf(fleet, options, cluster), () => ({
      [annotations.pause]: pauseAnnotation(direction, untilSeconds),
      [annotations.pauseReason]: `${owner}: ${reason}`,
    }));
    const view = fleetView(object, io.nowSeconds());
    print(view, options, io, `${view.fleet}: paused ${view.pause === null ? '' : pauseText(view.pause, io.nowSeconds())}\n`);
    return exitCodes.done;
  } finally {
    cluster.close();
  }
};

/** Lets the loop go on. */
export const resume = async (fleet: string, options: ClusterOptions & { readonly json?: boolean }, io: Io): Promise<number> => {
  const cluster = connect(options, io);
  try {
    let was = false;
    const object = await changeAnnotations(cluster.kubernetes, fleetNameOf(fleet, options, cluster), (before) => {
      was = isPaused(before, io);
      return { [annotations.pause]: undefined, [annotations.pauseReason]: undefined };
    });
    const view = fleetView(object, io.nowSeconds());
    print(view, options, io, `${view.fleet}: ${was ? 'resumed' : 'was not paused'}\n`);
    return exitCodes.done;
  } finally {
    cluster.close();
  }
};

const isPaused = (object: KubernetesObject, io: Io): boolean => fleetView(object, io.nowSeconds()).pause !== null;

/** The result of a change: what holds of the fleet now, and notes on what stands in its way. */
export const print = (view: FleetView, options: { readonly json?: boolean }, io: Io, text: string): void => {
  const { fleet, pause: paused, overrides } = view;
  io.stdout.write(options.json ? `${JSON.stringify({ fleet, pause: paused, overrides }, null, 2)}\n` : text);
  if (view.enforcement !== null && view.enforcement !== 'Enforce') {
    io.stderr.write(`note: the enforcement of the fleet is ${view.enforcement}, so the loop changes nothing of it anyway\n`);
  } else if (view.isSilent) {
    io.stderr.write('note: the loop has not been heard of for over 3 min, and nothing else acts on this\n');
  }
};

/** Who wants it: as told, else the user of the kubeconfig, else the user of this machine. */
export const ownerOf = (
  told: string | undefined,
  { access }: Pick<LiveCluster, 'access'>,
  { environment }: Pick<Io, 'environment'>,
): string => {
  const owner = told ?? access.user ?? environment.USER ?? environment.USERNAME;
  return owner === undefined ? refuse('--owner', 'nothing', 'who wants it', 'add --owner <name>') : oneLine('--owner', owner);
};

const LONGEST = 200;

/** A text that fits a line. */
export const oneLine = (option: string, text: string): string => {
  const line = text.trim().replaceAll(/\s+/g, ' ');
  if (line === '' || line.length > LONGEST) refuse(option, `${line.length} characters`, `a text of 1 to ${LONGEST} characters`);
  return line;
};
