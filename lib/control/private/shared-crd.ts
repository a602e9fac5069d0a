import type { KubernetesManifest } from 'aws-cdk-lib/aws-eks-v2';
import type { Construct } from 'constructs';
import type { IInferenceCluster } from '../../cluster/inference-cluster-interface';
import { INFERENCE_FLEET_CRD } from '../../generated/inference-fleet-crd';

const ID = 'InferenceFleetCrd';

/** The CustomResourceDefinition of fleets, once a cluster, however many fleets and loops ask for it. */
export function inferenceFleetCrd(cluster: IInferenceCluster): Construct {
  const existing = cluster.node.tryFindChild(ID);
  if (existing) return existing as KubernetesManifest;
  return cluster.addManifest(cluster as unknown as Construct, ID, INFERENCE_FLEET_CRD);
}
