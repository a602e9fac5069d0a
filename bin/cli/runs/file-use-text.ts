import type { FileUse } from '../../../sim/inputs/loaded-scenario';
import { count } from '../text/numbers';

/** For example `load.csv: 60 of 1,440 rows used; 1,380 after the end of the scenario`. */
export const fileUseText = ({ name, used, found, entries, leftOut, notes }: FileUse): string => {
  const shown = name === '-' ? 'standard input' : name;
  const left = leftOut.map((part) => `${count(part.count)} ${part.why}`);
  return `${[`${shown}: ${count(used)} of ${count(found)} ${entries} used`, ...left, ...notes].join('; ')}\n`;
};
