import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder, isAlive } from './cache';

/** What a cluster that was left running tells of itself. */
export interface Standing {
  readonly pid: number;
  readonly kubeconfig: string;
  readonly kubectl: string;
  readonly awsUrl: string;
  readonly awsEnvironment: Readonly<Record<string, string>>;
  readonly logs: string;
}

export const stateFile = (): string => join(cacheFolder(), 'standing.json');

/** The cluster that was left running; `undefined` where there is none. */
export const readStanding = (): Standing | undefined => {
  if (!existsSync(stateFile())) return undefined;
  const standing = JSON.parse(readFileSync(stateFile(), 'utf8')) as Standing;
  return isAlive(standing.pid) ? standing : undefined;
};
