import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { Construct, IDependable } from 'constructs';
import type { IInferenceCluster } from '../cluster/inference-cluster';
import { complain } from '../private/validation';
import type { IDeploymentUnit } from './deployment-unit';
import type { IWeightedRouter } from './weighted-router';
import {
  deploymentManifest,
  disruptionBudgetManifest,
  serviceAccountManifest,
  serviceManifest,
  targetGroupBindingManifest,
  type WorkloadInput,
} from './workload-manifests';

/** The Kubernetes objects of a unit, apart from its scaler. */
export interface Workload {
  readonly deployment: IDependable;
  readonly service: IDependable;
}

/** Puts a unit's Deployment, Service, ServiceAccount and PodDisruptionBudget on a cluster. */
export function createWorkload(unit: Construct & IDeploymentUnit, cluster: IInferenceCluster, input: WorkloadInput): Workload {
  const { name } = input;
  // Ids contain the name: a renamed object must be a new resource, because an apply never removes the old object.
  const serviceAccount = cluster.addManifest(unit, `ServiceAccount-${name}`, serviceAccountManifest(input));
  cluster.addManifest(unit, `DisruptionBudget-${name}`, disruptionBudgetManifest(input));
  const deployment = cluster.addManifest(unit, `Deployment-${name}`, deploymentManifest(input));
  deployment.node.addDependency(serviceAccount, ...unit.pools);
  const service = cluster.addManifest(unit, `Service-${name}`, serviceManifest(input));
  return { deployment, service };
}

/** Lets a load balancer reach the pods of a unit, and registers them with its target group. */
export function bindToRouter(
  unit: Construct & IDeploymentUnit,
  cluster: IInferenceCluster,
  router: IWeightedRouter,
  input: WorkloadInput,
  { service }: Workload,
): void {
  const { loadBalancerController } = cluster.addons;
  if (!loadBalancerController.available) {
    complain(unit, {
      code: 'MissingLoadBalancerController',
      wrong: 'nothing on the cluster registers pods with target groups',
      given: 'no AWS Load Balancer Controller',
      expected: 'the load balancer controller add-on',
      fix: 'Leave that add-on at its default, or set it to ClusterAddon.existing() if the cluster already has one.',
    });
  }
  const { targetGroupArn } = router.targetGroup(unit.unitName);
  const binding = cluster.addManifest(unit, `TargetGroupBinding-${input.name}`, targetGroupBindingManifest(input, targetGroupArn));
  // The controller removes its finalizer, so it must be deleted while the controller runs.
  binding.node.addDependency(service, loadBalancerController);
  const port = ec2.Port.tcp(input.container.port);
  router.loadBalancer.connections.allowTo(cluster.clusterSecurityGroup, port, 'Load balancer to the pods of a unit');
}
