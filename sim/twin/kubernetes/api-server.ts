import { resources } from '../../../lambda/control-loop/contract/names';
import { KubernetesError } from '../../../lambda/control-loop/errors';
import type { ApiResource, JsonPatchOperation, KubernetesObject, KubernetesPort } from '../../../lambda/control-loop/ports';
import { admissionProblem } from './admission';
import { areEqual, copyOf, FieldOwners, freeze, type JsonObject, jsonPatched } from './managed-fields';
import { rfc3339 } from './names';
import { type Selector, SelectorCache } from './selectors';

/** Nodes are served for tests and people; the loop itself does not read them. */
export const nodeResource: ApiResource = { group: '', version: 'v1', plural: 'nodes', kind: 'Node' };

const SERVED: readonly ApiResource[] = [...Object.values(resources), nodeResource];
const CLUSTER_SCOPED: ReadonlySet<string> = new Set(['nodepools', 'nodeclaims', 'nodes']);
/** The API server forgets events after an hour (kube-apiserver `--event-ttl`, default 1h0m0s). */
const EVENT_TTL_SECONDS = 3600;

interface Entry {
  object: KubernetesObject;
  owners: FieldOwners;
  expiresAtSeconds: number;
}

interface Table {
  readonly resource: ApiResource;
  /** By `namespace/name`, in the order of the last write. */
  readonly entries: Map<string, Entry>;
  /** Keys in the order of lists; sorted again after an object came or went. */
  sorted: string[] | undefined;
}

/** What the server sets at each write, left out of comparisons. */
const withoutVersions = (metadata: KubernetesObject['metadata']): Record<string, unknown> => {
  const {
    resourceVersion: _version,
    generation: _generation,
    ...rest
  } = metadata as KubernetesObject['metadata'] & { generation?: number };
  return rest;
};

/**
 * A Kubernetes API server in memory. Objects are frozen, so that no reader can change them; every change gives a new object
 * with a higher `metadata.resourceVersion`. A write that changes nothing gives none, as in etcd.
 */
export class ApiServer implements KubernetesPort {
  private version = 0;
  private uids = 0;
  private readonly tables = new Map<string, Table>();
  /** By the objects that name them: looked up thousands of times a virtual day. */
  private readonly known = new Map<ApiResource, Table>();
  private readonly selectors = new SelectorCache();

  constructor(
    private readonly nowEpochSeconds: () => number,
    /** Objects in one page of a list; clients request 500. */
    private readonly pageSize = 500,
  ) {
    for (const resource of SERVED) {
      const table: Table = { resource, entries: new Map(), sorted: undefined };
      this.tables.set(`${resource.group}/${resource.version}/${resource.plural}`, table);
      this.known.set(resource, table);
    }
  }

  async list(
    resource: ApiResource,
    options: { namespace?: string; labelSelector?: string; fieldSelector?: string; continueToken?: string } = {},
  ): Promise<{ items: readonly KubernetesObject[]; continueToken?: string }> {
    const table = this.table(resource);
    const tests: Selector[] = [];
    if (options.labelSelector) tests.push(this.selectors.label(options.labelSelector));
    if (options.fieldSelector) tests.push(this.selectors.field(options.fieldSelector, resource));
    const prefix = options.namespace && !CLUSTER_SCOPED.has(resource.plural) ? `${options.namespace}/` : '';
    const items: KubernetesObject[] = [];
    for (const key of this.sortedKeys(table)) {
      if (!key.startsWith(prefix) || (options.continueToken !== undefined && key <= options.continueToken)) continue;
      const { object } = table.entries.get(key)!;
      if (tests.every((test) => test(object))) {
        if (items.length === this.pageSize) {
          const last = items.at(-1)!;
          return { items, continueToken: this.key(resource, last.metadata.name, last.metadata.namespace) };
        }
        items.push(object);
      }
    }
    return { items };
  }

  async get(resource: ApiResource, name: string, namespace?: string): Promise<KubernetesObject> {
    return this.entry(resource, name, namespace).object;
  }

  async create(resource: ApiResource, object: KubernetesObject): Promise<KubernetesObject> {
    const generated = object.metadata.name ?? `${String((object.metadata as { generateName?: string }).generateName)}${this.uids}`;
    const named = { ...object, metadata: { ...object.metadata, name: generated } };
    if (this.find(resource, generated, object.metadata.namespace)) {
      throw new KubernetesError(`${resource.plural} "${generated}" already exists`, 409);
    }
    return this.put(resource, copyOf(named) as unknown as KubernetesObject, 'create');
  }

  async apply(
    resource: ApiResource,
    object: KubernetesObject,
    fieldManager: string,
    { force = false }: { readonly force?: boolean } = {},
  ): Promise<KubernetesObject> {
    const { name, namespace, uid, resourceVersion } = object.metadata;
    const entry = this.find(resource, name, namespace);
    if (!entry) {
      if (uid !== undefined || resourceVersion !== undefined) {
        throw new KubernetesError(`${resource.plural} "${name}": given uid ${uid}, but no such object exists`, 409);
      }
      return this.put(resource, copyOf(object) as unknown as KubernetesObject, fieldManager);
    }
    this.checkLock(resource, entry, object.metadata);
    const next = entry.owners.applied(entry.object, copyOf(object), fieldManager, force);
    const managedFields = entry.owners.managedFields(next, fieldManager);
    return this.replace(resource, entry, { ...next, metadata: { ...(next.metadata as JsonObject), managedFields: [...managedFields] } });
  }

  async jsonPatch(
    resource: ApiResource,
    name: string,
    namespace: string | undefined,
    operations: readonly JsonPatchOperation[],
    manager = 'json-patch',
  ): Promise<KubernetesObject> {
    const entry = this.entry(resource, name, namespace);
    const before = copyOf(entry.object);
    const patched = jsonPatched(entry.object, operations);
    const result = this.replace(resource, entry, patched);
    entry.owners.updated(before, patched, manager);
    return result;
  }

  async replaceStatus(resource: ApiResource, object: KubernetesObject): Promise<KubernetesObject> {
    const entry = this.entry(resource, object.metadata.name, object.metadata.namespace);
    if (object.metadata.resourceVersion === undefined) {
      throw new KubernetesError(
        `${resource.plural} "${object.metadata.name}": metadata.resourceVersion must be specified for an update`,
        422,
      );
    }
    this.checkLock(resource, entry, object.metadata);
    const { status } = object;
    // What is stored is frozen, so the rest can be shared.
    const next = status === undefined ? entry.object : { ...entry.object, status: copyOf(status) };
    return this.store(resource, entry, next, false);
  }

  /** For the controllers: writes the whole object at once. `object` is frozen. */
  put(resource: ApiResource, object: KubernetesObject, manager = 'controller'): KubernetesObject {
    const existing = this.find(resource, object.metadata.name, object.metadata.namespace);
    if (existing) return this.store(resource, existing, object, true);
    this.admit(resource, object);
    this.uids += 1;
    const entry: Entry = { object, owners: new FieldOwners(manager), expiresAtSeconds: Number.POSITIVE_INFINITY };
    return this.store(resource, entry, { ...object, metadata: { uid: this.uid(resource), ...object.metadata } }, true, true);
  }

  remove(resource: ApiResource, name: string, namespace?: string): void {
    const table = this.table(resource);
    if (table.entries.delete(this.key(resource, name, namespace))) table.sorted = undefined;
  }

  read(resource: ApiResource, name: string, namespace?: string): KubernetesObject | undefined {
    return this.find(resource, name, namespace)?.object;
  }

  private uid(resource: ApiResource): string {
    const kind = SERVED.findIndex((served) => served.plural === resource.plural)
      .toString(16)
      .padStart(4, '0');
    return `00000000-${kind}-4000-8000-${this.uids.toString(16).padStart(12, '0')}`;
  }

  private table(resource: ApiResource): Table {
    const table = this.known.get(resource) ?? this.tables.get(`${resource.group}/${resource.version}/${resource.plural}`);
    if (!table) {
      throw new KubernetesError(
        `the server could not find the requested resource: given ${resource.group}/${resource.version} ${resource.plural}`,
        404,
      );
    }
    if (table.resource.plural === 'events') this.forgetOldEvents(table);
    return table;
  }

  private forgetOldEvents(table: Table): void {
    const now = this.nowEpochSeconds();
    for (const [key, entry] of table.entries) {
      if (entry.expiresAtSeconds > now) return;
      table.entries.delete(key);
      table.sorted = undefined;
    }
  }

  private sortedKeys(table: Table): readonly string[] {
    table.sorted ??= [...table.entries.keys()].sort((left, right) => (left < right ? -1 : 1));
    return table.sorted;
  }

  private key(resource: ApiResource, name: string, namespace: string | undefined): string {
    return CLUSTER_SCOPED.has(resource.plural) ? `/${name}` : `${namespace ?? ''}/${name}`;
  }

  private find(resource: ApiResource, name: string, namespace: string | undefined): Entry | undefined {
    return this.table(resource).entries.get(this.key(resource, name, namespace));
  }

  private entry(resource: ApiResource, name: string, namespace: string | undefined): Entry {
    const entry = this.find(resource, name, namespace);
    if (!entry) throw new KubernetesError(`${resource.plural}${resource.group ? `.${resource.group}` : ''} "${name}" not found`, 404);
    return entry;
  }

  private admit(resource: ApiResource, object: unknown): void {
    const problem = admissionProblem(resource, object as JsonObject);
    if (problem) {
      throw new KubernetesError(`${resource.kind} "${String((object as KubernetesObject).metadata.name)}" is invalid: ${problem}`, 422);
    }
  }

  private checkLock(resource: ApiResource, entry: Entry, given: KubernetesObject['metadata']): void {
    const { uid, resourceVersion, name } = entry.object.metadata;
    if (given.uid !== undefined && given.uid !== uid) {
      throw new KubernetesError(`${resource.plural} "${name}": uid mismatch: given ${given.uid}, the object has ${uid}`, 409);
    }
    if (given.resourceVersion !== undefined && given.resourceVersion !== resourceVersion) {
      throw new KubernetesError(
        `Operation cannot be fulfilled on ${resource.plural} "${name}": the object has been modified; given resourceVersion ${given.resourceVersion}, newest is ${resourceVersion}`,
        409,
      );
    }
  }

  /** A write to the object itself leaves `status` alone: that is a subresource of every kind here. */
  private replace(resource: ApiResource, entry: Entry, next: JsonObject): KubernetesObject {
    this.admit(resource, next);
    const { status: _ignored, ...rest } = next;
    const { status } = entry.object;
    return this.store(resource, entry, { ...rest, ...(status === undefined ? {} : { status }) } as unknown as KubernetesObject, true);
  }

  private store(resource: ApiResource, entry: Entry, next: KubernetesObject, spec: boolean, isNew = false): KubernetesObject {
    const table = this.table(resource);
    const before = entry.object;
    const specChanged = spec && !isNew && !areEqual(before.spec, next.spec);
    const identity = {
      uid: isNew ? next.metadata.uid : before.metadata.uid,
      creationTimestamp: before.metadata.creationTimestamp ?? rfc3339(this.nowEpochSeconds()),
    };
    const metadata = { ...withoutVersions(next.metadata), ...identity };
    if (!isNew && areEqual({ ...before, metadata: withoutVersions(before.metadata) }, { ...before, ...next, metadata })) return before;
    this.version += 1;
    const generation = isNew ? 1 : Number((before.metadata as { generation?: number }).generation ?? 1) + (specChanged ? 1 : 0);
    entry.object = freeze({
      apiVersion: resource.group ? `${resource.group}/${resource.version}` : resource.version,
      kind: resource.kind,
      ...next,
      metadata: { ...metadata, resourceVersion: String(this.version), generation },
    }) as KubernetesObject;
    const key = this.key(resource, next.metadata.name, next.metadata.namespace);
    if (resource.plural === 'events') {
      // Oldest first, so that forgetting looks at the head only.
      entry.expiresAtSeconds = this.nowEpochSeconds() + EVENT_TTL_SECONDS;
      table.entries.delete(key);
    }
    if (isNew) table.sorted = undefined;
    table.entries.set(key, entry);
    return entry.object;
  }
}
