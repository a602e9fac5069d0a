import type { KubernetesObject } from '../ports';

/** A condition in the status of an `InferenceFleet`, as Kubernetes' API conventions have it. */
export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
  readonly lastTransitionTime: string;
}

/** Messages of conditions may have 32,768 characters (Kubernetes API conventions); this much is read. */
const MAX_MESSAGE = 1024;

export const short = (message: string): string => (message.length <= MAX_MESSAGE ? message : `${message.slice(0, MAX_MESSAGE - 3)}...`);

/** The conditions that the status of an object has. */
export const conditionsOf = ({ status }: KubernetesObject): readonly Condition[] => {
  const conditions = (status as { readonly conditions?: unknown } | undefined)?.conditions;
  return Array.isArray(conditions) ? conditions.filter((one) => typeof one === 'object' && one !== null) : [];
};

/** A condition of an object; where it has the status that it had, it has it since then. */
export const conditionOf = (
  object: KubernetesObject,
  now: string,
  type: string,
  is: boolean,
  reason: string,
  message: string,
): Condition => {
  const status = is ? 'True' : 'False';
  const same = conditionsOf(object).find((one) => one.type === type && one.status === status);
  return { type, status, reason, message: short(message), lastTransitionTime: same?.lastTransitionTime ?? now };
};
