import { Duration, Lazy } from 'aws-cdk-lib';
import { Construct, type IConstruct } from 'constructs';
import type { Accelerator } from '../accelerator/accelerator';
import type { AcceleratorInstanceType } from '../accelerator/instance-type';
import { POOL_TAG, poolDefaults, unitDefaults } from '../generated/contract';
import { describeOnce } from '../private/accelerator-definitions';
import { claimName } from '../private/claims';
import { kubernetesDuration, kubernetesName, literal, nonEmpty } from '../private/validation';
import { CapacityType } from './capacity-type';
import { type AcceleratorPoolAttributes, importPool } from './imported-pool';
import { chooseInstances } from './instance-choice';
import { nodeClassManifest } from './node-class';
import { NodeDrain } from './node-drain';
import { nodePoolManifest } from './node-pool';
import { TaintEffect } from './node-taint';
import {
  checkAmiAlias,
  checkBlockDevices,
  checkDevicePlugin,
  checkExpiry,
  checkMaximumDevices,
  checkMaximumHoldsOneInstance,
  checkNamespaces,
  checkReservations,
  DEFAULT_AMI_ALIAS,
  selectSubnets,
} from './pool-checks';
import type { AcceleratorPoolProps } from './pool-options';
import { checkLabels, checkTags, checkTaints, checkZones } from './pool-words';

/** A pool of one accelerator and one capacity type, created in this app or imported. */
export interface IAcceleratorPool extends IConstruct {
  /** Name of the Karpenter NodePool. */
  readonly poolName: string;

  /** The accelerator of its nodes. */
  readonly accelerator: Accelerator;

  /** How its capacity is bought. */
  readonly capacityType: CapacityType;

  /** The instance types it may launch, each with its price. */
  readonly instanceTypes: AcceleratorInstanceType[];

  /** Maximum number of devices it may grow to. */
  readonly maximumDevices: number;

  /** The availability zones it is restricted to; undefined if it is not. */
  readonly zones?: string[];

  /** The capacity reservations it uses; undefined unless its capacity type is reserved. */
  readonly capacityReservationIds?: string[];

  /** Keys of the taints of its nodes, which pods must tolerate. */
  readonly taintKeys: string[];

  /**
   * Lets fleets of a namespace use the pool. The control loop refuses every fleet that names a pool which does not admit it.
   *
   * Of an imported pool nothing changes: whoever owns the NodePool sets its annotation `adaptive-inference.dev/namespaces`.
   *
   * @param namespace the namespace of the fleets
   */
  admitNamespace(namespace: string): void;
}

/**
 * A pool of one accelerator and one capacity type: a Karpenter NodePool with its EC2NodeClass.
 *
 * The control loop decides how far the pool may grow and how it ranks among others; neither is part of the deployed manifests.
 *
 * @example
 * declare const cluster: IInferenceCluster;
 *
 * new AcceleratorPool(this, 'Spot', {
 *   cluster,
 *   accelerator: Accelerator.L40S,
 *   capacityType: CapacityType.SPOT,
 *   instanceSizes: ['xlarge', '2xlarge'],
 *   maximumDevices: 16,
 * });
 */
export class AcceleratorPool extends Construct implements IAcceleratorPool {
  /**
   * Imports an existing Karpenter NodePool, so that units can run on it and the control loop can order and limit it.
   *
   * Its nodes must carry the label `adaptive-inference.dev/accelerator` with the accelerator's name.
   * Leave `spec.weight` and `spec.limits` to the loop, and list the namespaces of its fleets, separated by commas, in the annotation
   * `adaptive-inference.dev/namespaces` of the NodePool.
   *
   * @param scope the parent construct
   * @param id id of the imported pool in that scope
   * @param attributes attributes of the NodePool
   */
  public static fromAcceleratorPoolAttributes(scope: Construct, id: string, attributes: AcceleratorPoolAttributes): IAcceleratorPool {
    return importPool(scope, id, attributes);
  }

  /** Name of the NodePool and of the EC2NodeClass. */
  public readonly poolName: string;

  /** The accelerator of its nodes. */
  public readonly accelerator: Accelerator;

  /** How its capacity is bought. */
  public readonly capacityType: CapacityType;

  /** The instance types it may launch, each with its price. */
  public readonly instanceTypes: AcceleratorInstanceType[];

  /** Maximum number of devices it may grow to. */
  public readonly maximumDevices: number;

  /** The availability zones it is restricted to; undefined if it is not. */
  public readonly zones?: string[];

  /** The capacity reservations it uses; undefined unless its capacity type is reserved. */
  public readonly capacityReservationIds?: string[];

  /** Keys of the taints of its nodes, which pods must tolerate. */
  public readonly taintKeys: string[];

  /** Maximum time a node may drain before it is terminated regardless of its pods. */
  public readonly terminationGracePeriod: Duration;

  private readonly namespaces: Set<string>;

  constructor(scope: Construct, id: string, props: AcceleratorPoolProps) {
    super(scope, id);
    const { cluster, accelerator } = props;
    this.accelerator = accelerator;
    this.capacityType = literal(this, 'capacityType', props.capacityType ?? CapacityType.SPOT);
    const defaultName = `${accelerator.name}-${this.capacityType}`.toLowerCase().replace(/[^a-z0-9-]/g, '-');
    this.poolName = kubernetesName(this, 'name', props.name ?? defaultName);
    claimName(this, cluster, 'pool', this.poolName);
    describeOnce(this, cluster, [accelerator]);
    this.instanceTypes = chooseInstances(this, {
      accelerator,
      instanceTypes: props.instanceTypes,
      instanceFamilies: props.instanceFamilies,
      instanceSizes: props.instanceSizes,
      devicesPerPod: props.devicesPerPod ?? unitDefaults.devicesPerPod,
      prices: props.prices,
    });
    this.maximumDevices = checkMaximumDevices(this, props.maximumDevices);
    checkMaximumHoldsOneInstance(this);
    const own = { key: accelerator.deviceResource, value: 'true', effect: TaintEffect.NO_SCHEDULE };
    const taints = [own, ...checkTaints(this, props.taints)];
    this.taintKeys = [...new Set(taints.map(({ key }) => key))];
    const subnets = selectSubnets(this, cluster.vpc, props.subnets);
    const zones = checkZones(this, props.zones, subnets.zones);
    if (zones) this.zones = zones;
    nonEmpty(this, 'securityGroups', props.securityGroups);
    const reservations = checkReservations(this, props.capacityReservationIds);
    if (reservations) this.capacityReservationIds = reservations;
    this.terminationGracePeriod = props.terminationGracePeriod ?? Duration.seconds(poolDefaults.terminationGracePeriodSeconds);
    this.namespaces = new Set(checkNamespaces(this, props.namespaces));
    const amiAlias = checkAmiAlias(this, props.amiAlias ?? DEFAULT_AMI_ALIAS);
    checkDevicePlugin(this, cluster, amiAlias);

    // Ids contain the name: a renamed object must be a new resource, because an apply never removes the old object.
    const nodeClass = cluster.addManifest(
      this,
      `NodeClass-${this.poolName}`,
      nodeClassManifest({
        name: this.poolName,
        amiAlias,
        instanceProfileName: cluster.karpenter.nodeInstanceProfileName,
        subnetIds: subnets.subnetIds,
        securityGroupIds: (props.securityGroups ?? [cluster.clusterSecurityGroup]).map(({ securityGroupId }) => securityGroupId),
        capacityReservationIds: this.capacityReservationIds,
        blockDevices: checkBlockDevices(this, props.blockDevices, amiAlias),
        localStorage: props.localStorage ?? this.instanceTypes.some(({ localStorage }) => localStorage),
        tags: { [POOL_TAG]: this.poolName, ...checkTags(this, props.tags) },
      }),
    );
    const drain = new NodeDrain(this, `Drain-${this.poolName}`, { clusterName: cluster.clusterName, nodePool: this.poolName });
    const nodePool = cluster.addManifest(
      this,
      `NodePool-${this.poolName}`,
      nodePoolManifest({
        name: this.poolName,
        namespaces: Lazy.string({ produce: () => [...this.namespaces].sort().join(',') }),
        labels: { ...checkLabels(this, props.labels), ...accelerator.nodeSelector },
        taints,
        instanceTypes: this.instanceTypes.map(({ name }) => name),
        capacityType: this.capacityType,
        zones: this.zones,
        expireAfter: checkExpiry(this, props.expireAfter),
        terminationGracePeriod: kubernetesDuration(this, 'terminationGracePeriod', this.terminationGracePeriod),
        consolidateAfter: kubernetesDuration(
          this,
          'consolidateAfter',
          props.consolidateAfter ?? Duration.seconds(poolDefaults.consolidateAfterSeconds),
        ),
      }),
    );
    // Deletion runs in reverse order: node pool, its nodes, node class, and only then Karpenter and what it needs.
    nodePool.node.addDependency(drain);
    drain.node.addDependency(nodeClass);
    nodeClass.node.addDependency(cluster.karpenter);
  }

  public admitNamespace(namespace: string): void {
    this.namespaces.add(namespace);
  }

  /** Node labels that select the nodes of the accelerator of this pool. */
  public get nodeSelector(): { [label: string]: string } {
    return this.accelerator.nodeSelector;
  }
}
