import { FIELD_MANAGER, poolAnnotations } from '../contract/names';
import type { OwnedPool } from '../model/owned-pool';
import type { KubernetesObject } from '../ports';

type Fields = Readonly<Record<string, unknown>>;

interface ManagedFields {
  readonly manager?: unknown;
  readonly operation?: unknown;
  readonly fieldsV1?: { readonly 'f:spec'?: { readonly 'f:weight'?: unknown; readonly 'f:limits'?: Fields } };
}

/**
 * NodePools of which the loop owns weight or limits, by what the API server keeps of its applies. Those that are being deleted are left
 * out, and those that admit no fleet: there the loop may write nothing.
 */
export const ownedPools = (nodePools: readonly KubernetesObject[]): readonly OwnedPool[] =>
  nodePools.flatMap(({ metadata, spec }) => {
    const { name, uid, resourceVersion, deletionTimestamp, annotations, managedFields } = metadata;
    if (uid === undefined || resourceVersion === undefined || deletionTimestamp !== undefined) return [];
    if (annotations?.[poolAnnotations.namespaces] === undefined) return [];
    const own = (Array.isArray(managedFields) ? (managedFields as readonly ManagedFields[]) : [])
      .filter(({ manager, operation }) => manager === FIELD_MANAGER && operation === 'Apply')
      .map(({ fieldsV1 }) => fieldsV1?.['f:spec']);
    const fields: Record<string, string> = {};
    const { weight, limits } = (spec ?? {}) as { readonly weight?: unknown; readonly limits?: Fields };
    if (weight !== undefined && own.some((one) => one?.['f:weight'] !== undefined)) fields.weight = String(weight);
    for (const [resource, limit] of Object.entries(limits ?? {})) {
      if (own.some((one) => one?.['f:limits']?.[`f:${resource}`] !== undefined)) fields[resource] = String(limit);
    }
    return Object.keys(fields).length === 0 ? [] : [{ name, uid, resourceVersion, fields }];
  });

/** Names of the pools that fleets name, whatever else is wrong with them; `undefined` where one does not say so that it can be read. */
export const namedPools = (fleets: readonly KubernetesObject[]): ReadonlySet<string> | undefined => {
  const names = new Set<string>();
  for (const { spec } of fleets) {
    const pools: unknown = (spec as { readonly pools?: unknown } | undefined)?.pools;
    if (!Array.isArray(pools)) return undefined;
    for (const pool of pools as readonly unknown[]) {
      const name = typeof pool === 'object' && pool !== null ? (pool as { readonly name?: unknown }).name : undefined;
      if (typeof name !== 'string') return undefined;
      names.add(name);
    }
  }
  return names;
};
