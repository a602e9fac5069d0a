import { parseRfc3339 } from '../../../lambda/control-loop/model/times';
import type { Io } from '../io';
import { duration } from '../text/numbers';
import { type PrintOptions, print } from '../text/print';
import { refuse } from '../text/problems';
import type { LiveCluster } from './connect';
import type { FleetView, PauseView } from './fleet-view';

/** What a person asks of the loop: pause and overrides. */

/** For example `down until 2026-03-01T14:00:00Z (2 h left), ada: night shift`. */
export const pauseText = ({ up, down, until, reason }: PauseView, nowSeconds: number): string => {
  const direction = up && down ? 'up and down' : up ? 'up' : 'down';
  const end = until === null ? 'until someone resumes it' : untilText(until, nowSeconds);
  return `${direction} ${end}${reason === null ? '' : `, ${reason}`}`;
};

export const untilText = (until: string, nowSeconds: number): string => {
  const seconds = parseRfc3339(until);
  return seconds === undefined ? `until ${until}` : `until ${until} (${duration(Math.max(0, seconds - nowSeconds))} left)`;
};

/** The result of a change: what holds of the fleet now, and notes on what stands in its way. */
export const printSteering = (view: FleetView, options: PrintOptions, io: Io, text: string): void => {
  const { fleet, pause, overrides } = view;
  print(io, options, { fleet, pause, overrides }, () => text);
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
