import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Commands of a page, and what it says they print; lines that it leaves out are `...`. */
export interface PageStep {
  readonly commands: string;
  /** Left out where the page shows nothing. */
  readonly printed?: string;
}

/** The steps of a page: each block of `sh`, with the block of `text` that follows it next. */
export const stepsOf = (page: string): readonly PageStep[] => {
  const text = readFileSync(join(import.meta.dirname, '../../../docs', page), 'utf8');
  const blocks = [...text.matchAll(/^```(sh|text)\n(.*?)^```$/gms)].map(([, kind, body = '']) => ({ kind, body: body.trimEnd() }));
  return blocks.flatMap(({ kind, body }, index) => {
    const next = blocks[index + 1];
    if (kind !== 'sh') return [];
    return [{ commands: body, ...(next?.kind === 'text' && { printed: next.body }) }];
  });
};

/** What is the same in each run: words, without numbers, times and ids. */
const wordsOf = (line: string): string =>
  line
    .replaceAll(/\bi-[0-9a-f]+/g, '#')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '#')
    .replaceAll(/\b(\d+)\/\1\b/g, 'all')
    .replaceAll(/(?<![\d.])0%/g, 'nothing')
    .replaceAll(/(?<![\w-])\d[\d.,]*/g, '#')
    .replaceAll(/# -> #/g, '#')
    .replaceAll(/(# (s|min|h|d)\b ?)+/g, '# s ')
    .replaceAll(/refused (once|# times)/g, 'refused')
    .replaceAll(/ too slow/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim();

/** Lines of a page that were not printed, numbers aside. */
export const missingLines = (page: string, printed: string): readonly string[] => {
  const lines = new Set(printed.split('\n').map(wordsOf));
  return page.split('\n').filter((line) => !['', '...'].includes(line.trim()) && !lines.has(wordsOf(line)));
};
