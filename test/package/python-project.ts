import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Template } from 'aws-cdk-lib/assertions';
import { maskedTemplate } from '../../lib/assertions';
import { say } from './checks';

/** jsii's generator, run on the package as it is installed in a project. */
export const pacmak = async (project: string, args: readonly string[]): Promise<void> => {
  const installed = join(project, 'node_modules/cdk-adaptive-inference');
  // It packs once more, and what packing runs in the checkout is not in the package.
  await say('npm', ['pkg', 'delete', 'scripts'], { cwd: installed });
  const generator = createRequire(__filename).resolve('jsii-pacmak/bin/jsii-pacmak');
  await say(process.execPath, [generator, '--npmignore=false', ...args], { cwd: installed });
};

/**
 * Builds the Python wheel of the package.
 *
 * Python is given each property of aws-cdk-lib's structs by name, as they are where the wheel is built; an older aws-cdk-lib does not
 * know the newer ones. So it is built in a project with the oldest aws-cdk-lib that the package allows.
 */
export const buildWheel = async (project: string, into: string): Promise<string> => {
  await pacmak(project, ['--target', 'python', '--outdir', into]);
  const wheel = (await readdir(join(into, 'python'))).find((name) => name.endsWith('.whl'));
  if (wheel === undefined) throw new Error('jsii-pacmak built no wheel');
  return join(into, 'python', wheel);
};

/** A virtual environment with packages of PyPI and files. */
export const virtualEnvironment = async (folder: string, packages: readonly string[]): Promise<void> => {
  await say('python3', ['-m', 'venv', folder], { cwd: '.' });
  await say(join(folder, 'bin/pip'), ['install', '--quiet', '--disable-pip-version-check', ...packages], { cwd: '.' });
};

/** The version of a package that a virtual environment has. */
export const installedVersion = async (environment: string, name: string): Promise<string> => {
  const script = `import importlib.metadata; print(importlib.metadata.version("${name}"))`;
  return (await say(join(environment, 'bin/python'), ['-c', script], { cwd: '.' })).stdout.trim();
};

/** Synthesizes a Python app as the CDK command line would, offline and without credentials. */
export const synthesizePython = async (environment: string, app: string, out: string): Promise<string> => {
  await say(join(environment, 'bin/python'), [app], { cwd: '.', environment: { CDK_OUTDIR: out } });
  return out;
};

/** Holds that two templates are the same but for hashes of assets. */
export const sameTemplate = async (one: string, other: string): Promise<void> => {
  const masked = async (path: string) => maskedTemplate(Template.fromJSON(JSON.parse(await readFile(path, 'utf8'))));
  const [a, b] = [await masked(one), await masked(other)];
  const differing = differences(a, b, '');
  if (differing.length > 0) throw new Error(`${differing.length} differences:\n${differing.slice(0, 20).join('\n')}`);
};

const differences = (a: unknown, b: unknown, path: string): string[] => {
  if (Object.is(a, b)) return [];
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null || Array.isArray(a) !== Array.isArray(b)) {
    return [`${path}: ${JSON.stringify(a)?.slice(0, 300)} and ${JSON.stringify(b)?.slice(0, 300)}`];
  }
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  return [...new Set([...Object.keys(left), ...Object.keys(right)])].flatMap((key) => differences(left[key], right[key], `${path}/${key}`));
};
