import type { FleetMemory } from './decision';
import { formatField } from './field';
import type { Fleet } from './fleet';
import type { FleetObservation } from './observation';
import { fresh } from './signals';

const poolEntry = (name: string): string => `pool/${name}`;
const scalerEntry = (name: string): string => `scaler/${name}`;

const uidOfPool = (name: string, { pools, nowSeconds }: FleetObservation): string | undefined => fresh(pools[name]?.uid, nowSeconds);
const uidOfScaler = (unit: string, { units, nowSeconds }: FleetObservation): string | undefined =>
  fresh(units[unit]?.scaler, nowSeconds)?.uid;

/** `metadata.uid` of the objects that carry the fields of a fleet, as far as they are known: by `pool/<name>` and `scaler/<unit>`. */
export const objectsOf = (fleet: Fleet, seen: FleetObservation): Readonly<Record<string, string>> => {
  const objects: Record<string, string> = {};
  for (const { name } of fleet.pools) {
    const uid = uidOfPool(name, seen);
    if (uid !== undefined) objects[poolEntry(name)] = uid;
  }
  for (const { name } of fleet.units) {
    const uid = uidOfScaler(name, seen);
    if (uid !== undefined) objects[scalerEntry(name)] = uid;
  }
  return objects;
};

/** The memory without what was written to objects that were deleted and created again since: their fields are adopted as they are found. */
export const withoutRemade = (memory: FleetMemory, fleet: Fleet, seen: FleetObservation): FleetMemory => {
  const { objects } = memory;
  if (objects === undefined) return memory;
  const isRemade = (entry: string, now: string | undefined): boolean =>
    now !== undefined && objects[entry] !== undefined && objects[entry] !== now;
  const gone = new Set<string>();
  for (const { name } of fleet.pools) {
    if (isRemade(poolEntry(name), uidOfPool(name, seen)))
      gone.add(formatField({ kind: 'weight', name })).add(formatField({ kind: 'limit', name }));
  }
  for (const { name } of fleet.units) {
    if (isRemade(scalerEntry(name), uidOfScaler(name, seen)))
      gone.add(formatField({ kind: 'floor', name })).add(formatField({ kind: 'target', name }));
  }
  if (gone.size === 0) return memory;
  return { ...memory, written: Object.fromEntries(Object.entries(memory.written).filter(([field]) => !gone.has(field))) };
};
