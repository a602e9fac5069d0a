import { KubernetesError } from '../../lambda/control-loop/errors';
import type { ApiResource, JsonPatchOperation, KubernetesObject, KubernetesPort } from '../../lambda/control-loop/ports';

type Json = Record<string, unknown>;

interface Stored {
  object: KubernetesObject;
  /** Field manager by JSON Pointer of a leaf of `spec`. */
  readonly managers: Map<string, string>;
}

/** As JSON brings it to a server and back. */
const clone = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Leaves of a tree by JSON Pointer. */
const leaves = (value: unknown, path = ''): [string, unknown][] =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.entries(value).flatMap(([key, child]) => leaves(child, `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`))
    : [[path, value]];

const segments = (path: string): string[] =>
  path
    .split('/')
    .slice(1)
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'));

const parentOf = (root: unknown, path: string): { parent: Json; key: string } => {
  const keys = segments(path);
  const key = keys.pop() ?? '';
  let parent = root as Json;
  for (const step of keys) {
    const child = parent?.[step];
    if (typeof child !== 'object' || child === null) throw new KubernetesError(`the path ${path} does not exist`, 422);
    parent = child as Json;
  }
  return { parent, key };
};

/** The entry of a manager that applied fields of `spec`; none where it owns nothing. */
const managedFields = (managers: ReadonlyMap<string, string>, manager: string): object[] => {
  const spec: Json = {};
  for (const [path, owner] of managers) {
    if (owner !== manager) continue;
    let fields = spec;
    for (const step of segments(path)) {
      fields[`f:${step}`] ??= {};
      fields = fields[`f:${step}`] as Json;
    }
  }
  const isNone = Object.keys(spec).length === 0;
  return isNone ? [] : [{ manager, operation: 'Apply', fieldsType: 'FieldsV1', fieldsV1: { 'f:spec': spec } }];
};

/** The least of an API server: lists, optimistic locking of status, JSON Patch with `test`, server-side apply. */
export class FakeKubernetes implements KubernetesPort {
  readonly #objects = new Map<string, Map<string, Stored>>();
  #version = 0;
  /** Objects a page. */
  pageSize = 500;

  #table({ group, version, plural }: ApiResource): Map<string, Stored> {
    const path = `${group}/${version}/${plural}`;
    let table = this.#objects.get(path);
    if (table === undefined) {
      table = new Map();
      this.#objects.set(path, table);
    }
    return table;
  }

  #find(resource: ApiResource, name: string, namespace?: string): Stored {
    const stored = this.#table(resource).get(`${namespace ?? ''}/${name}`);
    if (stored === undefined) throw new KubernetesError(`${resource.plural} "${name}" not found`, 404);
    return stored;
  }

  #bump(stored: Stored, object: KubernetesObject): KubernetesObject {
    this.#version += 1;
    const { generation = 1 } = stored.object.metadata;
    const changed = !same(stored.object.spec, object.spec);
    stored.object = {
      ...object,
      metadata: { ...object.metadata, resourceVersion: String(this.#version), generation: changed ? generation + 1 : generation },
    };
    return clone(stored.object);
  }

  /** Puts an object there, as another manager would: it owns every field of `spec` that it changes. */
  put(resource: ApiResource, object: KubernetesObject, manager = 'cdk'): void {
    const table = this.#table(resource);
    const key = `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
    const before = table.get(key);
    const known = new Map(leaves(before?.object.spec ?? {}));
    const managers = before?.managers ?? new Map<string, string>();
    for (const [path, value] of leaves(object.spec ?? {})) if (!same(known.get(path), value)) managers.set(path, manager);
    this.#version += 1;
    const metadata = {
      uid: `uid-${this.#version}`,
      generation: 1,
      ...before?.object.metadata,
      ...object.metadata,
      resourceVersion: String(this.#version),
    };
    table.set(key, { object: clone({ ...object, metadata }), managers });
  }

  remove(resource: ApiResource, name: string, namespace?: string): void {
    this.#table(resource).delete(`${namespace ?? ''}/${name}`);
  }

  read(resource: ApiResource, name: string, namespace?: string): KubernetesObject {
    return clone(this.#find(resource, name, namespace).object);
  }

  all(resource: ApiResource): KubernetesObject[] {
    return [...this.#table(resource).values()].map(({ object }) => clone(object));
  }

  async list(resource: ApiResource, options: Parameters<KubernetesPort['list']>[1] = {}) {
    const [field, value] = options.fieldSelector?.split('=') ?? [];
    const matching = [...this.#table(resource).values()]
      .map(({ object }) => object)
      .filter((object) => options.namespace === undefined || (object.metadata.namespace ?? options.namespace) === options.namespace)
      .filter((object) => options.labelSelector === undefined || object.metadata.labels?.[options.labelSelector] !== undefined)
      .filter((object) => field === undefined || (field === 'metadata.name' ? object.metadata.name : object[field]) === value);
    const from = Number(options.continueToken ?? 0);
    const to = from + this.pageSize;
    return to < matching.length ? { items: matching.slice(from, to), continueToken: String(to) } : { items: matching.slice(from) };
  }

  async get(resource: ApiResource, name: string, namespace?: string) {
    return clone(this.#find(resource, name, namespace).object);
  }

  async apply(resource: ApiResource, object: KubernetesObject, fieldManager: string, { force = false }: { readonly force?: boolean } = {}) {
    const { name, namespace, uid, resourceVersion } = object.metadata;
    const stored = this.#table(resource).get(`${namespace ?? ''}/${name}`);
    if (stored === undefined)
      throw new KubernetesError(`uid mismatch: the provided object specified uid ${uid}, and no object was found`, 409);
    if (uid !== undefined && uid !== stored.object.metadata.uid) {
      throw new KubernetesError(`Precondition failed: UID in precondition: ${uid}, UID in object meta: ${stored.object.metadata.uid}`, 409);
    }
    if (resourceVersion !== undefined && resourceVersion !== stored.object.metadata.resourceVersion) {
      throw new KubernetesError('the object has been modified', 409);
    }
    const next = clone(stored.object) as Json & KubernetesObject;
    const live = new Map(leaves(stored.object.spec ?? {}));
    const applied = leaves(object.spec ?? {});
    const conflicts = applied.filter(([path, value]) => {
      const owner = stored.managers.get(path);
      return owner !== undefined && owner !== fieldManager && !same(live.get(path), value);
    });
    if (conflicts.length > 0 && !force) {
      const named = conflicts.map(([path]) => `conflict with "${stored.managers.get(path)}": .spec${path.replaceAll('/', '.')}`);
      throw new KubernetesError(`Apply failed with ${conflicts.length} conflict: ${named.join(', ')}`, 409);
    }
    next.spec ??= {};
    for (const [path, owner] of stored.managers) {
      if (owner === fieldManager && !applied.some(([given]) => given === path)) {
        const { parent, key } = parentOf(next.spec, path);
        delete parent[key];
        stored.managers.delete(path);
      }
    }
    for (const [path, value] of applied) {
      const keys = segments(path);
      let parent = next.spec as Json;
      for (const step of keys.slice(0, -1)) {
        parent[step] ??= {};
        parent = parent[step] as Json;
      }
      parent[keys.at(-1)!] = value;
      if (!stored.managers.has(path) || conflicts.some(([forced]) => forced === path)) stored.managers.set(path, fieldManager);
    }
    return this.#bump(stored, { ...next, metadata: { ...next.metadata, managedFields: managedFields(stored.managers, fieldManager) } });
  }

  async jsonPatch(resource: ApiResource, name: string, namespace: string | undefined, operations: readonly JsonPatchOperation[]) {
    const stored = this.#find(resource, name, namespace);
    const next = clone(stored.object);
    for (const { op, path, value } of operations) {
      const { parent, key } = parentOf(next, path);
      if (op === 'test' && !same(parent[key], value)) throw new KubernetesError(`testing ${path}: ${parent[key]} is not ${value}`, 422);
      if (op === 'replace' && !(key in parent)) throw new KubernetesError(`replace: ${path} does not exist`, 422);
      if (op === 'replace' || op === 'add') parent[key] = value;
      if (op === 'remove') delete parent[key];
    }
    return this.#bump(stored, next);
  }

  async replaceStatus(resource: ApiResource, object: KubernetesObject) {
    const stored = this.#find(resource, object.metadata.name, object.metadata.namespace);
    if (object.metadata.resourceVersion !== stored.object.metadata.resourceVersion) {
      throw new KubernetesError('the object has been modified; please apply your changes to the latest version', 409);
    }
    return this.#bump(stored, { ...stored.object, status: clone(object.status) });
  }

  async create(resource: ApiResource, object: KubernetesObject) {
    const table = this.#table(resource);
    const key = `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
    if (table.has(key)) throw new KubernetesError(`${resource.plural} "${object.metadata.name}" already exists`, 409);
    this.put(resource, object);
    return this.get(resource, object.metadata.name, object.metadata.namespace);
  }
}
