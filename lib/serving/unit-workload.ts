import type { Construct, IDependable } from 'constructs';
import type { IInferenceCluster } from '../cluster/inference-cluster';
import type { IDeploymentUnit } from './deployment-unit';
import { networkPolicyManifest, vpcCidrOf, warnOfUnenforcedPolicy } from './network-policy';
import type { ITrafficRouter } from './traffic-router';
import {
  deploymentManifest,
  disruptionBudgetManifest,
  SERVICE_PORT,
  serviceAccountManifest,
  serviceManifest,
  type WorkloadInput,
} from './workload-manifests';

/** The Kubernetes objects of a unit, apart from its scaler. */
export interface Workload {
  readonly deployment: IDependable;
  readonly service: IDependable;
}

/** Puts a unit's Deployment, Service, ServiceAccount, PodDisruptionBudget and, if it is to have one, NetworkPolicy on a cluster. */
export function createWorkload(unit: Construct & IDeploymentUnit, cluster: IInferenceCluster, input: WorkloadInput): Workload {
  const { name } = input;
  // Ids contain the name: a renamed object must be a new resource, because an apply never removes the old object.
  const serviceAccount = cluster.addManifest(unit, `ServiceAccount-${name}`, serviceAccountManifest(input));
  cluster.addManifest(unit, `DisruptionBudget-${name}`, disruptionBudgetManifest(input));
  if (input.restrictNetwork) {
    cluster.addManifest(unit, `NetworkPolicy-${name}`, networkPolicyManifest(input, vpcCidrOf(unit, cluster)));
    warnOfUnenforcedPolicy(unit, cluster);
  }
  const deployment = cluster.addManifest(unit, `Deployment-${name}`, deploymentManifest(input));
  deployment.node.addDependency(serviceAccount, ...unit.pools);
  const service = cluster.addManifest(unit, `Service-${name}`, serviceManifest(input));
  return { deployment, service };
}

/** Lets a router send requests to the pods of a unit. */
export function bindToRouter(
  unit: Construct & IDeploymentUnit,
  cluster: IInferenceCluster,
  router: ITrafficRouter,
  { name, namespace, labels, container }: WorkloadInput,
  { deployment, service }: Workload,
  scaler: IDependable,
): void {
  router.bindPods(unit, {
    cluster,
    unitName: unit.unitName,
    namespace,
    labels: { ...labels },
    serviceName: name,
    servicePort: SERVICE_PORT,
    podPort: container.port,
    formerPodPorts: [...container.formerPorts],
    service,
    workload: [deployment, service, scaler],
  });
}
