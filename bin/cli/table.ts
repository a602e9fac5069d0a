/** Columns that line up: the first to the left, the others to the right; no blanks at the end of a line. */
export const table = (rows: readonly (readonly string[])[], indent = ''): string => {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length);
  }
  return rows
    .map((row) => {
      const cells = row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)));
      return `${indent}${cells.join('  ')}`.trimEnd();
    })
    .join('\n');
};
