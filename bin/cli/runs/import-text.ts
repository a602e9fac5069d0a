import type { Imported } from '../../../sim/inputs/exports/import-exports';
import { iso } from '../../../sim/inputs/exports/times';
import { amount, count, duration } from '../text/numbers';

/** What an import used and left out, for standard error. */
export const importText = (imported: Imported, file = 'FILE'): string => {
  const { source, used, found, entries, leftOut, notes, rows, load, startEpochSeconds, durationSeconds, kind } = imported;
  const size = [`${count(rows.length)} ${rows.length === 1 ? 'row' : 'rows'}`];
  if (load !== undefined) size.push(`${count(load.requests)} requests, at most ${amount(load.highestPerMinute)} a minute`);
  const singular = entries.replace(/s$/, '');
  const lines = [
    `${source}: ${count(used)} of ${count(found)} ${entries} used`,
    ...leftOut.map((left) => `left out: ${count(left.count)} ${left.count === 1 ? singular : entries} ${left.why}`),
    ...notes,
    `second 0 is ${iso(startEpochSeconds)}; ${[...(durationSeconds > 0 ? [duration(durationSeconds)] : []), ...size].join(', ')}`,
    `for simulate and compare: ${optionOf[kind]} ${file}`,
  ];
  return `${lines.join('\n')}\n`;
};

const optionOf: Readonly<Record<Imported['kind'], string>> = {
  load: '--arrivals',
  availability: '--availability',
  prices: '--spot-prices',
};

/** The same and the rows, as one object. */
export const importJson = ({ text: _, leftOut, startEpochSeconds, ...imported }: Imported): object => ({
  ...imported,
  leftOut,
  startTime: iso(startEpochSeconds),
});
