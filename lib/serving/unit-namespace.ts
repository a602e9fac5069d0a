import { type CfnResource, RemovalPolicy } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { type IInferenceCluster, InferenceCluster } from '../cluster/inference-cluster';
import { NAMESPACES } from '../private/namespaces';
import { sharedChild } from '../private/shared-child';

/** Namespaces that every cluster has. */
const BUILT_IN = ['default', 'kube-node-lease', 'kube-public', 'kube-system'];

/**
 * The Pod Security Standards of a namespace: pods of units fit `baseline`, with `runAsRoot` too, and `restricted` without it. What others put
 * there is refused where it is privileged, and warned of where it is not restricted.
 */
const POD_SECURITY = {
  'pod-security.kubernetes.io/enforce': 'baseline',
  'pod-security.kubernetes.io/warn': 'restricted',
};

/**
 * Lets the load balancer controller give the pods of units a readiness gate, so that a pod counts as ready, and an old one may go, when the
 * load balancer has found it healthy. Pods that were created while the controller was away, or before their binding, have none
 * (https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/deploy/pod_readiness_gate/).
 */
const READINESS_GATE = { 'elbv2.k8s.aws/pod-readiness-gate-inject': 'enabled' };

/** Creates the namespace of a unit on a cluster of this app, before everything of the unit. That of an imported cluster must exist. */
export function ensureNamespace(unit: Construct, cluster: IInferenceCluster, namespace: string): void {
  if (!(cluster instanceof InferenceCluster) || BUILT_IN.includes(namespace)) return;
  const namespaces = sharedChild(cluster, NAMESPACES, (scope, id) => new Construct(scope, id));
  const shared = sharedChild(namespaces, namespace, (scope, id) => {
    const created = new Construct(scope, id);
    const manifest = cluster.addManifest(created, 'Namespace', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: namespace, labels: { ...POD_SECURITY, ...READINESS_GATE } },
    });
    const resource = manifest.node.findChild('Resource').node.defaultChild as CfnResource;
    // The user may have created it already, and may have put more into it: it is applied, and never deleted.
    resource.addPropertyOverride('Overwrite', true);
    resource.applyRemovalPolicy(RemovalPolicy.RETAIN);
    return created;
  });
  unit.node.addDependency(shared);
}
