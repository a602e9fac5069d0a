import { KubernetesError } from '../../../lambda/control-loop/errors';
import type { JsonPatchOperation } from '../../../lambda/control-loop/ports';

/** Plain JSON values, their leaves, JSON Patch (RFC 6902) and the field ownership of server-side apply. */

export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [field: string]: Json;
}

export const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);

/** What would arrive if the value were sent as JSON; written by hand, as it is much of the work of a run. */
export const copyOf = (value: unknown): JsonObject => jsonOf(value) as JsonObject;

const jsonOf = (value: unknown): Json => {
  if (Array.isArray(value)) return value.map(jsonOf);
  if (typeof value === 'object' && value !== null) {
    const copy: JsonObject = {};
    for (const key in value) {
      const field = (value as Record<string, unknown>)[key];
      if (field !== undefined) copy[key] = jsonOf(field);
    }
    return copy;
  }
  if (typeof value === 'number') return Number.isFinite(value) ? value + 0 : null;
  return (value ?? null) as Json;
};

export const areEqual = (left: unknown, right: unknown): boolean => {
  if (left === right) return true;
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((item, index) => areEqual(item, right[index]));
  }
  if (isObject(left) && isObject(right)) {
    const keys = Object.keys(left);
    return keys.length === Object.keys(right).length && keys.every((key) => key in right && areEqual(left[key], right[key]));
  }
  return false;
};

export const freeze = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(freeze);
  }
  return value;
};

const escapeStep = (step: string): string => step.replaceAll('~', '~0').replaceAll('/', '~1');
const stepsOf = (pointer: string): string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));

/** Every leaf as JSON pointer and value. Lists are leaves: the custom resources here declare theirs atomic. */
export const leavesOf = (value: Json, prefix = ''): [string, Json][] =>
  isObject(value) ? Object.keys(value).flatMap((key) => leavesOf(value[key]!, `${prefix}/${escapeStep(key)}`)) : [[prefix, value]];

const valueAt = (root: JsonObject, pointer: string): Json | undefined => {
  let value: Json | undefined = root;
  for (const step of stepsOf(pointer)) {
    if (Array.isArray(value)) {
      value = value[Number(step)];
    } else if (isObject(value)) {
      value = value[step];
    } else {
      return undefined;
    }
  }
  return value;
};

/** Sets a leaf and creates the objects above it. */
const setAt = (root: JsonObject, pointer: string, value: Json): void => {
  const steps = stepsOf(pointer);
  let parent = root;
  for (const step of steps.slice(0, -1)) {
    const child = parent[step];
    if (isObject(child)) {
      parent = child;
    } else {
      const created: JsonObject = {};
      parent[step] = created;
      parent = created;
    }
  }
  parent[steps.at(-1)!] = value;
};

const removeAt = (root: JsonObject, pointer: string): void => {
  const steps = stepsOf(pointer);
  const parent = valueAt(root, `/${steps.slice(0, -1).map(escapeStep).join('/')}`);
  const holder = steps.length === 1 ? root : parent;
  if (isObject(holder)) delete holder[steps.at(-1)!];
};

const unprocessable = (message: string): KubernetesError => new KubernetesError(message, 422);

const applyOperation = (root: JsonObject, operation: JsonPatchOperation): void => {
  const steps = stepsOf(operation.path);
  const last = steps.pop();
  if (last === undefined) throw unprocessable(`jsonpatch ${operation.op}: given path "${operation.path}", expected the path of a field`);
  let parent: Json | undefined = root;
  for (const step of steps) parent = Array.isArray(parent) ? parent[Number(step)] : isObject(parent) ? parent[step] : undefined;
  if (!isObject(parent) && !Array.isArray(parent)) {
    throw unprocessable(`jsonpatch ${operation.op} operation does not apply: doc is missing path: "${operation.path}"`);
  }
  const value = (operation.value === undefined ? null : JSON.parse(JSON.stringify(operation.value))) as Json;
  const current = Array.isArray(parent) ? parent[Number(last)] : parent[last];
  if (operation.op === 'test') {
    if (!areEqual(current ?? null, value)) {
      throw unprocessable(`testing value ${operation.path} failed: expected ${JSON.stringify(value)}, found ${JSON.stringify(current)}`);
    }
    return;
  }
  if (operation.op !== 'add' && current === undefined) {
    throw unprocessable(`jsonpatch ${operation.op} operation does not apply: doc is missing key: ${operation.path}`);
  }
  if (Array.isArray(parent)) {
    const index = last === '-' ? parent.length : Number(last);
    if (!Number.isInteger(index) || index < 0 || index > parent.length) {
      throw unprocessable(`jsonpatch ${operation.op} operation does not apply: invalid index: ${operation.path}`);
    }
    parent.splice(index, operation.op === 'add' ? 0 : 1, ...(operation.op === 'remove' ? [] : [value]));
  } else if (operation.op === 'remove') {
    delete parent[last];
  } else {
    parent[last] = value;
  }
};

/** Applies all operations to a copy, or throws 422 and changes nothing. */
export const jsonPatched = (object: unknown, operations: readonly JsonPatchOperation[]): JsonObject => {
  const patched = copyOf(object);
  for (const operation of operations) applyOperation(patched, operation);
  return patched;
};

/** Fields no manager owns: the identity of the object and what the server itself writes. */
const isManaged = (pointer: string): boolean =>
  !/^\/(apiVersion|kind|status)(\/|$)/.test(pointer) &&
  (!pointer.startsWith('/metadata/') || /^\/metadata\/(labels|annotations|finalizers)(\/|$)/.test(pointer));

/**
 * Who owns which field of one object
 * (https://kubernetes.io/docs/reference/using-api/server-side-apply/).
 */
export class FieldOwners {
  private readonly owners = new Map<string, ReadonlySet<string>>();
  private readonly creator: ReadonlySet<string>;

  constructor(creator: string) {
    this.creator = new Set([creator]);
  }

  of(pointer: string): ReadonlySet<string> {
    return this.owners.get(pointer) ?? this.creator;
  }

  /**
   * What a manager owns of the object, in the form of `metadata.managedFields`: what it applied, as everything else is its creator's.
   */
  managedFields(object: unknown, manager: string): readonly JsonObject[] {
    const owned = leavesOf(object as JsonObject).filter(([pointer]) => isManaged(pointer) && this.of(pointer).has(manager));
    if (owned.length === 0) return [];
    const fieldsV1: JsonObject = {};
    for (const [pointer] of owned) {
      const path = stepsOf(pointer).map((step) => `/${escapeStep(`f:${step}`)}`);
      setAt(fieldsV1, path.join(''), {});
    }
    return [{ manager, operation: 'Apply', fieldsType: 'FieldsV1', fieldsV1 }];
  }

  /**
   * The object after `manager` applied `intent`.
   * A field that another manager owns and that would change is a conflict, 409; with force the other manager loses it. Fields that `manager` applied before and leaves out now
   * are removed, unless somebody else owns them too.
   */
  applied(existing: unknown, intent: JsonObject, manager: string, force = false): JsonObject {
    const result = copyOf(existing);
    const intended = leavesOf(intent).filter(([pointer]) => isManaged(pointer));
    const conflicts = intended.filter(([pointer, value]) => {
      const current = valueAt(result, pointer);
      return current !== undefined && !areEqual(current, value) && [...this.of(pointer)].some((owner) => owner !== manager);
    });
    if (conflicts.length > 0 && !force) {
      const list = conflicts.map(([pointer]) => `"${[...this.of(pointer)].join('", "')}": ${pointer.replaceAll('/', '.')}`).join(', ');
      throw new KubernetesError(
        `Apply failed with ${conflicts.length} conflict${conflicts.length > 1 ? 's' : ''}: conflicts with ${list}`,
        409,
      );
    }
    const named = new Set(intended.map(([pointer]) => pointer));
    for (const [pointer] of leavesOf(result)) {
      const owners = this.of(pointer);
      if (isManaged(pointer) && owners.has(manager) && !named.has(pointer)) {
        const others = new Set([...owners].filter((owner) => owner !== manager));
        if (others.size === 0) {
          removeAt(result, pointer);
          this.owners.delete(pointer);
        } else {
          this.owners.set(pointer, others);
        }
      }
    }
    for (const [pointer, value] of intended) {
      const isNew = valueAt(result, pointer) === undefined;
      const isForced = conflicts.some(([forced]) => forced === pointer);
      this.owners.set(pointer, new Set(isNew || isForced ? [manager] : [...this.of(pointer), manager]));
      setAt(result, pointer, value);
    }
    return result;
  }

  /** An update takes the fields it changes from whoever owned them. */
  updated(before: JsonObject, after: JsonObject, manager: string): void {
    for (const [pointer, value] of leavesOf(after)) {
      if (isManaged(pointer) && !areEqual(valueAt(before, pointer), value)) this.owners.set(pointer, new Set([manager]));
    }
  }
}
