import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive } from './cache';

/** Below the ports that systems give to outgoing connections, so that none of those takes one before its server listens. */
const FIRST = 20_000;
const LAST = 31_999;

const folder = (): string => join(tmpdir(), 'cdk-adaptive-inference-ports');

interface TakenPorts {
  readonly ports: readonly number[];
  /** That they are taken is told by these. */
  readonly files: readonly string[];
  readonly giveBack: () => void;
}

/** Ports that nothing listens on and that no other test bed of this machine has been given, until they are given back. */
export const takePorts = async (count: number): Promise<TakenPorts> => {
  mkdirSync(folder(), { recursive: true });
  const ports: number[] = [];
  let port = FIRST + ((process.pid * 37) % (LAST - FIRST));
  for (let tried = 0; ports.length < count; tried += 1) {
    if (tried > LAST - FIRST) throw new Error(`no ${count} free ports from ${FIRST} to ${LAST}`);
    port = port >= LAST ? FIRST : port + 1;
    if (!reserve(port)) continue;
    if (await isFree(port)) ports.push(port);
    else release(port);
  }
  return { ports, files: ports.map(fileOf), giveBack: () => ports.forEach(release) };
};

const fileOf = (port: number): string => join(folder(), String(port));

const reserve = (port: number): boolean => {
  try {
    const file = openSync(fileOf(port), 'wx');
    writeSync(file, String(process.pid));
    closeSync(file);
    return true;
  } catch {
    if (!isStale(port)) return false;
    release(port);
    return false; // the next round finds it free
  }
};

const isStale = (port: number): boolean => {
  try {
    const owner = readFileSync(fileOf(port), 'utf8');
    return owner !== '' && !isAlive(Number(owner));
  } catch {
    return false;
  }
};

const release = (port: number): void => rmSync(fileOf(port), { force: true });

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
