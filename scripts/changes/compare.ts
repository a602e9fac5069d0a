import { KUBECTL_TYPES, type KubernetesObject, objectsIn } from './objects';
import { replacingOf } from './replacing';
import { type FieldChange, fieldChanges, literal, type Resource, type Resources } from './template';

/** What a deployment does to the resources of a stack. Pure: two templates in, the difference out. */

/** A resource that both templates have. */
export interface ChangedResource {
  readonly resource: Resource;
  readonly changes: readonly FieldChange[];
  /** The changes for which CloudFormation replaces it; none if it is updated in place. */
  readonly replacing: readonly FieldChange[];
}

/** A Kubernetes object that both templates have. */
export interface ChangedObject {
  readonly object: KubernetesObject;
  readonly changes: readonly FieldChange[];
}

export interface Difference {
  readonly before: Resources;
  readonly after: Resources;
  readonly added: readonly Resource[];
  readonly removed: readonly Resource[];
  readonly changed: readonly ChangedResource[];
  readonly objects: {
    readonly before: readonly KubernetesObject[];
    readonly after: readonly KubernetesObject[];
    readonly added: readonly KubernetesObject[];
    readonly removed: readonly KubernetesObject[];
    readonly changed: readonly ChangedObject[];
    /** Objects that stay in the cluster although no template has them any more: nothing deletes them. */
    readonly left: readonly KubernetesObject[];
  };
}

/** Whether a change of a field is one of a property, or of a member of it. */
const isWithin = (path: string, property: string): boolean =>
  path === property || (path.startsWith(property) && /^[.[,]/.test(path.slice(property.length)));

const changesOf = (before: Resource, after: Resource, renewed: ReadonlySet<string>): readonly FieldChange[] =>
  fieldChanges(literal({ ...before.properties }, new Set()), literal({ ...after.properties }, renewed));

const replacingAmong = (type: string, changes: readonly FieldChange[]): readonly FieldChange[] => {
  const properties = replacingOf(type);
  return changes.filter(({ path }) => properties.some((property) => isWithin(path, property) || isWithin(property, path)));
};

/** Common resources, with what changes. A replaced resource changes all that refer to it, which may replace them too. */
const commonOf = (before: Resources, after: Resources): readonly ChangedResource[] => {
  const pairs = [...after.values()].flatMap((resource) => {
    const old = before.get(resource.id);
    return old !== undefined && old.type === resource.type ? [[old, resource] as const] : [];
  });
  let renewed: ReadonlySet<string> = new Set();
  for (;;) {
    const changed = pairs.map(([old, resource]) => {
      const changes = changesOf(old, resource, renewed);
      return { resource, changes, replacing: replacingAmong(resource.type, changes) };
    });
    const replaced = new Set(changed.filter(({ replacing }) => replacing.length > 0).map(({ resource }) => resource.id));
    if (replaced.size === renewed.size) return changed.filter(({ changes }) => changes.length > 0);
    renewed = replaced;
  }
};

const isAws = ({ type }: Resource): boolean => !KUBECTL_TYPES.has(type);

export const compare = (before: Resources, after: Resources): Difference => {
  const isNew = ({ id, type }: Resource): boolean => before.get(id)?.type !== type;
  const isGone = ({ id, type }: Resource): boolean => after.get(id)?.type !== type;
  const common = commonOf(before, after);
  const replaced = new Set(common.filter(({ replacing }) => replacing.length > 0).map(({ resource }) => resource.id));
  return {
    before,
    after,
    added: [...after.values()].filter((resource) => isAws(resource) && isNew(resource)),
    removed: [...before.values()].filter((resource) => isAws(resource) && isGone(resource)),
    changed: common.filter(({ resource }) => isAws(resource)),
    objects: objectDifference(objectsIn(before, new Set()), objectsIn(after, replaced), after),
  };
};

const objectDifference = (
  before: readonly KubernetesObject[],
  after: readonly KubernetesObject[],
  resources: Resources,
): Difference['objects'] => {
  const keyOf = ({ name, isPatch }: KubernetesObject): string => `${name}${isPatch ? ', patch' : ''}`;
  const [old, present] = [
    new Map(before.map((object) => [keyOf(object), object])),
    new Map(after.map((object) => [keyOf(object), object])),
  ];
  const gone = before.filter((object) => !present.has(keyOf(object)));
  // An apply of another object by the same resource deletes nothing: manifests are not pruned.
  const isLeft = ({ resource, isPatch }: KubernetesObject): boolean => !isPatch && resources.has(resource);
  const removed = gone.filter((object) => !isLeft(object) && !(object.isPatch && !present.has(object.name)));
  return {
    before,
    after,
    added: after.filter((object) => !old.has(keyOf(object)) && !(object.isPatch && !old.has(object.name))),
    removed,
    changed: after.flatMap((object) => {
      const changes = fieldChanges(old.get(keyOf(object))?.body, object.body);
      return old.has(keyOf(object)) && changes.length > 0 ? [{ object, changes }] : [];
    }),
    left: gone.filter(isLeft),
  };
};
