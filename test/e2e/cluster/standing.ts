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
  /** Whether the fleet `chat` is on it, with its loop and traffic. */
  readonly hasFleet: boolean;
}

/** Where it is told; `CDK_ADAPTIVE_INFERENCE_STANDING` says another place, for one more cluster beside the first. */
export const stateFile = (): string => process.env.CDK_ADAPTIVE_INFERENCE_STANDING ?? join(cacheFolder(), 'standing.json');

/** Its progress, and what it ended with. */
export const logFile = (): string => stateFile().replace(/(\.json)?$/, '.log');

/** The cluster that was left running; `undefined` where there is none. */
export const readStanding = (): Standing | undefined => {
  if (!existsSync(stateFile())) return undefined;
  const standing = JSON.parse(readFileSync(stateFile(), 'utf8')) as Standing;
  return isAlive(standing.pid) ? standing : undefined;
};
