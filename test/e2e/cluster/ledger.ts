import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KubernetesObject } from '../../../lambda/control-loop/ports';
import type { Api } from './api';
import { cacheFolder, keyOf, progress } from './cache';
import { givenKubeconfig } from './given';
import type { Kubectl } from './kubectl';

/** What tests made in a cluster that is not their own. */
export interface Ledger {
  /** The same kubectl, of which is remembered what it creates. */
  readonly kubectl: Kubectl;
  /** The same client, of which is remembered what it creates. */
  api(api: Api): Api;
  /** Removes everything, the youngest first, and waits until it is gone. Throws with what stays. */
  remove(): Promise<void>;
}

/** Nodes are drained and their instances ended in this time. */
export const REMOVE_SECONDS = 1200;

/** Where is written what is there to be removed, an object a line, so that it is known after the process; kubectl reads it as it is. */
export const journalFile = (): string => join(cacheFolder(), `given-cluster-${keyOf([givenKubeconfig() ?? ''])}.json`);

type Remember = (object: KubernetesObject) => void;

export const createLedger = (bare: Kubectl): Ledger => {
  const made = new Map<string, KubernetesObject>();
  const remember: Remember = (object) => {
    made.set(nameOf(object), bareObject(object));
    mkdirSync(cacheFolder(), { recursive: true });
    appendFileSync(journalFile(), `${JSON.stringify(bareObject(object))}\n`, { mode: 0o600 });
  };
  return {
    kubectl: rememberingKubectl(bare, remember),
    api: (api) => ({
      ...api,
      create: async (resource, object) => {
        const created = await api.create(resource, object);
        const { group, version, kind } = resource;
        remember({ ...created, apiVersion: [group, version].filter(Boolean).join('/'), kind });
        return created;
      },
    }),
    remove: async () => {
      await remove(bare, [...made.values()].reverse());
      made.clear();
    },
  };
};

const rememberingKubectl = (bare: Kubectl, remember: Remember): Kubectl => {
  const attempt: Kubectl['attempt'] = async (args, input) => {
    if (!/^(create|apply)$/.test(args[0] ?? '') || typeof input !== 'object' || args.some((one) => one.startsWith('--dry-run'))) {
      return bare.attempt(args, input);
    }
    let all = { code: 0, stdout: '', stderr: '' };
    // One by one, for of several objects some may be made and others not; none that was there before may be removed.
    for (const object of [input].flat() as KubernetesObject[]) {
      const { code, stdout, stderr } = await bare.attempt(args, object);
      if (/ created$/m.test(stdout)) remember(object);
      all = { code: all.code || code, stdout: all.stdout + stdout, stderr: all.stderr + stderr };
    }
    return all;
  };
  const run = async (args: readonly string[], input?: unknown): Promise<string> => {
    const { code, stdout, stderr } = await attempt(args, input);
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')} ended with code ${code}: ${stderr.trim()}`);
    return stdout;
  };
  return Object.assign(run, { attempt, path: bare.path });
};

const nameOf = ({ apiVersion, kind, metadata }: KubernetesObject): string =>
  [apiVersion, kind, metadata.namespace, metadata.name].filter(Boolean).join(' ');

/** What it takes to find an object again. */
const bareObject = ({ apiVersion, kind, metadata: { name, namespace } }: KubernetesObject): KubernetesObject => ({
  apiVersion: apiVersion ?? '',
  kind: kind ?? '',
  metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
});

/** The journal then holds what stays. */
const remove = async (kubectl: Kubectl, objects: readonly KubernetesObject[]): Promise<void> => {
  if (objects.length === 0) return;
  progress(`removing ${objects.length} objects from the given cluster`);
  const { code, stderr } = await kubectl.attempt(
    ['delete', '--ignore-not-found', '--wait', `--timeout=${REMOVE_SECONDS}s`, '--filename', '-'],
    objects,
  );
  const left: KubernetesObject[] = [];
  for (const object of code === 0 ? [] : objects) {
    const found = await kubectl.attempt(['get', '--ignore-not-found', '--output=name', '--filename', '-'], object);
    // Of a kind that is gone there are no objects left.
    if (found.stdout.trim() !== '' || (found.code !== 0 && !/no matches for kind/.test(found.stderr))) left.push(object);
  }
  if (left.length === 0) {
    rmSync(journalFile(), { force: true });
    return;
  }
  writeFileSync(
    journalFile(),
    left
      .map((object) => `${JSON.stringify(object)}\n`)
      .reverse()
      .join(''),
    { mode: 0o600 },
  );
  throw new Error(`what the tests made could not all be removed from the given cluster: ${left.map(nameOf).join('; ')} (${stderr.trim()})`);
};
