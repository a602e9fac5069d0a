import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { programFor } from '../../bin/cli/program';
import type { Io } from '../../bin/cli/text/io';

const root = join(__dirname, '../..');
/** What is installed, built or written by a run. */
const SKIPPED = new Set(['node_modules', 'dist', 'coverage', 'cdk.out', '.git', '.cache']);

const filesIn = (folder: string): readonly string[] =>
  readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (SKIPPED.has(entry.name)) return [];
    return entry.isDirectory() ? filesIn(path) : [path];
  });

const files = filesIn('');
const pages = files.filter((file) => file.endsWith('.md'));

const textOf = (page: string): string => readFileSync(join(root, page), 'utf8');
const withoutCodeBlocks = (text: string): string => text.replaceAll(/^```.*?^```$/gms, '');

/** GitHub's anchor of a heading: lower case, punctuation dropped, spaces to hyphens. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(' ', '-');

const anchorsOf = (page: string): readonly string[] =>
  [...withoutCodeBlocks(textOf(page)).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading));

/** Whether a file or folder of the repository has this path, or ends in it: documents shorten paths where their place is clear. */
const isInRepository = (path: string): boolean =>
  path.endsWith('/')
    ? files.some((file) => `/${dirname(file)}/`.includes(`/${path}`))
    : files.some((file) => file === path || file.endsWith(`/${path}`));

describe('the documents', () => {
  it('link to pages, headings and files that exist', () => {
    const broken = pages.flatMap((page) =>
      [...withoutCodeBlocks(textOf(page)).matchAll(/\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)/g)].flatMap(
        ([link, path = '', anchor]) => {
          const target = path === '' ? page : relative(root, resolve(root, dirname(page), path));
          const isThere = existsSync(join(root, target)) && (anchor === undefined || anchorsOf(target).includes(anchor));
          return isThere ? [] : [`${page}: ${link}`];
        },
      ),
    );
    expect(broken).toEqual([]);
  });

  it('name files and folders that exist', () => {
    const missing = pages.flatMap((page) =>
      [...withoutCodeBlocks(textOf(page)).matchAll(/`([\w.-]+(?:\/[\w.-]+)*\.(?:ts|json)|(?:[\w.-]+\/)+)`/g)].flatMap(([, path = '']) =>
        isInRepository(path) ? [] : [`${page}: ${path}`],
      ),
    );
    expect(missing).toEqual([]);
  });
});

describe('the page of the command line', () => {
  const page = textOf('docs/cli.md');
  const { commands } = programFor(
    {} as Io,
    () => Promise.reject(new Error('no engine')),
    () => {},
  );

  it.each(commands.map((command) => [command.name(), command] as const))('has %s with its options', (name, { options }) => {
    expect(page).toMatch(new RegExp(`^### .*\\b${name}\\b`, 'm'));
    const absent = options.filter(({ long }) => !page.includes(`\`${long}`)).map(({ flags }) => flags);
    expect(absent).toEqual([]);
  });

  it('has no option that no command has', () => {
    const known = new Set(['--help', ...commands.flatMap(({ options }) => options.map(({ long }) => long))]);
    const named = [...withoutCodeBlocks(page).matchAll(/`(--[\w-]+)/g)].map(([, option = '']) => option);
    expect(named.filter((option) => !known.has(option))).toEqual([]);
  });
});
