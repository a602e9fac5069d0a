import { chmod, copyFile, mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { SOLVER_FILE, solverPath } from '../sim/bounds/highs';
import { reportAssetFiles } from '../sim/report/assets';
import { compileConstructs } from './jsii';
import { lambdaBundle } from './lambda-bundle';

const CLI_SOURCE = 'bin/adaptive-inference.ts';
const CLI_BUNDLE = 'dist/bin/adaptive-inference.js';
/** Where the bundled CLI looks for what its report is made of. */
const REPORT_ASSETS = 'dist/report-assets';
/** The functions of the constructs, by the folder of their code. */
const LAMBDAS = ['control-loop', 'rule-targets'];

/** The CLI with all it needs in one file, as the package has no dependencies. */
const cliBundle: BuildOptions = {
  entryPoints: [CLI_SOURCE],
  outfile: CLI_BUNDLE,
  bundle: true,
  minify: true,
  keepNames: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  mainFields: ['module', 'main'],
  // CommonJS has no import.meta; modules that find files beside themselves by it get the bundle's own place.
  banner: { js: `const bundleUrl = require('node:url').pathToFileURL(__filename).href;` },
  define: { 'import.meta.url': 'bundleUrl' },
  legalComments: 'none',
};

const report = async (path: string): Promise<void> => {
  const { size } = await stat(path);
  console.log(`${path}  ${(size / 1000).toFixed(1)} kB`);
};

/** The functions and the command line: what the tests and `npm start` need. */
const bundles = async (): Promise<void> => {
  for (const name of LAMBDAS) {
    const bundle = `dist/lambda/${name}/index.js`;
    await build({ ...lambdaBundle(bundle, name), logLevel: 'warning' });
    await report(bundle);
  }
  await build({ ...cliBundle, logLevel: 'warning' });
  await chmod(CLI_BUNDLE, 0o755);
  await report(CLI_BUNDLE);
  await copySolver();
  await mkdir(REPORT_ASSETS, { recursive: true });
  for (const { name, path } of reportAssetFiles()) await copyFile(path, join(REPORT_ASSETS, name));
};

/** The solver of the bounds, beside the command line that loads it, with its licence. */
const copySolver = async (): Promise<void> => {
  const solver = join(dirname(CLI_BUNDLE), SOLVER_FILE);
  await copyFile(solverPath(), solver);
  await copyFile(join(dirname(solverPath()), '..', 'LICENSE'), `${solver}.LICENSE`);
  await report(solver);
};

/** `bundles` makes those only; without it the constructs are compiled too, which makes the package whole. */
const main = async (): Promise<void> => {
  await bundles();
  if (process.argv[2] === 'bundles') return;
  await compileConstructs();
  await report('.jsii');
};

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
