import { Annotations } from 'aws-cdk-lib';
import type { IInferenceCluster } from '../cluster/inference-cluster';
import { complain } from '../private/validation';
import type { IDeploymentUnit } from './deployment-unit';
import type { WorkloadInput } from './workload-manifests';

const DNS_PORT = 53;
/** Models and images come from S3, ECR, Hugging Face and the like, all over HTTPS. */
const HTTPS_PORT = 443;

/**
 * The NetworkPolicy (networking.k8s.io/v1) of a unit. Into its pods: the port of their server, from the addresses of the VPC, which are
 * those of the load balancer. Out of them: names and HTTPS. The kubelet reaches the pods of its node whatever a policy says
 * (https://kubernetes.io/docs/concepts/services-networking/network-policies/).
 *
 * Ports that the server had before stay open, as in the security groups: pods that have them may still serve.
 */
export const networkPolicyManifest = ({ name, namespace, labels, container }: WorkloadInput, vpcCidr: string) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name, namespace, labels },
  spec: {
    podSelector: { matchLabels: labels },
    policyTypes: ['Ingress', 'Egress'],
    ingress: [
      {
        from: [{ ipBlock: { cidr: vpcCidr } }],
        ports: [...new Set([container.port, ...container.formerPorts])].map((port) => ({ protocol: 'TCP', port })),
      },
    ],
    egress: [
      { ports: ['UDP', 'TCP'].map((protocol) => ({ protocol, port: DNS_PORT })) },
      { ports: [{ protocol: 'TCP', port: HTTPS_PORT }] },
    ],
  },
});

/** The addresses of a cluster's VPC. */
export function vpcCidrOf(unit: IDeploymentUnit, { vpc }: IInferenceCluster): string {
  try {
    return vpc.vpcCidrBlock;
  } catch {
    return complain(unit, {
      code: 'UnknownVpcAddressesOfPods',
      wrong: 'the addresses of the imported VPC are not known, so `restrictNetwork` would keep the load balancer from the pods',
      expected: '`vpcCidrBlock` among the attributes of Vpc.fromVpcAttributes()',
      fix: 'Add it, or leave out `restrictNetwork` and apply a NetworkPolicy of your own.',
    });
  }
}

/** Warns of a policy that nothing on the cluster enforces: Kubernetes takes it all the same. */
export function warnOfUnenforcedPolicy(unit: IDeploymentUnit, { addons }: IInferenceCluster): void {
  if (addons.networkPolicyAgent.available) return;
  Annotations.of(unit).addWarningV2(
    'cdk-adaptive-inference:unenforcedNetworkPolicy',
    `unit ${unit.unitName} has a NetworkPolicy, and nothing on the cluster enforces it. Set the add-on \`networkPolicyAgent\` of the cluster to ClusterAddon.install(), or to ClusterAddon.existing() if the cluster enforces policies already.`,
  );
}
