import { healthTrigger, scalingFallback, scalingTrigger } from '../../../lambda/control-loop/contract/defaults';
import { apiVersionOf, KEDA_AUTOSCALER_PREFIX, labels, nodeLabels, resources } from '../../../lambda/control-loop/contract/names';
import type { Fleet } from '../../../lambda/control-loop/model/fleet';
import type { KubernetesObject } from '../../../lambda/control-loop/ports';
import type { Scenario } from '../../inputs/scenario';
import { metricDimensions } from '../aws/alb';
import { rfc3339 } from './names';
import { epochSeconds, type FleetUnit, livePods, type TwinNode, type World } from './world';

/** The objects of the cluster as a reader of its API sees them: what the loop reads and little more. */

export const condition = (type: string, isTrue: boolean, epoch: number, reason = type, message = ''): Record<string, unknown> => ({
  type,
  status: isTrue ? 'True' : 'False',
  reason: isTrue ? type : reason,
  message: isTrue ? '' : message,
  lastTransitionTime: rfc3339(epoch),
});

export const nodeObject = (node: TwinNode, world: World): KubernetesObject => {
  const { pool, instance } = node;
  const devices = { [pool.deviceResource]: String(instance?.type.devices ?? 0) };
  return {
    metadata: {
      name: node.nodeName,
      labels: {
        [nodeLabels.nodePool]: pool.name,
        [nodeLabels.capacityType]: pool.capacityType,
        [nodeLabels.instanceType]: instance?.type.name ?? '',
        [nodeLabels.zone]: instance?.zone ?? '',
      },
    },
    spec: {
      providerID: `aws:///${instance?.zone}/${instance?.id}`,
      ...(node.phase === 'draining' ? { taints: [{ key: 'karpenter.sh/disrupted', effect: 'NoSchedule' }] } : {}),
    },
    status: {
      capacity: devices,
      allocatable: devices,
      conditions: [condition('Ready', true, epochSeconds(world, node.initializedSeconds ?? 0), 'KubeletReady')],
    },
  };
};

export const podLabels = ({ fleet, unit }: FleetUnit): Record<string, string> => ({
  app: unit.deployment,
  [labels.fleet]: fleet.name,
  [labels.unit]: unit.name,
});

export const deviceResourceOf = ({ fleet, unit }: FleetUnit): string =>
  fleet.pools.find((pool) => unit.pools.includes(pool.name))?.deviceResource ?? 'nvidia.com/gpu';

/** As the ReplicaSet controller says it of a namespace whose quota is used up (kubernetes/kubernetes `pkg/controller/replicaset`). */
const refusal = (sinceSeconds: number, world: World): Record<string, unknown> => ({
  ...condition('ReplicaFailure', true, epochSeconds(world, sinceSeconds)),
  reason: 'FailedCreate',
  message: 'pods is forbidden: exceeded quota',
});

/**
 * @param revision of the present pod template
 * @param refusedSeconds since when the API server has refused its pods
 */
export const deploymentObject = (
  unitIndex: number,
  replicas: number,
  world: World,
  revision: number,
  refusedSeconds?: number,
): KubernetesObject => {
  const owner = world.units[unitIndex]!;
  const { deployment } = owner.unit;
  const live = livePods(world, unitIndex);
  const ready = live.filter((pod) => pod.phase === 'ready').length;
  return {
    metadata: { name: deployment, namespace: owner.fleet.namespace, labels: podLabels(owner) },
    spec: {
      replicas,
      selector: { matchLabels: { app: deployment } },
      strategy: {
        type: 'RollingUpdate',
        rollingUpdate: { maxSurge: `${world.scenario.twin.pod.maximumSurgePercent}%`, maxUnavailable: 0 },
      },
    },
    status: {
      replicas: live.length,
      updatedReplicas: live.filter((pod) => pod.revision === revision).length,
      readyReplicas: ready,
      availableReplicas: ready,
      unavailableReplicas: live.length - ready,
      ...(refusedSeconds !== undefined && { conditions: [refusal(refusedSeconds, world)] }),
    },
  };
};

/** KEDA's triggers as the constructs state them, but for the period, which a scenario may change. */
const cloudWatchTriggers = ({ fleet, unit }: FleetUnit, world: World): readonly Record<string, unknown>[] => {
  const { scaler } = world.scenario.twin;
  const { loadBalancer, targetGroup } = metricDimensions(unit, fleet);
  return [scalingTrigger, healthTrigger].map(({ type, metricType, metadata }) => ({
    type,
    metricType,
    metadata: {
      targetMetricValue: String(unit.profile.throughputPerMinute),
      ...metadata,
      dimensionValue: `${loadBalancer};${targetGroup}`,
      metricStatPeriod: String(scaler.metricStatPeriodSeconds),
      metricCollectionTime: String(Math.max(world.settings.metricCollectionSeconds, scaler.metricStatPeriodSeconds)),
      awsRegion: 'us-west-2',
    },
  }));
};

/** Fills the places before the one that carries the target. */
const otherTrigger = { type: 'cpu', metricType: 'Utilization', metadata: { value: '100' } };

export const scaledObjectObject = ({ fleet, unit }: FleetUnit, world: World): KubernetesObject => ({
  metadata: { name: unit.scaler.name, namespace: fleet.namespace, labels: podLabels({ fleet, unit }) },
  spec: {
    scaleTargetRef: { name: unit.deployment },
    pollingInterval: world.scenario.twin.scaler.pollingIntervalSeconds,
    minReplicaCount: unit.minimumReplicas,
    maxReplicaCount: unit.maximumReplicas,
    fallback: scalingFallback,
    triggers: [...Array.from({ length: unit.scaler.metricIndex }, () => otherTrigger), ...cloudWatchTriggers({ fleet, unit }, world)],
  },
  status: { hpaName: `${KEDA_AUTOSCALER_PREFIX}${unit.scaler.name}`, conditions: [condition('Ready', true, world.startEpochSeconds)] },
});

const otherMetric = { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 100 } } };

export const horizontalPodAutoscalerObject = ({ fleet, unit }: FleetUnit): KubernetesObject => ({
  metadata: { name: unit.scaler.name, namespace: fleet.namespace, labels: podLabels({ fleet, unit }) },
  spec: {
    scaleTargetRef: { apiVersion: apiVersionOf(resources.deployments), kind: resources.deployments.kind, name: unit.deployment },
    minReplicas: Math.max(1, unit.minimumReplicas),
    maxReplicas: unit.maximumReplicas,
    metrics: [
      ...Array.from({ length: unit.scaler.metricIndex }, () => otherMetric),
      {
        type: 'External',
        external: {
          metric: { name: 'requests-per-minute' },
          target: { type: 'AverageValue', averageValue: String(unit.profile.throughputPerMinute) },
        },
      },
    ],
  },
});

/** What deployments have made of a fleet. */
export interface DeployedSpec {
  /** Names of the units that are deployed. */
  readonly units: ReadonlySet<string>;
  /** Those that were promoted are no canaries; none is where not stated. */
  readonly promoted?: ReadonlySet<string>;
  /** Pools that are no longer the fleet's; none is where not stated. */
  readonly removedPools?: ReadonlySet<string>;
  /** The rule of its router; as the scenario has it where not stated. */
  readonly listenerRuleArn?: string | undefined;
}

/** A fleet as deployments have left it, with the pools of its units. */
export const inferenceFleetObject = (
  { name, namespace }: Fleet,
  spec: Scenario['fleet'],
  { units: deployed, promoted = new Set(), removedPools = new Set(), listenerRuleArn }: DeployedSpec,
): KubernetesObject => {
  const units = spec.units
    .filter((unit) => deployed.has(unit.name))
    .map(({ maximumShare, ...unit }) => ({
      ...unit,
      pools: unit.pools.filter((name) => !removedPools.has(name)),
      ...(maximumShare !== undefined && !promoted.has(unit.name) && { maximumShare }),
    }));
  const absent = spec.units.filter((unit) => !deployed.has(unit.name)).flatMap((unit) => unit.pools);
  const used = new Set(units.flatMap((unit) => unit.pools));
  const pools = spec.pools.filter(({ name }) => !removedPools.has(name) && (used.has(name) || !absent.includes(name)));
  const router = listenerRuleArn === undefined ? {} : { router: { ...spec.router, listenerRuleArn } };
  return { metadata: { name, namespace }, spec: structuredClone({ ...spec, units, pools, ...router }) };
};
