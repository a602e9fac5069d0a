import { known, type Signal, unknown } from '../model/observation';
import type { KubernetesObject } from '../ports';
import { parseQuantity } from './quantity';

interface DeploymentSpec {
  readonly replicas?: unknown;
  readonly strategy?: {
    readonly type?: unknown;
    readonly rollingUpdate?: { readonly maxSurge?: unknown; readonly maxUnavailable?: unknown };
  };
}

/** What Kubernetes fills in for both (Kubernetes API reference, `RollingUpdateDeployment`). */
const DEFAULT = '25%';

/**
 * Pods beyond its replicas that a Deployment makes room with while it replaces its pods; zero while it does not, and where old pods go
 * before new ones are ready (`maxUnavailable`, `Recreate`), for then it needs none.
 *
 * The surge is rounded up, what may be unavailable down, and one may be where both are none (kubernetes/kubernetes
 * `pkg/controller/deployment/util/deployment_util.go`, `ResolveFenceposts`).
 */
export const readSurgePods = (deployment: KubernetesObject, atSeconds: number): Signal<number> => {
  const { replicas: asked = 1, strategy: { type, rollingUpdate = {} } = {} } = (deployment.spec ?? {}) as DeploymentSpec;
  const { replicas: present = 0, updatedReplicas: updated = 0 } = (deployment.status ?? {}) as Readonly<Record<string, unknown>>;
  const [pods, presentPods, updatedPods] = [asked, present, updated].map(parseQuantity);
  if (pods === undefined || presentPods === undefined || updatedPods === undefined) {
    return unknown(`Deployment ${deployment.metadata.name}: its replicas are not numbers`);
  }
  if (type === 'Recreate' || updatedPods >= presentPods) return known(0, atSeconds);
  const surge = podsOf(rollingUpdate.maxSurge ?? DEFAULT, pods, Math.ceil);
  const unavailable = podsOf(rollingUpdate.maxUnavailable ?? DEFAULT, pods, Math.floor);
  return known(unavailable > 0 ? 0 : surge, atSeconds);
};

/** A number of pods, or a percentage of them. */
const podsOf = (value: unknown, pods: number, round: (pods: number) => number): number => {
  const percentage = typeof value === 'string' && value.endsWith('%') ? parseQuantity(value.slice(0, -1)) : undefined;
  return percentage === undefined ? (parseQuantity(value) ?? 0) : round((percentage * pods) / 100);
};
