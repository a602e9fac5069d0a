import { Construct, type IConstruct } from 'constructs';
import { installCloudWatchObservability } from './cloudwatch-observability';
import { type AddonCluster, ClusterAddon, type IClusterAddon, InstalledAddon } from './cluster-addon';
import { installKeda } from './keda';
import { installLoadBalancerController } from './load-balancer-controller';
import { installMetricsServer } from './metrics-server';
import { installNetworkPolicyAgent } from './network-policy-agent';
import { installNeuronDevicePlugin } from './neuron-device-plugin';
import { installNvidiaDevicePlugin } from './nvidia-device-plugin';
import { installPodIdentityAgent } from './pod-identity-agent';

/** Options of the add-ons of a cluster. */
export interface ClusterAddonsOptions {
  /**
   * EKS Pod Identity agent, which gives pods the credentials of their roles. Karpenter and KEDA need it.
   *
   * @default ClusterAddon.install()
   */
  readonly podIdentityAgent?: ClusterAddon;

  /**
   * AWS Load Balancer Controller, which registers pods with target groups. It has no permission to create load balancers.
   *
   * @default ClusterAddon.install() - version 3.5.0
   */
  readonly loadBalancerController?: ClusterAddon;

  /**
   * Whether the load balancer controller may register pods only with target groups that have the tag `adaptive-inference.dev/targets`, which
   * weighted routers give to theirs. Set it once every router of the cluster was deployed with a version that does, and tag target groups
   * of your own that the cluster binds: it registers no new pod with any other.
   *
   * @default false
   */
  readonly onlyTaggedTargetGroups?: boolean;

  /**
   * Network policy agent of the VPC CNI, which enforces NetworkPolicies such as those of `restrictNetwork`. With `ClusterAddon.install()`
   * EKS manages the CNI as its add-on `vpc-cni` from then on, and leaves it on the nodes when the add-on is removed.
   *
   * @default ClusterAddon.none() - EKS installs the CNI without the agent, and nothing enforces NetworkPolicies
   */
  readonly networkPolicyAgent?: ClusterAddon;

  /**
   * KEDA, which scales units.
   *
   * @default ClusterAddon.install() - version 2.20.2
   */
  readonly keda?: ClusterAddon;

  /**
   * Device plugin of NVIDIA, which reports `nvidia.com/gpu`.
   *
   * @default ClusterAddon.install() - version 0.20.0
   */
  readonly nvidiaDevicePlugin?: ClusterAddon;

  /**
   * Device plugin of AWS Neuron, which reports `aws.amazon.com/neuron`.
   *
   * @default ClusterAddon.install() - version 1.10.0
   */
  readonly neuronDevicePlugin?: ClusterAddon;

  /**
   * Whether Neuron's scheduler extension is installed with its device plugin. Pods that request several, but not all, devices or
   * cores of a node need it, and must name `my-scheduler` as their scheduler.
   *
   * @default false
   */
  readonly neuronScheduler?: boolean;

  /**
   * Metrics Server, for `kubectl top` and autoscalers on CPU and memory.
   *
   * @default ClusterAddon.install() - version 3.13.1
   */
  readonly metricsServer?: ClusterAddon;

  /**
   * CloudWatch observability: Container Insights and container logs, which CloudWatch bills.
   *
   * @default ClusterAddon.none()
   */
  readonly cloudWatchObservability?: ClusterAddon;
}

/** The add-ons of a cluster. Other constructs can depend on each of them, whether or not this stack installs it. */
export interface IClusterAddons extends IConstruct {
  /** EKS Pod Identity agent. */
  readonly podIdentityAgent: IClusterAddon;

  /** AWS Load Balancer Controller. */
  readonly loadBalancerController: IClusterAddon;

  /** Network policy agent of the VPC CNI, or another program that enforces NetworkPolicies. */
  readonly networkPolicyAgent: IClusterAddon;

  /** KEDA. */
  readonly keda: IClusterAddon;

  /** Device plugin of NVIDIA. */
  readonly nvidiaDevicePlugin: IClusterAddon;

  /** Device plugin of AWS Neuron, with its scheduler extension if that was requested. */
  readonly neuronDevicePlugin: IClusterAddon;

  /** Metrics Server. */
  readonly metricsServer: IClusterAddon;

  /** CloudWatch observability. */
  readonly cloudWatchObservability: IClusterAddon;
}

/** Installs the add-ons of a cluster. */
export class ClusterAddons extends Construct implements IClusterAddons {
  public readonly podIdentityAgent: IClusterAddon;
  public readonly loadBalancerController: IClusterAddon;
  public readonly networkPolicyAgent: IClusterAddon;
  public readonly keda: IClusterAddon;
  public readonly nvidiaDevicePlugin: IClusterAddon;
  public readonly neuronDevicePlugin: IClusterAddon;
  public readonly metricsServer: IClusterAddon;
  public readonly cloudWatchObservability: IClusterAddon;

  constructor(scope: Construct, id: string, cluster: AddonCluster, props: ClusterAddonsOptions) {
    super(scope, id);
    const agent = new InstalledAddon(this, 'PodIdentityAgent', props.podIdentityAgent ?? ClusterAddon.install(), (addon, options) =>
      installPodIdentityAgent(addon, cluster, options),
    );
    this.podIdentityAgent = agent;
    this.loadBalancerController = new InstalledAddon(
      this,
      'LoadBalancerController',
      props.loadBalancerController ?? ClusterAddon.install(),
      (addon, options) => installLoadBalancerController(addon, cluster, agent, options, props.onlyTaggedTargetGroups ?? false),
    );
    this.networkPolicyAgent = new InstalledAddon(
      this,
      'NetworkPolicyAgent',
      props.networkPolicyAgent ?? ClusterAddon.none(),
      (addon, options) => installNetworkPolicyAgent(addon, cluster, options),
    );
    this.keda = new InstalledAddon(this, 'Keda', props.keda ?? ClusterAddon.install(), (addon, options) =>
      installKeda(addon, cluster, agent, options),
    );
    this.nvidiaDevicePlugin = new InstalledAddon(
      this,
      'NvidiaDevicePlugin',
      props.nvidiaDevicePlugin ?? ClusterAddon.install(),
      (addon, options) => installNvidiaDevicePlugin(addon, cluster, options),
    );
    this.neuronDevicePlugin = new InstalledAddon(
      this,
      'NeuronDevicePlugin',
      props.neuronDevicePlugin ?? ClusterAddon.install(),
      (addon, options) => installNeuronDevicePlugin(addon, cluster, props.neuronScheduler ?? false, options),
    );
    this.metricsServer = new InstalledAddon(this, 'MetricsServer', props.metricsServer ?? ClusterAddon.install(), (addon, options) =>
      installMetricsServer(addon, cluster, options),
    );
    this.cloudWatchObservability = new InstalledAddon(
      this,
      'CloudWatchObservability',
      props.cloudWatchObservability ?? ClusterAddon.none(),
      (addon, options) => installCloudWatchObservability(addon, cluster, agent, options),
    );
  }
}
