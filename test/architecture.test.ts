import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { circleIn, type Import, importsOf, sourcesIn } from './support/imports';

/** Which top-level folder may import from which others. */
const FOLDERS: Readonly<Record<string, readonly string[]>> = {
  lambda: [],
  lib: [],
  sim: ['lambda'],
  bin: ['lambda', 'lib', 'sim'],
  scripts: ['lambda', 'lib', 'sim'],
  examples: [],
};

/** Which room of a folder may import from which others. A folder with one entry here must have one for each of its rooms. */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  'lib/generated': [],
  'lib/private': ['lib/generated'],
  'lib/accelerator': ['lib/generated', 'lib/private'],
  'lib/cluster/karpenter-policies': [],
  'lib/cluster/kubernetes': ['lib/generated', 'lib/private'],
  'lib/cluster/addons': ['lib/cluster/kubernetes', 'lib/generated', 'lib/private'],
  'lib/cluster': ['lib/cluster/addons', 'lib/cluster/karpenter-policies', 'lib/cluster/kubernetes', 'lib/generated', 'lib/private'],
  'lib/capacity': ['lib/accelerator', 'lib/cluster', 'lib/generated', 'lib/private'],
  'lib/serving': ['lib/accelerator', 'lib/capacity', 'lib/cluster', 'lib/generated', 'lib/private'],
  'lib/control': ['lib/accelerator', 'lib/capacity', 'lib/cluster', 'lib/generated', 'lib/private', 'lib/serving'],
  lib: [
    'lib/accelerator',
    'lib/capacity',
    'lib/cluster',
    'lib/cluster/addons',
    'lib/cluster/kubernetes',
    'lib/control',
    'lib/generated',
    'lib/private',
    'lib/serving',
  ],
};

/** Packages that the constructs may import: their package depends on no others. */
const PACKAGES_OF_LIB = /^(aws-cdk-lib(\/|$)|constructs$|node:)/;

const sources = sourcesIn(Object.keys(FOLDERS));
const imports = sources.flatMap(importsOf);
const internal = imports.filter(({ isPackage }) => !isPackage);
const folderOf = (file: string): string => file.split('/')[0]!;
const shown = ({ from, to }: Import): string => `${from} imports ${to}`;

const arrowsOf = (some: readonly Import[]): Map<string, Set<string>> => {
  const arrows = new Map<string, Set<string>>();
  for (const { from, to } of some) arrows.set(from, (arrows.get(from) ?? new Set()).add(to));
  return arrows;
};

describe('the architecture', () => {
  it('has no circle of modules at run time', () => {
    expect(circleIn(arrowsOf(internal.filter(({ typeOnly }) => !typeOnly)))).toBeUndefined();
  });

  it('lets folders import only from the folders below them', () => {
    const upward = internal.filter(({ from, to }) => {
      const [folder, target] = [folderOf(from), folderOf(to)];
      return target in FOLDERS && target !== folder && !FOLDERS[folder]!.includes(target);
    });
    expect(upward.map(shown)).toEqual([]);
  });

  it('lets rooms import only from the rooms below them, types included', () => {
    const governed = new Set(Object.keys(ROOMS).map(folderOf));
    const upward = internal.filter(({ from, to }) => {
      const [room, target] = [dirname(from), dirname(to)];
      return governed.has(folderOf(from)) && target !== room && !ROOMS[room]?.includes(target);
    });
    expect(upward.map(shown)).toEqual([]);
  });

  it('has no circle in its table of rooms, and no room that does not exist', () => {
    expect(circleIn(new Map(Object.entries(ROOMS).map(([room, below]) => [room, new Set(below)])))).toBeUndefined();
    const existing = new Set(sources.map((file) => dirname(file)));
    expect(Object.keys(ROOMS).filter((room) => !existing.has(room))).toEqual([]);
  });
});

describe('the constructs', () => {
  const own = imports.filter(({ from }) => folderOf(from) === 'lib');

  it('import no package but CDK, constructs and Node.js', () => {
    expect(own.filter(({ isPackage, to }) => isPackage && !PACKAGES_OF_LIB.test(to)).map(shown)).toEqual([]);
  });

  it('reach into another room only for what is public, private to all, or generated', () => {
    const exported = new Set(internal.filter(({ from }) => from === 'lib/index.ts').map(({ to }) => to));
    const roomOf = (file: string): string => file.split('/').slice(0, 2).join('/');
    const reaching = own.filter(
      ({ from, to, isPackage }) =>
        !isPackage &&
        from.split('/').length > 2 &&
        roomOf(from) !== roomOf(to) &&
        !['lib/private', 'lib/generated'].includes(roomOf(to)) &&
        !exported.has(to),
    );
    expect(reaching.map(shown)).toEqual([]);
  });
});
