/** When an entry of the scenario's reality holds: from `fromSeconds` on, before `toSeconds`. */
export interface Window {
  readonly fromSeconds: number;
  readonly toSeconds?: number | undefined;
}

export const holdsAt = ({ fromSeconds, toSeconds }: Window, timeSeconds: number): boolean =>
  timeSeconds >= fromSeconds && (toSeconds === undefined || timeSeconds < toSeconds);

/** The times at which some of the entries begin or end, ascending, each once. */
export const changesOf = (windows: readonly Window[]): readonly number[] =>
  [...new Set(windows.flatMap(({ fromSeconds, toSeconds }) => (toSeconds === undefined ? [fromSeconds] : [fromSeconds, toSeconds])))].sort(
    (left, right) => left - right,
  );
