import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheEntry, keyOf, progress } from './cache';

const REQUIREMENT = 'moto[server]==5.2.5';

/** The Python interpreter of a virtual environment that has moto; installed once, from PyPI. */
export const ensureMoto = async (): Promise<string> => {
  const python = process.env.PYTHON ?? 'python3';
  const run = promisify(execFile);
  const { stdout: version } = await run(python, ['--version']).catch((error: unknown) => {
    throw new Error(`the test bed needs Python 3.10 or later, as ${python} on the PATH or named by PYTHON`, { cause: error });
  });
  const folder = await cacheEntry('moto-5.2.5', keyOf([process.platform, process.arch, version.trim(), REQUIREMENT]), async (building) => {
    progress(`${REQUIREMENT}: installing from PyPI, about 1 min`);
    await run(python, ['-m', 'venv', building]);
    await run(join(building, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', REQUIREMENT], {
      maxBuffer: 64 * 1024 * 1024,
    });
  });
  // Scripts of a virtual environment name the folder they were made in; the interpreter finds its own.
  return join(folder, 'bin', 'python');
};
