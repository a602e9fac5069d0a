import type { ApiResource, JsonPatchOperation, KubernetesObject, KubernetesPort } from '../../../lambda/control-loop/ports';
import type { ListenerRulePort } from '../../../lambda/control-loop/routers/alb/listener-rule';
import { isObject, leavesOf } from '../kubernetes/managed-fields';

/** A write of the control loop to an object of Kubernetes or to a listener rule. */
export interface LoopWrite {
  readonly kind: string;
  /** Of a listener rule its ARN. */
  readonly name: string;
  /** JSON pointers of the fields that it sets; none of a listener rule. */
  readonly fields: readonly string[];
}

export interface WriteListener {
  /** Called before a write reaches its object; what it throws is the answer. */
  before?(write: LoopWrite): void;
  /** Called after a write that succeeded. */
  after?(write: LoopWrite): void;
}

/** Several listeners as one, called in this order. */
export const allOf = (listeners: readonly WriteListener[]): WriteListener => ({
  before: (write) => {
    for (const listener of listeners) listener.before?.(write);
  },
  after: (write) => {
    for (const listener of listeners) listener.after?.(write);
  },
});

/** The API server as the loop writes to it, with a listener beside. */
export const withListener = (kubernetes: KubernetesPort, listener: WriteListener): KubernetesPort => {
  const heard = async <T>(write: LoopWrite, make: () => Promise<T>): Promise<T> => {
    listener.before?.(write);
    const made = await make();
    listener.after?.(write);
    return made;
  };
  return {
    list: (resource, options) => kubernetes.list(resource, options),
    get: (resource, name, namespace) => kubernetes.get(resource, name, namespace),
    apply: (resource, object, ...given) =>
      heard(writeOf(resource, object.metadata.name, leafPointers(object)), () => kubernetes.apply(resource, object, ...given)),
    jsonPatch: (resource, name, namespace, operations) =>
      heard(writeOf(resource, name, changedPointers(operations)), () => kubernetes.jsonPatch(resource, name, namespace, operations)),
    replaceStatus: (resource, object) =>
      heard(writeOf(resource, object.metadata.name, ['/status']), () => kubernetes.replaceStatus(resource, object)),
    create: (resource, object) =>
      heard(writeOf(resource, object.metadata.name ?? '', leafPointers(object)), () => kubernetes.create(resource, object)),
  };
};

/** A listener rule as the loop writes to it, with a listener beside. */
export const ruleWithListener = (rule: ListenerRulePort, listener: WriteListener): ListenerRulePort => ({
  describeRule: (listenerRuleArn) => rule.describeRule(listenerRuleArn),
  describeTags: (listenerRuleArn) => rule.describeTags(listenerRuleArn),
  modifyRule: async (listenerRuleArn, weights) => {
    const write = { kind: 'ListenerRule', name: listenerRuleArn, fields: [] };
    listener.before?.(write);
    await rule.modifyRule(listenerRuleArn, weights);
    listener.after?.(write);
  },
});

const writeOf = ({ kind }: ApiResource, name: string, fields: readonly string[]): LoopWrite => ({ kind, name, fields });

const leafPointers = (object: KubernetesObject): readonly string[] =>
  isObject(object) ? leavesOf(object).map(([pointer]) => pointer) : [];

const changedPointers = (operations: readonly JsonPatchOperation[]): readonly string[] =>
  operations.filter(({ op }) => op !== 'test').map(({ path }) => path);
