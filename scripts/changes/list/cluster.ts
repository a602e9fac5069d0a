import { Duration, Tags } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as eks from 'aws-cdk-lib/aws-eks-v2';
import * as logs from 'aws-cdk-lib/aws-logs';
import { EndpointVisibility } from '../../../lib';
import { base, fleet, imported, kubectlLayer, vpcOf, withCluster, withFleet } from '../apps';
import { type Change, DRIFT } from './change';

const ANOTHER_STACK =
  'deploy a second stack with the new cluster and its own fleet, send the clients to its address, and destroy the first stack last.';

/** Changes of the cluster and of the stack. */
export const clusterChanges: readonly Change[] = [
  {
    title: 'Kubernetes version',
    code: "version: KubernetesVersion.of('1.36')",
    after: withCluster((stack) => ({ version: eks.KubernetesVersion.of('1.36'), kubectlLayer: kubectlLayer(stack, 36) })),
    notice: `EKS upgrades the control plane, which takes some minutes, and then the system nodes, one at a time ([upgrading](upgrading.md#kubernetes)); while they move, pods and nodes are not scaled for some minutes. Nodes of pools go, because the AMI of an alias is that of the cluster's version. ${DRIFT}`,
  },
  {
    title: 'Kubernetes version beyond Karpenter',
    code: "version: KubernetesVersion.of('1.37')",
    after: withCluster((stack) => ({ version: eks.KubernetesVersion.of('1.37'), kubectlLayer: kubectlLayer(stack, 36) })),
    notice: 'Each version of Karpenter supports Kubernetes up to a version of its own.',
    avoid: 'stay at the version that the message names until this library pins a newer Karpenter.',
  },
  {
    title: 'Instance type of the system nodes',
    code: "systemNodes: { instanceType: new InstanceType('m6i.xlarge') }",
    after: withCluster(() => ({ systemNodes: { instanceType: new ec2.InstanceType('m6i.xlarge') } })),
    notice: 'Karpenter, KEDA and the other controllers move to new nodes; while they do, pods and nodes are not scaled for some minutes.',
  },
  {
    title: 'Kubernetes API made public',
    code: 'endpointVisibility: EndpointVisibility.PUBLIC',
    after: withCluster(() => ({ endpointVisibility: EndpointVisibility.PUBLIC })),
    notice: 'The loop leaves the VPC. The deployment waits until Lambda has given back its network interfaces, up to twenty minutes.',
  },
  {
    title: 'Own VPC exchanged for another',
    code: 'clusterOptions: { vpc }',
    after: withCluster((stack) => ({ vpc: vpcOf(stack) })),
    notice: 'A cluster cannot move to another VPC.',
    avoid: ANOTHER_STACK,
  },
  {
    title: 'Own cluster exchanged for an imported one',
    code: "cluster: InferenceCluster.fromCluster(this, 'Cluster', { cluster })",
    after: (stack) => {
      fleet(stack, imported(stack));
    },
    notice: 'Every object would have to be applied by another function, to another cluster.',
    avoid: ANOTHER_STACK,
  },
  {
    title: 'Tags of the stack',
    code: "Tags.of(this).add('team', 'search')",
    after: (stack) => {
      base(stack);
      Tags.of(stack).add('team', 'search');
    },
    notice:
      'Resources of AWS are tagged in place. Instances of pools are not: their tags are those [of the pool](#tags-of-the-instances-of-a-pool).',
  },
];

/** Changes of the control loop. */
export const loopChanges: readonly Change[] = [
  {
    title: 'Period of the loop',
    code: 'loopOptions: { period: Duration.minutes(2) }',
    after: withFleet({ loopOptions: { period: Duration.minutes(2) } }),
    notice: 'Events start ticks in between as before.',
  },
  {
    title: 'Loop switched off',
    code: 'loopOptions: { enabled: false }',
    after: withFleet({ loopOptions: { enabled: false } }),
    notice:
      'Everything stays as it was last written, pods and nodes still scale, and after five minutes the alarm for a silent loop rings.',
  },
  {
    title: 'Memory and logs of the loop',
    code: 'loopOptions: { memorySize: 1024, logRetention: RetentionDays.THREE_MONTHS }',
    after: withFleet({ loopOptions: { memorySize: 1024, logRetention: logs.RetentionDays.THREE_MONTHS } }),
    notice: 'The next tick starts cold.',
  },
];
