import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { programFor } from '../../bin/cli/program';
import type { Io } from '../../bin/cli/text/io';
import { formatNames } from '../../sim/inputs/exports/formats';

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

describe('the recipes', () => {
  const page = textOf('CONTRIBUTING.md');
  const recipes = page.slice(page.indexOf('## Recipes'), page.indexOf('## Pull requests')).split(/^### /m).slice(1);

  it('are there for all that is meant to be extended', () => {
    const titles = recipes.map((recipe) => recipe.split('\n')[0]);
    expect(titles).toEqual(['A policy', 'An accelerator', 'A signal', 'A router', 'A twin behaviour', 'An API version']);
  });

  it.each(recipes.map((recipe) => [recipe.split('\n')[0]!, recipe] as const))('name the files of %s by their whole path', (_, recipe) => {
    const named = [...withoutCodeBlocks(recipe).matchAll(/`([\w.<>/-]+(?:\.ts|\/))`/g)].map(([, path = '']) => path);
    expect(named.length).toBeGreaterThan(0);
    // Up to a part that the reader chooses, such as `<name>`.
    const missing = named.filter((path) => !existsSync(join(root, path.replace(/[^/]*<.*$/, ''))));
    expect(missing).toEqual([]);
  });
});

describe('commands that users run with npx', () => {
  const { name, bin } = JSON.parse(textOf('package.json')) as { readonly name: string; readonly bin: Readonly<Record<string, string>> };

  it('name the package, which npx runs because it has one command', () => {
    expect(Object.keys(bin)).toEqual(['adaptive-inference']);
    // The texts of the help, the report and the custom resource are in code.
    const texts = files.filter((file) => /^(README|docs|examples|bin|sim|lambda)\b.*\.(md|ts|py)$/.test(file));
    const commands = programFor(
      {} as Io,
      () => Promise.reject(new Error('no engine')),
      () => {},
    ).commands.map((command) => command.name());
    const calls = new RegExp(`(?:npx )?(?:cdk-)?\\badaptive-inference (?=(?:${commands.join('|')})\\b)`, 'g');
    const wrong = texts.flatMap((file) =>
      [...textOf(file).matchAll(calls)].filter(([call]) => call !== `npx ${name} `).map(([call]) => `${file}: ${call}`),
    );
    expect(wrong).toEqual([]);
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

describe('the page of imports', () => {
  it.each(formatNames)('says how to export and import %s', (name) => {
    const page = textOf('docs/import.md');
    const section = new RegExp(`^\\| \\[\`${name}\`\\]\\(#([\\w-]+)\\)`, 'm').exec(page)?.[1];
    expect(section).toBeDefined();
    const text = page.split(/^## /m).find((part) => anchorOf(part.split('\n')[0]!) === section);
    // The command of the tool, and then that of this project.
    expect(text).toMatch(/```sh\n(?!npx)[\s\S]+\nnpx cdk-adaptive-inference import /);
  });
});
