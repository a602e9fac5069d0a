import type { Unit } from '../../../lambda/control-loop/model/fleet';

/** When an entry of the scenario's reality holds: from `fromSeconds` on, before `toSeconds`. */
export interface Window {
  readonly fromSeconds: number;
  readonly toSeconds?: number | undefined;
}

export const holdsAt = ({ fromSeconds, toSeconds }: Window, timeSeconds: number): boolean =>
  timeSeconds >= fromSeconds && (toSeconds === undefined || timeSeconds < toSeconds);

/** Whether an entry holds for the pods of a unit on a pool at a time. */
export const concerns = (
  entry: Window & { readonly unit: string; readonly pool?: string | undefined },
  unit: Unit,
  pool: string,
  timeSeconds: number,
): boolean => entry.unit === unit.name && (entry.pool === undefined || entry.pool === pool) && holdsAt(entry, timeSeconds);

/** Whether a pod belongs to a part of the pods of its unit: the same pods at all times, spread evenly over them. */
export const isInPart = (ordinal: number, part: number): boolean =>
  Math.floor((ordinal + 1) * part + TINY) > Math.floor(ordinal * part + TINY);

/** More than the rounding of a product, less than any part that is stated. */
const TINY = 1e-9;

/** The times at which some of the entries begin or end, ascending, each once. */
export const changesOf = (windows: readonly Window[]): readonly number[] =>
  [...new Set(windows.flatMap(({ fromSeconds, toSeconds }) => (toSeconds === undefined ? [fromSeconds] : [fromSeconds, toSeconds])))].sort(
    (left, right) => left - right,
  );
