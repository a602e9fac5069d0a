import { readdir, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { SOLVER_FILE } from '../../sim/bounds/highs';
import { reportAssetFiles } from '../../sim/report/assets';
import { sameSet, say } from './checks';

/** Most bytes of the packed tarball, of which the solver has more than half; a Python wheel carries it whole. */
const MAX_BYTES = 2_500_000;

export interface Tarball {
  readonly path: string;
  readonly bytes: number;
  readonly files: readonly string[];
}

const filesUnder = async (folder: string): Promise<string[]> =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));

/** Builds and packs the checkout as a publication would. */
export const pack = async (root: string, into: string): Promise<Tarball> => {
  const { stdout } = await say('npm', ['pack', '--json', '--pack-destination', into], { cwd: root });
  // The scripts that npm runs before packing speak first.
  const [packed] = JSON.parse(stdout.slice(stdout.search(/^\[$/m))) as { filename: string; files: { path: string }[] }[];
  if (!packed) throw new Error('npm packed nothing');
  const path = join(into, packed.filename);
  return { path, bytes: (await stat(path)).size, files: packed.files.map((file) => file.path) };
};

/** Holds that the tarball has every compiled construct, the functions, the command line with what it reads, and nothing else. */
export const holdsWhatIsNeeded = async (root: string, { files, bytes }: Tarball): Promise<void> => {
  const constructs = (await filesUnder(join(root, 'lib')))
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => ['js', 'd.ts'].map((ending) => `dist/lib/${file.replace(/ts$/, ending)}`));
  const scenarios = (await filesUnder(join(root, 'sim/scenarios'))).map((file) => `sim/scenarios/${file}`);
  const report = reportAssetFiles().map(({ name }) => `dist/report-assets/${name}`);
  sameSet('the tarball', files, [
    '.jsii',
    'LICENSE',
    'README.md',
    'package.json',
    'dist/bin/adaptive-inference.js',
    // The solver of the bounds, which is loaded when they are asked for.
    `dist/bin/${SOLVER_FILE}`,
    `dist/bin/${SOLVER_FILE}.LICENSE`,
    'dist/lambda/control-loop/index.js',
    'dist/lambda/rule-targets/index.js',
    ...constructs,
    ...scenarios,
    ...report,
  ]);
  if (bytes > MAX_BYTES) throw new Error(`the tarball has ${bytes} bytes, expected at most ${MAX_BYTES}`);
};
