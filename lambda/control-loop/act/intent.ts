import type { DecidedFleet } from '../model/decided-fleet';
import type { FleetMemory, WrittenValue } from '../model/decision';
import { type Field, formatField } from '../model/field';
import type { Fleet } from '../model/fleet';
import { known, type Signal } from '../model/observation';
import { toThreeDecimals } from '../model/quantity';
import { objectsOf } from '../model/remade';
import { backendId } from '../model/router';
import { type FoundValue, rememberFound, rememberWrite, stillTaking, withoutCount } from '../model/written';
import type { Write } from './writes';

/**
 * The memory of a fleet with the writes it is about to make. It is kept before the first of them is made, so that the next
 * tick can tell its own unfinished write (the field still has the previous value) from another writer.
 *
 * @param writes those of the fleet
 */
export const withIntent = ({ fleet, decided, pools, seen }: DecidedFleet, writes: readonly Write[]): FleetMemory => {
  const before = decided.memory.written;
  const { nowSeconds, routerWeights: router } = seen;
  const found = (value: number | undefined): FoundValue => ({ value, nowSeconds, retryAfterSeconds: fleet.contestedRetryAfterSeconds });
  const written: Record<string, WrittenValue> = {};
  const lives = new Map<string, number | undefined>();
  const keep = (one: Field, wanted: number | undefined, live: Signal<number | undefined> | undefined): void => {
    const field = formatField(one);
    const value = live?.known && live.value !== undefined ? toThreeDecimals(live.value) : undefined;
    lives.set(field, value);
    const entry = live?.known ? rememberFound(before[field], found(value), wanted !== undefined) : before[field];
    if (entry !== undefined) written[field] = entry;
  };
  for (const { name } of fleet.units) {
    const own = decided.units[name];
    const observed = seen.units[name];
    keep({ kind: 'floor', name }, own?.floor.value, observed?.floor);
    keep({ kind: 'target', name }, own?.targetThroughputPerMinute.value, observed?.targetThroughputPerMinute);
    keep({ kind: 'share', name }, own?.share.value, router.known ? known(router.value[name], router.atSeconds) : undefined);
  }
  for (const { name } of fleet.pools) {
    keep({ kind: 'weight', name }, pools[name]?.weight.value, seen.pools[name]?.weight);
    keep({ kind: 'limit', name }, pools[name]?.limitDevices.value, seen.pools[name]?.limitDevices);
  }
  const units = new Set(fleet.units.map(({ name }) => name));
  for (const write of writes) {
    for (const { field, value, previous } of write.changes) {
      if (field.kind === 'share' && !units.has(field.name)) continue;
      const live = previous === undefined ? undefined : toThreeDecimals(previous);
      written[formatField(field)] = rememberWrite(before[formatField(field)], found(live), value, live);
    }
  }
  const taken = writes.flatMap(({ changes }) => changes.flatMap(({ field, isTaken }) => (isTaken ? [formatField(field)] : [])));
  const taking = stillTaking(decided.memory, taken, (field) => lives.get(field));
  const objects = { ...decided.memory.objects, ...objectsOf(fleet, seen) };
  const { taking: _, ...memory } = decided.memory;
  return {
    ...memory,
    written,
    ...(taking.length > 0 && { taking }),
    objects,
    backends: backendsOf(fleet, decided.memory.backends ?? [], router),
  };
};

/**
 * The memory after the writes were tried: one that did not succeed was put back by nobody.
 *
 * @param before what was remembered when the tick began
 * @param unwritten the fields whose write did not succeed
 */
export const withOutcomes = (memory: FleetMemory, before: FleetMemory['written'], unwritten: readonly Field[]): FleetMemory => {
  const corrected = unwritten.flatMap((one) => {
    const field = formatField(one);
    const entry = memory.written[field];
    return entry === undefined ? [] : [[field, withoutCount(entry, before[field])] as const];
  });
  return { ...memory, written: { ...memory.written, ...Object.fromEntries(corrected) } };
};

/** What the fleet has, and what it had as far as its router still has it. */
const backendsOf = ({ units }: Fleet, before: readonly string[], router: Signal<Readonly<Record<string, number>>>): readonly string[] => {
  const own = units.flatMap(({ backend }) => (backend === undefined ? [] : [backendId(backend)]));
  const kept = before.filter((backend) => !router.known || router.value[backend] !== undefined);
  return [...new Set([...own, ...kept])].sort();
};
