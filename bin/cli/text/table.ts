import { stripVTControlCharacters } from 'node:util';

/** Aligned columns: the first to the left, the others to the right; no blanks at the end of a line. */
export const table = (rows: readonly (readonly string[])[], indent = ''): string => aligned(rows, indent, (column) => column === 0);

/** Aligned columns, all to the left. */
export const leftTable = (rows: readonly (readonly string[])[], indent = ''): string => aligned(rows, indent, () => true);

const aligned = (rows: readonly (readonly string[])[], indent: string, isLeft: (column: number) => boolean): string => {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, widthOf(cell));
  }
  return rows
    .map((row) => {
      const cells = row.map((cell, column) => {
        const blanks = ' '.repeat(widths[column]! - widthOf(cell));
        return isLeft(column) ? `${cell}${blanks}` : `${blanks}${cell}`;
      });
      return `${indent}${cells.join('  ')}`.trimEnd();
    })
    .join('\n');
};

/** A text in lines of at most so many columns, broken between words. */
export const wrapped = (text: string, columns: number): readonly string[] => {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line === undefined || widthOf(line) + 1 + widthOf(word) > columns) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines;
};

/** Colours take no room. */
const widthOf = (cell: string): number => stripVTControlCharacters(cell).length;
