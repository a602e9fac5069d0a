import { parseRfc3339 } from '../model/times';
import type { KubernetesObject } from '../ports';

interface Condition {
  readonly type?: unknown;
  readonly status?: unknown;
  readonly reason?: unknown;
  readonly message?: unknown;
  readonly lastTransitionTime?: unknown;
}

/** Conditions in the status of an object; none where it has no list of them. */
const conditionsOf = ({ status }: KubernetesObject): readonly Condition[] => {
  const { conditions } = (status ?? {}) as { readonly conditions?: unknown };
  return Array.isArray(conditions) ? conditions.filter((one): one is Condition => typeof one === 'object' && one !== null) : [];
};

/** A condition in the status of an object, by its type. */
export const conditionOf = (object: KubernetesObject, type: string): Condition | undefined =>
  conditionsOf(object).find((condition) => condition.type === type);

/** What the condition `Ready` of an object says where it is `False`; `undefined` otherwise. */
export const whyNotReady = (object: KubernetesObject): string | undefined => {
  const ready = conditionOf(object, 'Ready');
  if (ready?.status !== 'False') return undefined;
  const said = [ready.message, ready.reason].find((text): text is string => typeof text === 'string' && text !== '');
  return said ?? 'it is not ready';
};

/** Since when the condition `Ready` stands as it does, in seconds since the epoch; `undefined` where it does not say. */
export const readySince = (object: KubernetesObject): number | undefined => {
  const since = conditionOf(object, 'Ready')?.lastTransitionTime;
  return typeof since === 'string' ? parseRfc3339(since) : undefined;
};
