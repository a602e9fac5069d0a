import type { Decision, FleetDecision, FleetMemory, WrittenValue } from '../model/decision';
import { type Field, formatField } from '../model/field';
import { type Fleet, fleetKey, unitKey } from '../model/fleet';
import type { Observation, Signal } from '../model/observation';
import { toThreeDecimals } from '../model/quantity';
import { backendId } from '../model/router';
import type { Write } from './writes';

/**
 * The memory of a fleet with the writes it is about to make. It is kept before the first of them is made, so that the next
 * tick can tell its own unfinished write (the field still has the previous value) from another writer.
 */
export const withIntent = (
  fleet: Fleet,
  decided: FleetDecision,
  pools: Decision['pools'],
  observation: Observation,
  writes: readonly Write[],
): FleetMemory => {
  const key = fleetKey(fleet);
  const before = decided.memory.written;
  const written: Record<string, WrittenValue> = {};
  const keep = (one: Field, wanted: number | undefined, live: Signal<number | undefined> | undefined): void => {
    const value = live?.known && live.value !== undefined ? toThreeDecimals(live.value) : undefined;
    const field = formatField(one);
    const entry = before[field];
    // What is as it should be, or as it was written, is settled: from now on any other value in it is another writer's.
    if (value !== undefined && (wanted !== undefined || value === entry?.value)) written[field] = { value };
    else if (entry !== undefined) written[field] = entry;
  };
  const router = observation.routerWeights[key];
  for (const unit of fleet.units) {
    const own = decided.units[unit.name];
    const observed = observation.units[unitKey(fleet, unit.name)];
    keep({ kind: 'floor', name: unit.name }, own?.floor.value, observed?.floor);
    keep({ kind: 'target', name: unit.name }, own?.targetThroughputPerMinute.value, observed?.targetThroughputPerMinute);
    keep(
      { kind: 'share', name: unit.name },
      own?.share.value,
      router?.known ? { known: true, value: router.value[unit.name], atSeconds: router.atSeconds } : undefined,
    );
  }
  for (const { name } of fleet.pools) {
    keep({ kind: 'weight', name: name }, pools[name]?.weight.value, observation.pools[name]?.weight);
    keep({ kind: 'limit', name: name }, pools[name]?.limitDevices.value, observation.pools[name]?.limitDevices);
  }
  const units = new Set(fleet.units.map(({ name }) => name));
  for (const write of writes) {
    if (!write.fleets.includes(key)) continue;
    for (const { field, value, previous } of write.changes) {
      if (field.kind === 'share' && !units.has(field.name)) continue;
      written[formatField(field)] = previous === undefined ? { value } : { value, previous: toThreeDecimals(previous) };
    }
  }
  return { ...decided.memory, written, backends: backendsOf(fleet, decided.memory.backends ?? [], router) };
};

/** What the fleet has, and what it had as far as its router still has it. */
const backendsOf = (
  { units }: Fleet,
  before: readonly string[],
  router: Signal<Readonly<Record<string, number>>> | undefined,
): readonly string[] => {
  const own = units.flatMap(({ backend }) => (backend === undefined ? [] : [backendId(backend)]));
  const kept = before.filter((backend) => !router?.known || router.value[backend] !== undefined);
  return [...new Set([...own, ...kept])].sort();
};
