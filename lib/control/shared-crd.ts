import type { KubernetesManifest } from 'aws-cdk-lib/aws-eks-v2';
import type { IInferenceCluster } from '../cluster/inference-cluster';
import { INFERENCE_FLEET_CRD } from '../generated/inference-fleet-crd';
import { sharedChild } from '../private/shared-child';

/** The CustomResourceDefinition of fleets, created once for each cluster. */
export const inferenceFleetCrd = (cluster: IInferenceCluster): KubernetesManifest =>
  sharedChild(cluster, 'InferenceFleetCrd', (scope, id) => cluster.addManifest(scope, id, INFERENCE_FLEET_CRD));
