import { resources } from '../../../lambda/control-loop/contract/names';
import { KubernetesError } from '../../../lambda/control-loop/errors';
import type { Fleet } from '../../../lambda/control-loop/model/fleet';
import type { JsonPatchOperation, KubernetesObject } from '../../../lambda/control-loop/ports';
import type { Reality } from '../../inputs/reality';
import type { Kernel } from '../../kernel/kernel';
import type { ListenerRule } from '../aws/listener-rule';
import type { ApiServer } from '../kubernetes/api-server';
import { holdsAt } from '../reality/windows';
import type { LoopWrite, WriteListener } from './loop-writes';

type Entry = Reality['otherWriters'][number];
type ObjectEntry = Exclude<Entry, { readonly kind: 'ListenerRule' }>;

/** A fleet with its listener rule. */
interface FleetRule {
  readonly fleet: Fleet;
  readonly rule: ListenerRule;
}

interface OtherWritersInput {
  readonly entries: readonly Entry[];
  readonly fleets: readonly FleetRule[];
  readonly kernel: Kernel;
  readonly api: ApiServer;
}

/** Starts the other writers of a scenario, and returns what those of them need to hear that answer the writes of the loop. */
export const startOtherWriters = ({ entries, fleets, kernel, api }: OtherWritersInput): WriteListener => {
  const write = async (entry: Entry): Promise<void> => {
    if (!holdsAt(entry, kernel.now)) return;
    if (entry.kind === 'ListenerRule') await setWeights(entry.weights, weightedFleet(entry.weights, fleets));
    else await setField(entry, fleets[0]!.fleet.namespace, api);
  };
  for (const entry of entries) {
    if (entry.everySeconds !== undefined) kernel.every(entry.everySeconds, entry.fromSeconds, () => write(entry));
    if (entry.atSeconds !== undefined) kernel.at(entry.atSeconds, () => write(entry));
  }
  return {
    after: (loopWrite) => {
      for (const entry of entries) {
        if (entry.secondsAfterWrite !== undefined && concernsWrite(entry, loopWrite, fleets))
          kernel.after(entry.secondsAfterWrite, () => write(entry));
      }
    },
  };
};

const concernsWrite = (entry: Entry, { kind, name }: LoopWrite, fleets: readonly FleetRule[]): boolean => {
  if (entry.kind !== kind) return false;
  return entry.kind === 'ListenerRule' ? weightedFleet(entry.weights, fleets).rule.arn === name : entry.name === name;
};

type Weights = Readonly<Record<string, number>>;

/** The fleet whose units the weights are of. */
const weightedFleet = (weights: Weights, fleets: readonly FleetRule[]): FleetRule =>
  fleets.find(({ fleet }) => fleet.units.some(({ name }) => name in weights)) ?? fleets[0]!;

const setWeights = async (weights: Weights, { fleet, rule }: FleetRule): Promise<void> => {
  if (rule.arn === undefined) return;
  const { members } = rule;
  const byTargetGroup = fleet.units.flatMap(({ name, backend }) =>
    backend?.kind === 'AlbTargetGroup' && members.includes(name) ? [[backend.targetGroupArn, weights[name] ?? 0] as const] : [],
  );
  await rule.modifyRule(rule.arn, Object.fromEntries(byTargetGroup));
};

const setField = async ({ kind, name, field, value, manager }: ObjectEntry, namespace: string, api: ApiServer): Promise<void> => {
  const resource = Object.values(resources).find((candidate) => candidate.kind === kind)!;
  const where = kind === 'NodePool' ? undefined : namespace;
  const object = api.read(resource, name, where);
  if (object === undefined) return;
  const operations = value === null ? operationsWithout(object, field) : operationsTo(object, field, value);
  if (operations.length === 0) return;
  try {
    await api.jsonPatch(resource, name, where, operations, manager);
  } catch (error) {
    // A value that KEDA or the schema refuses stays out, as it would for anybody.
    if (!(error instanceof KubernetesError)) throw error;
  }
};

const keyOf = (step: string): string => step.replaceAll('~1', '/').replaceAll('~0', '~');

/** Takes a field away, where it is there. */
const operationsWithout = (object: KubernetesObject, pointer: string): readonly JsonPatchOperation[] => {
  let at: unknown = object;
  for (const step of pointer.split('/').slice(1)) at = (at as Record<string, unknown> | undefined)?.[keyOf(step)];
  return at === undefined ? [] : [{ op: 'remove', path: pointer }];
};

/** Sets a field, and makes the objects above it that are missing. */
const operationsTo = (object: KubernetesObject, pointer: string, value: string | number): readonly JsonPatchOperation[] => {
  const steps = pointer.split('/').slice(1);
  const operations: JsonPatchOperation[] = [];
  let at: unknown = object;
  steps.forEach((step, index) => {
    const path = `/${steps.slice(0, index + 1).join('/')}`;
    at = (at as Record<string, unknown> | undefined)?.[keyOf(step)];
    if (index === steps.length - 1) operations.push({ op: 'add', path, value });
    else if (at === undefined) operations.push({ op: 'add', path, value: {} });
  });
  return operations;
};
