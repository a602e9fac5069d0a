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
   * Those of a list that can be read, each with what was read of it.
   *
   * @param read reads one object; what it throws is what is wrong with it
   */
  read<Reading>(
    resource: ApiResource,
    list: Attempt<readonly KubernetesObject[]>,
    read: (object: KubernetesObject) => Reading,
  ): Attempt<readonly { readonly object: KubernetesObject; readonly reading: Reading }[]>;
}

export const createSieve = (): Sieve => {
  const malformed: MalformedObject[] = [];
  const report = ({ kind }: ApiResource, object: KubernetesObject, reason: string): void => {
    malformed.push({ object: `${kind} ${nameOf(object)}`, reason, ...placeOf(object) });
  };
  return {
    malformed,
    read: (resource, list, read) => {
      if (!list.ok) return list;
      const readings: { object: KubernetesObject; reading: ReturnType<typeof read> }[] = [];
      for (const object of list.value) {
        const problem = shapeProblem(object);
        if (problem !== undefined) {
          report(resource, object, problem);
          continue;
        }
        try {
          readings.push({ object, reading: read(object) });
        } catch (error) {
          report(resource, object, `it cannot be read: ${messageOf(error)}`);
        }
      }
      return { ok: true, value: readings };
    },
  };
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

const areTexts = (value: unknown): boolean =>
  isAbsent(value) || (isRecord(value) && Object.values(value).every((text) => typeof text === 'string'));

/** What is wrong with the parts that objects of every kind have; `undefined` where they are sound. */
const shapeProblem = (object: unknown): string | undefined => {
  if (!isRecord(object)) return `given ${shown(object)}, expected an object`;
  const { metadata, spec, status } = object;
  const wrong = (where: string, given: unknown, expected: string) => `${where}: given ${shown(given)}, expected ${expected}`;
  if (!isRecord(metadata)) return wrong('metadata', metadata, 'an object');
  if (typeof metadata.name !== 'string') return wrong('metadata.name', metadata.name, 'text');
  if (!areTexts(metadata.labels)) return wrong('metadata.labels', metadata.labels, 'texts by name');
  if (!areTexts(metadata.annotations)) return wrong('metadata.annotations', metadata.annotations, 'texts by name');
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
