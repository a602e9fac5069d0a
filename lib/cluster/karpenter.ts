import { Stack } from 'aws-cdk-lib';
import * as eks from 'aws-cdk-lib/aws-eks-v2';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct, type IConstruct } from 'constructs';
import { acknowledge, managedPolicies, wildcards } from '../private/acknowledge';
import { complain } from '../private/validation';
import type { IInferenceCluster } from './inference-cluster';
import { InterruptionQueue } from './interruption-queue';
import { KarpenterVersion } from './karpenter-version';
import { mergeValues } from './kubernetes/helm-values';
import { PodRole } from './kubernetes/pod-role';
import { renderPolicy } from './policy-document';

/** Karpenter on a cluster, installed by this app or imported. */
export interface IKarpenter extends IConstruct {
  /** The role of the nodes it launches. */
  readonly nodeRole: iam.IRole;

  /** Name of the instance profile of that role. */
  readonly nodeInstanceProfileName: string;
}

const NAMESPACE = 'kube-system';
const SERVICE_ACCOUNT = 'karpenter';
const CHARTS = 'oci://public.ecr.aws/karpenter';

const NODE_POLICIES = [
  'AmazonEKS_CNI_Policy',
  'AmazonEKSWorkerNodePolicy',
  'AmazonEC2ContainerRegistryPullOnly',
  'AmazonSSMManagedInstanceCore',
] as const;

/** Options of Karpenter, independent of its cluster. */
export interface KarpenterOptions {
  /**
   * Version of Karpenter.
   *
   * @default KarpenterVersion.V1_14_1
   */
  readonly version?: KarpenterVersion;

  /**
   * Role of the nodes it launches. It must trust EC2 and have the permissions that an EKS node needs.
   *
   * @default - a new role with the four managed policies for EKS nodes
   */
  readonly nodeRole?: iam.IRole;

  /**
   * Whether it may create, tag and delete instance profiles, which it does for an EC2NodeClass with a `role`. Those of pools name the instance
   * profile of this construct; only node classes of your own may need it.
   *
   * @default false
   */
  readonly instanceProfiles?: boolean;

  /**
   * Values of the chart, merged over those that this construct sets.
   *
   * @default - none
   */
  readonly values?: { [key: string]: unknown };
}

/** Properties of `Karpenter`. */
export interface KarpenterProps extends KarpenterOptions {
  /** The cluster to install it on. */
  readonly cluster: IInferenceCluster;
}

/** Attributes of an imported Karpenter, see `Karpenter.fromKarpenterAttributes()`. */
export interface KarpenterAttributes {
  /** The role of the nodes it launches, which already has an access entry on the cluster. */
  readonly nodeRole: iam.IRole;

  /** Name of the instance profile of that role. */
  readonly nodeInstanceProfileName: string;
}

/**
 * Karpenter on a cluster: its CRDs, controller, permissions, interruption queue, and the role of its nodes.
 *
 * `InferenceCluster` installs it; use this class to import a Karpenter that a cluster already has.
 *
 * @example
 * declare const theirs: eks.ICluster;
 *
 * const cluster = InferenceCluster.fromCluster(this, 'Cluster', {
 *   cluster: theirs,
 *   existingKarpenter: Karpenter.fromKarpenterAttributes(this, 'Karpenter', {
 *     nodeRole: iam.Role.fromRoleName(this, 'NodeRole', 'karpenter-nodes'),
 *     nodeInstanceProfileName: 'karpenter-nodes',
 *   }),
 * });
 */
export class Karpenter extends Construct implements IKarpenter {
  /**
   * Imports a Karpenter that is already on the cluster; it must serve the API `karpenter.sh/v1`.
   *
   * @param scope the parent construct
   * @param id id of the imported Karpenter in that scope
   * @param attributes role and instance profile of its nodes
   */
  public static fromKarpenterAttributes(scope: Construct, id: string, attributes: KarpenterAttributes): IKarpenter {
    class Import extends Construct implements IKarpenter {
      public readonly nodeRole = attributes.nodeRole;
      public readonly nodeInstanceProfileName = attributes.nodeInstanceProfileName;
    }
    return new Import(scope, id);
  }

  public readonly nodeRole: iam.IRole;
  public readonly nodeInstanceProfileName: string;

  /** The installed version. */
  public readonly version: KarpenterVersion;

  /** The role of the controller. */
  public readonly controllerRole: iam.IRole;

  /** The queue from which the controller receives interruption events. */
  public readonly interruptionQueue: sqs.IQueue;

  constructor(scope: Construct, id: string, props: KarpenterProps) {
    super(scope, id);
    const { cluster } = props;
    this.version = props.version ?? KarpenterVersion.V1_14_1;
    if (!cluster.addons.podIdentityAgent.available) {
      complain(this, {
        code: 'MissingPodIdentityAgent',
        wrong: 'Karpenter would have no credentials',
        given: 'a cluster without the EKS Pod Identity agent',
        expected: 'the agent, which gives the controller the credentials of its role',
        fix: 'Leave `podIdentityAgent` at its default, or set it to ClusterAddon.existing() if the cluster already has the agent.',
      });
    }

    this.nodeRole = props.nodeRole ?? this.createNodeRole();
    const instanceProfile = new iam.InstanceProfile(this, 'NodeInstanceProfile', { role: this.nodeRole });
    this.nodeInstanceProfileName = instanceProfile.instanceProfileName;
    const nodeAccess = new eks.AccessEntry(this, 'NodeAccess', {
      cluster: cluster.cluster,
      principal: this.nodeRole.roleArn,
      accessEntryType: eks.AccessEntryType.EC2_LINUX,
      accessPolicies: [],
    });

    const interruption = new InterruptionQueue(this, 'Interruption');
    this.interruptionQueue = interruption.queue;
    const identity = new PodRole(this, 'Controller', {
      clusterName: cluster.clusterName,
      namespace: NAMESPACE,
      serviceAccount: SERVICE_ACCOUNT,
      description: 'Karpenter controller',
      agent: cluster.addons.podIdentityAgent,
    });
    this.controllerRole = identity.role;
    const policies = [
      ...this.createPolicies(cluster.clusterName, identity.role, props.instanceProfiles ?? false),
      spotRolePolicy(this, identity.role),
    ];

    // Helm never upgrades the CRDs inside the main chart; it does upgrade those of the CRD chart.
    const crds = cluster.addHelmChart(this, 'Crds', {
      chart: 'karpenter-crd',
      repository: `${CHARTS}/karpenter-crd`,
      version: this.version.version,
      release: 'karpenter-crd',
      namespace: NAMESPACE,
    });
    const controller = cluster.addHelmChart(this, 'Chart', {
      chart: 'karpenter',
      repository: `${CHARTS}/karpenter`,
      version: this.version.version,
      release: 'karpenter',
      namespace: NAMESPACE,
      values: mergeValues(
        {
          serviceAccount: { create: true, name: SERVICE_ACCOUNT },
          settings: { clusterName: cluster.clusterName, interruptionQueue: this.interruptionQueue.queueName },
          controller: {
            resources: { requests: { cpu: '500m', memory: '1Gi' }, limits: { memory: '1Gi' } },
          },
        },
        props.values,
      ),
    });
    // A controller that outlives its permissions cannot terminate its nodes any more.
    controller.node.addDependency(crds, identity, nodeAccess, instanceProfile, interruption, ...policies);
  }

  private createNodeRole(): iam.IRole {
    const role = new iam.Role(this, 'NodeRole', {
      description: 'Nodes launched by Karpenter',
      assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com'),
      managedPolicies: NODE_POLICIES.map((name) => iam.ManagedPolicy.fromAwsManagedPolicyName(name)),
    });
    acknowledge(role, managedPolicies(NODE_POLICIES, 'EKS and Karpenter require these managed policies for nodes.'));
    return role;
  }

  private createPolicies(clusterName: string, role: iam.IRole, instanceProfiles: boolean): iam.CfnManagedPolicy[] {
    const values = {
      ClusterName: clusterName,
      NodeRoleArn: this.nodeRole.roleArn,
      InterruptionQueueArn: this.interruptionQueue.queueArn,
    };
    return this.version._policies.map(({ id, roleStatements = [], ...policy }) => {
      const statements = [...policy.statements, ...(instanceProfiles ? roleStatements : [])];
      const managed = new iam.CfnManagedPolicy(this, `${id}Policy`, {
        description: `Karpenter controller: ${id}`,
        policyDocument: renderPolicy(statements, values),
        roles: [role.roleName],
      });
      const resources = statements.flatMap(({ Resource }) => Resource).filter((resource) => resource.includes('*'));
      acknowledge(
        managed,
        wildcards(
          resources.map((resource) => (/\$\{/.test(resource) ? JSON.stringify([resource, {}]) : resource)),
          'The statements are those that Karpenter publishes; conditions on tags confine them to the cluster.',
        ),
      );
      return managed;
    });
  }
}

/**
 * Lets EC2 create its role for spot instances in the name of the controller, at the first launch in an account that has never had one. Where
 * the role exists nothing happens. A resource of the template could not be it: it would fail wherever the role is there already
 * (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/service-linked-roles-spot-instance-requests.html).
 */
const spotRolePolicy = (scope: Construct, role: iam.IRole): iam.Policy =>
  new iam.Policy(scope, 'SpotRolePolicy', {
    roles: [role],
    statements: [
      new iam.PolicyStatement({
        sid: 'CreateSpotServiceLinkedRole',
        actions: ['iam:CreateServiceLinkedRole'],
        resources: [
          Stack.of(scope).formatArn({
            service: 'iam',
            region: '',
            resource: 'role',
            resourceName: 'aws-service-role/spot.amazonaws.com/AWSServiceRoleForEC2Spot',
          }),
        ],
        conditions: { StringEquals: { 'iam:AWSServiceName': 'spot.amazonaws.com' } },
      }),
    ],
  });
