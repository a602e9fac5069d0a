import { poolDefaults } from '../../../lambda/control-loop/contract/defaults';
import {
  apiVersionOf,
  CLUSTER_EVENTS_NAMESPACE,
  labels,
  nodeLabels,
  poolAnnotations,
  resources,
} from '../../../lambda/control-loop/contract/names';
import type { Pool } from '../../../lambda/control-loop/model/fleet';
import type { KubernetesObject } from '../../../lambda/control-loop/ports';
import { rfc3339 } from '../kubernetes/names';
import { condition } from '../kubernetes/objects';
import { epochSeconds, type TwinNode, type World } from '../kubernetes/world';

/** Karpenter's objects as a reader of the API sees them. */

/** A NodePool as the constructs leave it: `spec.weight` and `spec.limits` are for the loop to set. */
export const nodePoolObject = (pool: Pool, world: World): KubernetesObject => ({
  metadata: {
    name: pool.name,
    annotations: { [poolAnnotations.namespaces]: [...new Set(world.fleets.map(({ namespace }) => namespace))].join(',') },
  },
  spec: {
    template: {
      metadata: { labels: { [labels.accelerator]: pool.accelerator } },
      spec: {
        nodeClassRef: { group: 'karpenter.k8s.aws', kind: 'EC2NodeClass', name: 'default' },
        requirements: [
          { key: nodeLabels.capacityType, operator: 'In', values: [pool.capacityType] },
          { key: nodeLabels.instanceType, operator: 'In', values: pool.instanceTypes.map((type) => type.name) },
        ],
      },
    },
    disruption: disruptionOf(world.scenario.twin.nodePool),
  },
  status: { conditions: [condition('Ready', true, world.startEpochSeconds)] },
});

const disruptionOf = ({ consolidateAfterSeconds, budgets }: World['scenario']['twin']['nodePool']) => ({
  consolidationPolicy: poolDefaults.consolidationPolicy,
  consolidateAfter: `${consolidateAfterSeconds}s`,
  budgets: structuredClone(budgets),
});

export const nodeClaimObject = (node: TwinNode, world: World): KubernetesObject => {
  const { pool, instance } = node;
  const created = epochSeconds(world, node.createdSeconds);
  const launched = node.launchedSeconds === undefined ? undefined : epochSeconds(world, node.launchedSeconds);
  const initialized = node.initializedSeconds === undefined ? undefined : epochSeconds(world, node.initializedSeconds);
  const devices = instance ? { [pool.deviceResource]: String(instance.type.devices) } : undefined;
  const owner = world.api.read(resources.nodePools, pool.name);
  return {
    metadata: {
      name: node.name,
      creationTimestamp: rfc3339(created),
      ...(node.deletedSeconds === undefined ? {} : { deletionTimestamp: rfc3339(epochSeconds(world, node.deletedSeconds)) }),
      labels: {
        [nodeLabels.nodePool]: pool.name,
        [nodeLabels.capacityType]: pool.capacityType,
        ...(instance ? { [nodeLabels.instanceType]: instance.type.name, [nodeLabels.zone]: instance.zone } : {}),
      },
      ownerReferences: [{ kind: resources.nodePools.kind, name: pool.name, uid: owner?.metadata.uid ?? '' }],
    },
    spec: {
      requirements: [{ key: nodeLabels.nodePool, operator: 'In', values: [pool.name] }],
      nodeClassRef: { group: 'karpenter.k8s.aws', kind: 'EC2NodeClass', name: 'default' },
    },
    status: {
      ...(instance ? { providerID: `aws:///${instance.zone}/${instance.id}`, capacity: devices, allocatable: devices } : {}),
      ...(initialized === undefined ? {} : { nodeName: node.nodeName }),
      conditions: [
        condition('Launched', launched !== undefined, launched ?? created, 'NotLaunched'),
        condition('Registered', initialized !== undefined, initialized ?? created, 'NodeNotFound'),
        condition('Initialized', initialized !== undefined, initialized ?? created, 'NodeNotFound'),
        condition('Ready', initialized !== undefined, initialized ?? created, 'NodeNotFound'),
        ...(node.isDrifted ? [condition('Drifted', true, created)] : []),
        ...(node.disruptionReason === undefined ? [] : [condition('DisruptionReason', true, created)]),
      ],
    },
  };
};

/** A core/v1 Event about a cluster-scoped object of Karpenter; such events are in the namespace for cluster-wide objects. */
export const karpenterEvent = (
  about: { readonly kind: string; readonly name: string; readonly uid: string },
  event: { readonly reason: string; readonly message: string; readonly count: number; readonly firstEpochSeconds: number },
  world: World,
): KubernetesObject => {
  const now = rfc3339(epochSeconds(world));
  return {
    metadata: {
      name: `${about.name}.${event.reason.toLowerCase()}.${Math.floor(event.firstEpochSeconds).toString(16)}`,
      namespace: CLUSTER_EVENTS_NAMESPACE,
    },
    involvedObject: { apiVersion: apiVersionOf(resources.nodeClaims), ...about },
    type: 'Warning',
    reason: event.reason,
    message: event.message,
    count: event.count,
    firstTimestamp: rfc3339(event.firstEpochSeconds),
    lastTimestamp: now,
    source: { component: 'karpenter' },
    reportingComponent: 'karpenter',
    reportingInstance: '',
  };
};
