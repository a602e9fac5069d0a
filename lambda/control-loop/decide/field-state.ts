import type { FleetMemory, WrittenValue } from '../model/decision';
import { type FieldKind, formatField } from '../model/field';
import { isSameQuantity } from '../model/quantity';

/** What the loop remembers to have written to a field of a unit or pool. */
export const writtenTo = ({ written }: FleetMemory, kind: FieldKind, name: string): WrittenValue | undefined =>
  written[formatField({ kind, name })];

/**
 * Whether another writer changed a field: what is there is neither what the loop wrote last nor what it then replaced.
 * What was replaced and is still there is an unfinished write; a field never written is adopted as it is found.
 */
export const isContested = (written: WrittenValue | undefined, live: number | undefined): boolean =>
  written !== undefined && !isSame(written.value, live) && !isSame(written.previous, live);

// Targets are remembered in thousandths, whatever a person wrote; all other fields are whole numbers.
const isSame = (a: number | undefined, b: number | undefined): boolean =>
  a === b || (a !== undefined && b !== undefined && isSameQuantity(a, b));

export const contestedMessage = (written: WrittenValue | undefined, live: number | undefined): string =>
  `another writer set it to ${live ?? 'nothing'} after the loop wrote ${written?.value}; it is left alone`;
