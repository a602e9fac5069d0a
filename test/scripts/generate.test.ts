import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { generatedSources, staleFiles } from '../../scripts/generate';

describe('Generated files', () => {
  const files = generatedSources();

  it.each(files.map(({ path }) => path))('%s is up to date; `npm run generate` writes it', (path) => {
    const { text } = files.find((file) => file.path === path)!;
    expect(readFileSync(join(__dirname, '../..', path), 'utf8')).toBe(text);
  });

  it('are stale when they hold another text, or are not there', () => {
    const [first] = files;
    const changed = { ...first!, text: `${first!.text}\n` };
    const missing = { path: 'lib/generated/missing.ts', text: '' };
    expect(staleFiles([...files, changed, missing])).toEqual([changed, missing]);
  });
});
