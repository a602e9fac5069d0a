import { messageOf } from '../concurrency';
import { nodeLabels, resources } from '../contract/names';
import { shown } from '../model/field-problem';
import type { MalformedObject } from '../model/observation';
import type { ApiResource, KubernetesObject } from '../ports';
import type { Attempt } from './deadline';

/** Sorts out objects that do not have the shape of their kind, so that each costs itself alone. */
export interface Sieve {
  readonly malformed: readonly MalformedObject[];
  /**
   * Those of a list that can be read.
   *
   * @param read reads one object; what it throws is what is wrong with it
   */
  sound(
    resource: ApiResource,
    list: Attempt<readonly KubernetesObject[]>,
    read?: (object: KubernetesObject) => unknown,
  ): Attempt<readonly KubernetesObject[]>;
}

export const createSieve = (): Sieve => {
  const malformed: MalformedObject[] = [];
  const isSound = ({ kind }: ApiResource, object: KubernetesObject, read: (object: KubernetesObject) => unknown): boolean => {
    const reason = shapeProblem(object) ?? readingProblem(object, read);
    if (reason !== undefined) malformed.push({ object: `${kind} ${nameOf(object)}`, reason, ...placeOf(object) });
    return reason === undefined;
  };
  return {
    malformed,
    sound: (resource, list, read = () => undefined) =>
      list.ok ? { ok: true, value: list.value.filter((object) => isSound(resource, object, read)) } : list,
  };
};

const readingProblem = (object: KubernetesObject, read: (object: KubernetesObject) => unknown): string | undefined => {
  try {
    read(object);
    return undefined;
  } catch (error) {
    return `it cannot be read: ${messageOf(error)}`;
  }
};

/** NodeClaims of a pool that cannot be read, with the reason of the first: what runs in it is not known. */
export const malformedClaims = (malformed: readonly MalformedObject[]): ReadonlyMap<string, string> => {
  const pools = new Map<string, string>();
  for (const { object, pool, reason } of malformed) {
    const isClaim = object.startsWith(`${resources.nodeClaims.kind} `);
    if (isClaim && pool !== undefined && !pools.has(pool)) pools.set(pool, `${object}: ${reason}`);
  }
  return pools;
};

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isAbsent = (value: unknown): boolean => value === undefined || value === null;

/** What is wrong with the parts that objects of every kind have; `undefined` where they are sound. */
const shapeProblem = (object: unknown): string | undefined => {
  if (!isRecord(object)) return `given ${shown(object)}, expected an object`;
  const { metadata, spec, status } = object;
  const wrong = (where: string, given: unknown, expected: string) => `${where}: given ${shown(given)}, expected ${expected}`;
  if (!isRecord(metadata)) return wrong('metadata', metadata, 'an object');
  if (typeof metadata.name !== 'string') return wrong('metadata.name', metadata.name, 'text');
  for (const part of ['labels', 'annotations'] as const) {
    const texts = metadata[part];
    if (isAbsent(texts)) continue;
    if (!isRecord(texts) || !Object.values(texts).every((text) => typeof text === 'string')) {
      return wrong(`metadata.${part}`, texts, 'texts by name');
    }
  }
  if (!isAbsent(spec) && !isRecord(spec)) return wrong('spec', spec, 'an object');
  if (!isAbsent(status) && !isRecord(status)) return wrong('status', status, 'an object');
  const conditions = isRecord(status) ? status.conditions : undefined;
  if (isAbsent(conditions) || (Array.isArray(conditions) && conditions.every(isRecord))) return undefined;
  return wrong('status.conditions', conditions, 'a list of conditions');
};

const metadataOf = (object: unknown): Readonly<Record<string, unknown>> =>
  isRecord(object) && isRecord(object.metadata) ? object.metadata : {};

const nameOf = (object: unknown): string => {
  const { name } = metadataOf(object);
  return typeof name === 'string' ? name : 'without a name';
};

const placeOf = (object: unknown): Pick<MalformedObject, 'namespace' | 'pool'> => {
  const { namespace, labels } = metadataOf(object);
  const pool = isRecord(labels) ? labels[nodeLabels.nodePool] : undefined;
  return { ...(typeof namespace === 'string' && { namespace }), ...(typeof pool === 'string' && { pool }) };
};
