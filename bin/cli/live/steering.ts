import type { Io } from '../text/io';
import { type PrintOptions, print } from '../text/print';
import { refuse } from '../text/problems';
import type { LiveCluster } from './connect';
import type { FleetView } from './fleet-view';

/** Prints pause and overrides after a change, and notes on what keeps them from having an effect. */
export const printSteering = (view: FleetView, options: PrintOptions, io: Io, text: string): void => {
  const { fleet, pause, overrides } = view;
  print(io, options, { fleet, pause, overrides }, () => text);
  noteOnEffect(view, io);
};

/** Notes what keeps a change from having an effect. */
export const noteOnEffect = (view: FleetView, io: Io): void => {
  if (view.enforcement !== null && view.enforcement !== 'Enforce') {
    io.stderr.write(`note: the enforcement of this fleet is ${view.enforcement}, so the loop changes nothing for it anyway\n`);
  } else if (view.isSilent) {
    io.stderr.write('note: the loop has not decided on this fleet for over 3 min; nothing happens until it runs again\n');
  }
};

/** Who asks for a change: `--owner`, else the user of the kubeconfig, else the user of this machine. */
export const ownerOf = (
  given: string | undefined,
  { access }: Pick<LiveCluster, 'access'>,
  { environment }: Pick<Io, 'environment'>,
): string => {
  const owner = given ?? access.user ?? environment.USER ?? environment.USERNAME;
  return owner === undefined ? refuse('--owner', 'nothing', 'who asks for this', 'add --owner <name>') : oneLine('--owner', owner);
};

const MAX_LENGTH = 200;

/** A text that fits a line. */
export const oneLine = (option: string, text: string): string => {
  const line = text.trim().replaceAll(/\s+/g, ' ');
  if (line === '' || line.length > MAX_LENGTH) refuse(option, `${line.length} characters`, `a text of 1 to ${MAX_LENGTH} characters`);
  return line;
};
