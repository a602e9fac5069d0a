import type { KubernetesObject } from '../../../lambda/control-loop/ports';
import type { Api } from './api';
import { progress } from './cache';
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

const REMOVE_SECONDS = 1200;

export const createLedger = (bare: Kubectl): Ledger => {
  const made = new Map<string, KubernetesObject>();
  const remember = (object: KubernetesObject): void => void made.set(nameOf(object), bareObject(object));
  const attempt: Kubectl['attempt'] = async (args, input) => {
    const result = await bare.attempt(args, input);
    const objects =
      typeof input !== 'object' || args.some((one) => one.startsWith('--dry-run')) ? [] : ([input].flat() as KubernetesObject[]);
    // Of several objects some may have been made, though the command failed.
    for (const object of objects) if (result.stdout.includes(`/${object.metadata.name} created`)) remember(object);
    return result;
  };
  const run = async (args: readonly string[], input?: unknown): Promise<string> => {
    const { code, stdout, stderr } = await attempt(args, input);
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')} ended with code ${code}: ${stderr.trim()}`);
    return stdout;
  };
  return {
    kubectl: Object.assign(run, { attempt, path: bare.path }),
    api: (api) => ({
      ...api,
      create: async (resource, object) => {
        const created = await api.create(resource, object);
        const { group, version, kind } = resource;
        remember({ ...created, apiVersion: [group, version].filter(Boolean).join('/'), kind });
        return created;
      },
    }),
    remove: () => remove(bare, [...made.values()].reverse()),
  };
};

const nameOf = ({ apiVersion, kind, metadata }: KubernetesObject): string =>
  [apiVersion, kind, metadata.namespace, metadata.name].filter(Boolean).join(' ');

/** What it takes to find an object again. */
const bareObject = ({ apiVersion, kind, metadata: { name, namespace } }: KubernetesObject): KubernetesObject => ({
  apiVersion: apiVersion ?? '',
  kind: kind ?? '',
  metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
});

const remove = async (kubectl: Kubectl, objects: readonly KubernetesObject[]): Promise<void> => {
  if (objects.length === 0) return;
  progress(`removing ${objects.length} objects from the given cluster`);
  const { code, stderr } = await kubectl.attempt(
    ['delete', '--ignore-not-found', '--wait', `--timeout=${REMOVE_SECONDS}s`, '--filename', '-'],
    objects,
  );
  if (code === 0) return;
  const left: string[] = [];
  for (const object of objects) {
    const { stdout } = await kubectl.attempt(['get', '--ignore-not-found', '--output=name', '--filename', '-'], object);
    if (stdout.trim() !== '') left.push(nameOf(object));
  }
  throw new Error(`what the tests made could not all be removed from the given cluster: ${left.join('; ') || stderr.trim()}`);
};
