import type { ApiResource } from '../../../lambda/control-loop/ports';
import { isObject, type Json, type JsonObject } from './managed-fields';

/** What the schemas of the custom resources and KEDA's admission webhook refuse, as far as the loop can get it wrong. */

const isInteger = (value: Json | undefined, minimum: number, maximum: number): boolean =>
  typeof value === 'number' && Number.isInteger(value) && value >= minimum && value <= maximum;

const INT32 = 2_147_483_647;

const nodePoolProblem = (spec: JsonObject): string | undefined => {
  if (spec.weight !== undefined && !isInteger(spec.weight, 1, 100)) {
    return `spec.weight: given ${JSON.stringify(spec.weight)}, expected an integer from 1 to 100`;
  }
  for (const [resource, quantity] of Object.entries(isObject(spec.limits) ? spec.limits : {})) {
    if (typeof quantity !== 'number' && (typeof quantity !== 'string' || !/^[0-9]+(\.[0-9]+)?[a-zA-Z]*$/.test(quantity))) {
      return `spec.limits.${resource}: given ${JSON.stringify(quantity)}, expected a quantity`;
    }
  }
  return undefined;
};

const scaledObjectProblem = (spec: JsonObject): string | undefined => {
  const { minReplicaCount: minimum = 0, maxReplicaCount: maximum = 100 } = spec;
  if (!isInteger(minimum, 0, INT32) || !isInteger(maximum, 1, INT32) || Number(minimum) > Number(maximum)) {
    return `spec.minReplicaCount and spec.maxReplicaCount: given ${JSON.stringify(minimum)} and ${JSON.stringify(maximum)}, expected integers, the first not above the second`;
  }
  const triggers = Array.isArray(spec.triggers) ? spec.triggers : [];
  for (const [index, trigger] of triggers.entries()) {
    const metadata = isObject(trigger) && isObject(trigger.metadata) ? trigger.metadata : {};
    for (const [key, value] of Object.entries(metadata)) {
      if (typeof value !== 'string') return `spec.triggers[${index}].metadata.${key}: given ${JSON.stringify(value)}, expected a string`;
    }
    const target = metadata.targetMetricValue;
    if (target !== undefined && !(Number(target) > 0)) {
      return `spec.triggers[${index}].metadata.targetMetricValue: given ${JSON.stringify(target)}, expected a number above 0`;
    }
  }
  return undefined;
};

const horizontalPodAutoscalerProblem = (spec: JsonObject): string | undefined => {
  const { minReplicas: minimum = 1, maxReplicas: maximum } = spec;
  return !isInteger(minimum, 1, INT32) || !isInteger(maximum, 1, INT32) || Number(minimum) > Number(maximum)
    ? `spec.minReplicas and spec.maxReplicas: given ${JSON.stringify(minimum)} and ${JSON.stringify(maximum)}, expected integers of at least 1, the first not above the second`
    : undefined;
};

const checks: Readonly<Record<string, (spec: JsonObject) => string | undefined>> = {
  nodepools: nodePoolProblem,
  scaledobjects: scaledObjectProblem,
  horizontalpodautoscalers: horizontalPodAutoscalerProblem,
};

/** What is wrong with an object, or `undefined`. */
export const admissionProblem = (resource: ApiResource, object: JsonObject): string | undefined =>
  isObject(object.spec) ? checks[resource.plural]?.(object.spec) : undefined;
