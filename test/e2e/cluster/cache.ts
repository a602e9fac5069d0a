import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** Where built programs are kept, outside the checkout; `CDK_ADAPTIVE_INFERENCE_CACHE` says otherwise. */
export const cacheFolder = (): string => process.env.CDK_ADAPTIVE_INFERENCE_CACHE ?? join(homedir(), '.cache', 'cdk-adaptive-inference');

/** A line of progress, on stderr so that stdout stays the program's own. */
export const progress = (line: string): void => {
  process.stderr.write(`[e2e] ${line}\n`);
};

/** A short key of all that a cache entry is made from. */
export const keyOf = (parts: readonly string[]): string => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length}\n${part}\n`);
  return hash.digest('hex').slice(0, 16);
};

/**
 * The folder of a cache entry, built when it is not there. It is built beside its place and then renamed, so that an
 * interrupted build leaves nothing half; of two builders one waits for the other.
 */
export const cacheEntry = async (name: string, key: string, build: (folder: string) => Promise<void>): Promise<string> => {
  const place = join(cacheFolder(), `${name}-${key}`);
  if (existsSync(place)) return place;
  mkdirSync(cacheFolder(), { recursive: true });
  const unlock = await lock(`${place}.lock`, name);
  try {
    if (existsSync(place)) return place;
    const building = `${place}.building`;
    rmSync(building, { recursive: true, force: true });
    mkdirSync(building);
    await build(building);
    renameSync(building, place);
    return place;
  } finally {
    unlock();
  }
};

const LOCK_POLL_SECONDS = 0.5;
/** A lock without a readable owner is taken for abandoned after this time, in seconds. */
const OWNERLESS_SECONDS = 10;

const lock = async (folder: string, name: string): Promise<() => void> => {
  for (let told = false; ; ) {
    try {
      mkdirSync(folder);
      writeFileSync(join(folder, 'pid'), String(process.pid));
      return () => rmSync(folder, { recursive: true, force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    if (isAbandoned(folder)) {
      rmSync(folder, { recursive: true, force: true });
      continue;
    }
    if (!told) progress(`${name}: another process builds it, waiting`);
    told = true;
    await delay(LOCK_POLL_SECONDS * 1000);
  }
};

const isAbandoned = (folder: string): boolean => {
  try {
    return !isAlive(Number(readFileSync(join(folder, 'pid'), 'utf8')));
  } catch {
    try {
      return Date.now() - statSync(folder).mtimeMs > OWNERLESS_SECONDS * 1000;
    } catch {
      return false; // gone meanwhile
    }
  }
};

/** Whether a process of this id runs. */
export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};
