import { mapLimit, messageOf } from '../concurrency';
import { FIELD_MANAGER, resources } from '../contract/names';
import { KubernetesError } from '../errors';
import type { Field } from '../model/field';
import type { WriteOutcome, WriteRecord } from '../model/write-record';
import type { KubernetesObject, Ports } from '../ports';
import { outcomeOf } from './outcome';
import { objectOf, type PodWrite, type PoolWrite, phases, poolManifest, type RouterWrite, type Write } from './writes';

interface Result {
  readonly outcome: WriteOutcome;
  readonly message?: string;
}

const CALLS_AT_ONCE = 8;

/**
 * Makes the writes in their order: rescues of traffic first, then those of NodePools, phase by phase; then each fleet's own in sequence,
 * fleets side by side.
 *
 * A write that does not succeed costs what it was to set, and no more. Only floors wait: none is lowered while the traffic of the fleet
 * could not be moved as decided, and none of a scaler whose earlier write did not succeed.
 *
 * @param isLate whether the time of the tick is over: no write is begun after that, the next tick finishes
 */
export const execute = async (ports: Ports, writes: readonly Write[], isLate: () => boolean): Promise<readonly WriteRecord[]> => {
  const records = new Map<Write, readonly WriteRecord[]>();
  /** Objects of writes that did not succeed, by fleet. */
  const unwritten = new Map<string, Set<string>>();

  const run = async (write: Write): Promise<void> => {
    const made = isLate()
      ? [record(write, { outcome: 'Skipped', message: 'the time of the tick was over' })]
      : write.kind === 'pool'
        ? await writePool(ports, write)
        : [record(write, await writeOne(ports, write, unwritten))];
    records.set(write, made);
    if (write.kind === 'pool' || write.kind === 'pod' || !made.some(({ outcome }) => outcome === 'Conflict' || outcome === 'Failed'))
      return;
    const [fleet] = write.fleets;
    unwritten.set(fleet, (unwritten.get(fleet) ?? new Set()).add(write.kind === 'router' ? ROUTER : objectOf(write)));
  };

  for (const phase of [phases.rescue, phases.raiseLimits, phases.pools]) {
    await mapLimit(
      writes.filter((write) => write.phase === phase),
      CALLS_AT_ONCE,
      run,
    );
  }
  const byFleet = new Map<string, Write[]>();
  for (const write of writes) {
    if (write.kind === 'pool' || write.phase === phases.rescue) continue;
    const own = byFleet.get(write.fleets[0]);
    if (own === undefined) byFleet.set(write.fleets[0], [write]);
    else own.push(write);
  }
  await mapLimit([...byFleet.values()], CALLS_AT_ONCE, async (own) => {
    for (const write of own) await run(write);
  });
  return writes.flatMap((write) => records.get(write) ?? []);
};

/** Fields of a fleet whose write did not succeed. */
export const unwrittenFields = (writes: readonly Write[], records: readonly WriteRecord[], fleet: string): readonly Field[] => {
  const failed = records.filter(({ fleets, outcome }) => outcome !== 'Done' && fleets.includes(fleet));
  return writes
    .filter(({ fleets }) => fleets.includes(fleet))
    .flatMap((write) =>
      write.changes
        .map(({ field }) => field)
        .filter((field) => failed.some(({ object, fields }) => object === objectOf(write) && nameIn(write, field) in fields)),
    );
};

/** In place of the name of a fleet's router, of which it has one. */
const ROUTER = 'router';

/** A field as the record of its object names it: by its kind, that of a router by its unit. */
const nameIn = (write: Write, { kind, name }: Field): string => (write.kind === 'router' ? name : kind);

const writeOne = async (
  ports: Ports,
  write: Exclude<Write, PoolWrite>,
  unwritten: ReadonlyMap<string, ReadonlySet<string>>,
): Promise<Result> => {
  if (write.kind === 'pod') return writePod(ports, write);
  return write.kind === 'scaler' ? writeScaler(ports, write, unwritten) : writeRouter(ports, write);
};

const record = (write: Write, result: Result): WriteRecord =>
  write.kind === 'pod' ? podRecord(write, result) : fieldsRecord(write, result);

const podRecord = (write: PodWrite, { outcome, message }: Result): WriteRecord => ({
  fleets: write.fleets,
  object: objectOf(write),
  fields: { deletionCost: write.deletionCost },
  previous: write.previous === undefined ? {} : { deletionCost: write.previous },
  outcome,
  ...(message === undefined ? {} : { message }),
});

const fieldsRecord = (write: Exclude<Write, PodWrite>, { outcome, message }: Result): WriteRecord => ({
  fleets: write.fleets,
  object: objectOf(write),
  fields: Object.fromEntries(write.changes.map(({ field, value }) => [nameIn(write, field), String(value)])),
  previous: Object.fromEntries(
    write.changes.flatMap(({ field, previous }) => (previous === undefined ? [] : [[nameIn(write, field), String(previous)]])),
  ),
  outcome,
  ...(message === undefined ? {} : { message }),
});

/** Another writer of one field does not keep the loop from the other: on a conflict each field is tried by itself. */
const writePool = async (ports: Ports, write: PoolWrite): Promise<readonly WriteRecord[]> => {
  const both = await applyPool(ports, write);
  if (both.outcome !== 'Contested' || write.changes.length < 2) return [record(write, both)];
  const [weight, limit] = write.changes;
  const limitAlone: PoolWrite = { ...write, weight: write.liveWeight, changes: [limit!] };
  const weightAlone: PoolWrite = { ...write, limitDevices: write.liveLimitDevices, changes: [weight!] };
  const limitResult = await applyPool(ports, limitAlone);
  const applied = limitResult.outcome === 'Done' ? write.limitDevices : write.liveLimitDevices;
  const weightResult = await applyPool(ports, { ...weightAlone, limitDevices: applied });
  return [record(limitAlone, limitResult), record(weightAlone, weightResult)];
};

const applyPool = async (ports: Ports, write: PoolWrite): Promise<Result> => {
  try {
    await ports.kubernetes.apply(resources.nodePools, poolManifest(write), FIELD_MANAGER);
    return { outcome: 'Done' };
  } catch (error) {
    const message = messageOf(error);
    if (isOfAnother(error, message) && write.changes.every(({ isTaken }) => isTaken)) return takePool(ports, write);
    // A NodePool that was deleted or created again since it was observed answers 409 too, naming the uid: that is not another writer.
    return { outcome: isOfAnother(error, message) ? 'Contested' : outcomeOf(error, false), message };
  }
};

const isOfAnother = (error: unknown, message: string): boolean =>
  error instanceof KubernetesError && error.status === 409 && !/\buid\b/i.test(message);

/** Takes fields that were given back to the loop from the manager that has them: of the NodePool as it was decided on, or not at all. */
const takePool = async ({ kubernetes }: Ports, write: PoolWrite): Promise<Result> => {
  try {
    const { items } = await kubernetes.list(resources.nodePools, { fieldSelector: `metadata.name=${write.pool}` });
    const now = items.find(({ metadata }) => metadata.name === write.pool);
    if (now === undefined || !isAsDecidedOn(now, write)) {
      return { outcome: 'Conflict', message: 'the NodePool is not as it was observed' };
    }
    const manifest = poolManifest(write);
    const { resourceVersion } = now.metadata;
    const pinned = { ...manifest, metadata: { ...manifest.metadata, ...(resourceVersion !== undefined && { resourceVersion }) } };
    await kubernetes.apply(resources.nodePools, pinned, FIELD_MANAGER, { force: true });
    return { outcome: 'Done' };
  } catch (error) {
    return { outcome: outcomeOf(error, false), message: messageOf(error) };
  }
};

const isAsDecidedOn = (
  { metadata, spec }: KubernetesObject,
  { uid, changes, weight, limitDevices, deviceResource }: PoolWrite,
): boolean => {
  const before = (kind: 'weight' | 'limit', stated: number | undefined): number | undefined => {
    const change = changes.find(({ field }) => field.kind === kind);
    return change === undefined ? stated : change.previous;
  };
  const limit = spec?.limits?.[deviceResource];
  return (
    metadata.uid === uid &&
    spec?.weight === before('weight', weight) &&
    (limit === undefined ? undefined : Number(limit)) === before('limit', limitDevices)
  );
};

const writeScaler = async (
  ports: Ports,
  write: Extract<Write, { kind: 'scaler' }>,
  unwritten: ReadonlyMap<string, ReadonlySet<string>>,
): Promise<Result> => {
  const failed = unwritten.get(write.fleets[0]);
  if (failed?.has(objectOf(write))) return { outcome: 'Skipped', message: 'an earlier write of the scaler did not succeed' };
  if (write.phase === phases.lowerFloors && failed?.has(ROUTER)) {
    return { outcome: 'Skipped', message: 'the traffic could not be moved, so that the floor is kept' };
  }
  try {
    await ports.kubernetes.jsonPatch(write.resource, write.name, write.namespace, write.operations);
    return { outcome: 'Done' };
  } catch (error) {
    return { outcome: outcomeOf(error, true), message: messageOf(error) };
  }
};

/** A pod that is gone or changed has cost nothing: the next tick sees what there is. */
const writePod = async ({ kubernetes }: Ports, { name, namespace, operations }: PodWrite): Promise<Result> => {
  try {
    await kubernetes.jsonPatch(resources.pods, name, namespace, operations);
    return { outcome: 'Done' };
  } catch (error) {
    const outcome = outcomeOf(error, true);
    return outcome === 'Failed' ? { outcome, message: messageOf(error) } : { outcome: 'Done' };
  }
};

const writeRouter = async (ports: Ports, { routing, weights, observed }: RouterWrite): Promise<Result> => {
  try {
    await ports.routers[routing.router.kind].splitter.writeWeights(routing, weights, observed);
    return { outcome: 'Done' };
  } catch (error) {
    return { outcome: outcomeOf(error, true), message: messageOf(error) };
  }
};
