import type { FleetMemory } from './decision';
import { formatField } from './field';
import type { Fleet } from './fleet';
import type { FleetObservation } from './observation';
import { fresh } from './signals';

/** `metadata.uid` of the objects that carry the fields of a fleet, as far as they are known: by `pool/<name>` and `scaler/<unit>`. */
export const objectsOf = (fleet: Fleet, seen: FleetObservation): Readonly<Record<string, string>> => {
  const entries = [
    ...fleet.pools.map(({ name }) => [`pool/${name}`, fresh(seen.pools[name]?.uid, seen.nowSeconds)] as const),
    ...fleet.units.map(({ name }) => [`scaler/${name}`, fresh(seen.units[name]?.scaler, seen.nowSeconds)?.uid] as const),
  ];
  return Object.fromEntries(entries.flatMap(([key, uid]) => (uid === undefined ? [] : [[key, uid]])));
};

/** The memory without what was written to objects that were deleted and created again since: their fields are adopted as they are found. */
export const withoutRemade = (memory: FleetMemory, fleet: Fleet, seen: FleetObservation): FleetMemory => {
  const now = objectsOf(fleet, seen);
  const isRemade = (key: string): boolean => {
    const before = memory.objects?.[key];
    return before !== undefined && now[key] !== undefined && before !== now[key];
  };
  const gone = new Set([
    ...fleet.pools.flatMap(({ name }) =>
      isRemade(`pool/${name}`) ? [formatField({ kind: 'weight', name }), formatField({ kind: 'limit', name })] : [],
    ),
    ...fleet.units.flatMap(({ name }) =>
      isRemade(`scaler/${name}`) ? [formatField({ kind: 'floor', name }), formatField({ kind: 'target', name })] : [],
    ),
  ]);
  if (gone.size === 0) return memory;
  return { ...memory, written: Object.fromEntries(Object.entries(memory.written).filter(([field]) => !gone.has(field))) };
};
