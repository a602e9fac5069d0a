import { InvalidInputError } from '../../lambda/control-loop/errors';
import type { ImportOptions } from '../../sim/inputs/exports/format';
import type { FormatName } from '../../sim/inputs/exports/formats';
import { type Imported, importExports } from '../../sim/inputs/exports/import-exports';

/** Imports texts as if they were files named `export`, `export-2` and so on. */
export const importTexts = (texts: string | readonly string[], options: Partial<ImportOptions> = {}, format?: FormatName): Imported => {
  const files = [texts].flat().map((text, index) => ({ name: index === 0 ? 'export' : `export-${index + 1}`, text }));
  return importExports(files, { scale: 1, series: [], ...options }, format);
};

/** 2026-11-01T00:00:00Z, in seconds since the epoch. */
export const NOVEMBER = 1_793_491_200;

/** The sentence that an import of the same is refused with. */
export const refusalOf = (...given: Parameters<typeof importTexts>): string => {
  try {
    importTexts(...given);
  } catch (error) {
    if (error instanceof InvalidInputError) return error.message;
    throw error;
  }
  throw new Error('the import was not refused');
};
