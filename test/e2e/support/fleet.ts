import type { FleetSpecInput } from '../../../lambda/control-loop/api';
import { customResourceDefinition } from '../../../lambda/control-loop/api';
import { healthTrigger, scalingFallback, scalingTrigger } from '../../../lambda/control-loop/contract/defaults';
import { apiVersionOf, resources } from '../../../lambda/control-loop/contract/names';
import type { KubernetesObject } from '../../../lambda/control-loop/ports';
import { create } from '../cluster/definitions';
import type { TestCluster } from '../cluster/test-bed';
import { addPool, type PoolInput } from './pools';
import { addRouter, type Router } from './router';
import { addUnit, unitName } from './workload';

const UNITS = {
  inf2: { accelerator: 'INFERENTIA2', deviceResource: 'aws.amazon.com/neuron', throughputPerMinute: 105, latencySeconds: 0.67 },
  g5: { accelerator: 'A10G', deviceResource: 'nvidia.com/gpu', throughputPerMinute: 90, latencySeconds: 0.68 },
} as const;

type UnitName = keyof typeof UNITS;

const POOLS: readonly (PoolInput & { readonly unit: UnitName })[] = [
  { unit: 'inf2', name: 'inf2-spot', capacityType: 'spot', instanceTypes: ['inf2.xlarge', 'inf2.8xlarge'] },
  { unit: 'inf2', name: 'inf2-od', capacityType: 'on-demand', instanceTypes: ['inf2.xlarge', 'inf2.8xlarge'] },
  { unit: 'g5', name: 'g5-spot', capacityType: 'spot', instanceTypes: ['g5.xlarge', 'g5.2xlarge'] },
  { unit: 'g5', name: 'g5-od', capacityType: 'on-demand', instanceTypes: ['g5.xlarge', 'g5.2xlarge'] },
];

/** Names of its pools. */
export const FLEET_POOLS: readonly string[] = POOLS.map(({ name }) => name);

export interface ChatFleet {
  readonly name: string;
  readonly router: Router;
  read(): Promise<KubernetesObject>;
}

interface ChatOptions {
  /** What scales the units; without a scaler the test does. Default: `ScaledObject`. */
  readonly scaler?: 'ScaledObject' | 'HorizontalPodAutoscaler' | 'none';
  /** Of each unit, at first. Default: 1. */
  readonly replicas?: number;
  /** Of each pool. Default: 8. */
  readonly maximumDevices?: number;
}

/** A fleet of two units with a spot and an on-demand pool each, a ScaledObject each and a router: as `AdaptiveInference` makes it. */
export const addChatFleet = async (
  bed: TestCluster,
  changes: Partial<FleetSpecInput> = {},
  { scaler = 'ScaledObject', replicas = 1, maximumDevices = 8 }: ChatOptions = {},
): Promise<ChatFleet> => {
  const name = 'chat';
  await create(bed.kubectl, customResourceDefinition());
  for (const pool of POOLS) await addPool(bed, { ...pool, ...kindOf(pool.unit) });
  const router = await addRouter(bed, name, { inf2: 500, g5: 499 });
  if (scaler === 'ScaledObject') await create(bed.kubectl, TRIGGER_AUTHENTICATION);
  for (const unit of Object.keys(UNITS) as UnitName[]) {
    await addUnit(bed, { fleet: name, unit, replicas, ...kindOf(unit) });
    const own = unitName({ fleet: name, unit });
    if (scaler === 'none') continue;
    const object = scaler === 'ScaledObject' ? scaledObject(own, router, unit) : autoscaler(own);
    await create(bed.kubectl, object);
  }
  await bed.api.create(resources.inferenceFleets, {
    metadata: { name, namespace: 'default' },
    spec: { ...chatSpec(bed, router, { maximumDevices, scaler: scaler === 'none' ? 'ScaledObject' : scaler }), ...changes },
  });
  return { name, router, read: () => bed.api.get(resources.inferenceFleets, name, 'default') };
};

const kindOf = (unit: UnitName) => ({ accelerator: UNITS[unit].accelerator, deviceResource: UNITS[unit].deviceResource });

const chatSpec = (
  bed: TestCluster,
  router: Router,
  { maximumDevices, scaler }: { readonly maximumDevices: number; readonly scaler: 'ScaledObject' | 'HorizontalPodAutoscaler' },
): FleetSpecInput => ({
  objective: { latencySeconds: 0.9 },
  router: { listenerRuleArn: router.listenerRuleArn },
  units: (Object.keys(UNITS) as UnitName[]).map((unit) => ({
    name: unit,
    accelerator: UNITS[unit].accelerator,
    deployment: unitName({ fleet: 'chat', unit }),
    scaler: { kind: scaler, name: unitName({ fleet: 'chat', unit }) },
    pools: POOLS.filter((pool) => pool.unit === unit).map((pool) => pool.name),
    profile: {
      throughputPerMinute: UNITS[unit].throughputPerMinute,
      latencySeconds: UNITS[unit].latencySeconds,
      coldStartSeconds: 300,
    },
    targetGroupArn: router.targetGroupArns[unit] ?? '',
    maximumReplicas: 10,
  })),
  pools: POOLS.map((pool) => ({
    name: pool.name,
    ...kindOf(pool.unit),
    capacityType: pool.capacityType,
    instanceTypes: pool.instanceTypes.map((type) => ({ name: type, devices: 1, priceUsdPerHour: bed.aws.market.onDemandPrice(type) ?? 0 })),
    maximumDevices,
  })),
});

const TRIGGER_AUTHENTICATION = {
  apiVersion: apiVersionOf(resources.scaledObjects),
  kind: 'TriggerAuthentication',
  metadata: { name: 'chat', namespace: 'default' },
  spec: { podIdentity: { provider: 'aws' } },
};

const arnEnd = (arn: string, kind: string): string => arn.slice(arn.indexOf(kind));

/** CloudWatch's dimensions of a unit's target group. */
const dimensionsOf = (router: Router, unit: string): Readonly<Record<string, string>> => ({
  LoadBalancer: arnEnd(router.listenerRuleArn, 'listener-rule/').split('/').slice(1, 4).join('/'),
  TargetGroup: arnEnd(router.targetGroupArns[unit] ?? '', 'targetgroup/'),
});

/** An autoscaler without KEDA; of its metric nobody tells, so it holds the floor and scales no further. */
const autoscaler = (name: string) => ({
  apiVersion: apiVersionOf(resources.horizontalPodAutoscalers),
  kind: resources.horizontalPodAutoscalers.kind,
  metadata: { name, namespace: 'default' },
  spec: {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
    minReplicas: 1,
    maxReplicas: 10,
    metrics: [{ type: 'External', external: { metric: { name: 'requests' }, target: { type: 'AverageValue', averageValue: '60' } } }],
  },
});

const scaledObject = (name: string, router: Router, unit: string) => {
  const { LoadBalancer, TargetGroup } = dimensionsOf(router, unit);
  return {
    apiVersion: apiVersionOf(resources.scaledObjects),
    kind: resources.scaledObjects.kind,
    metadata: { name, namespace: 'default' },
    spec: {
      scaleTargetRef: { name },
      pollingInterval: 5,
      minReplicaCount: 1,
      maxReplicaCount: 10,
      fallback: scalingFallback,
      triggers: [scalingTrigger, healthTrigger].map(({ type, metricType, metadata }) => ({
        type,
        metricType,
        authenticationRef: { name: 'chat' },
        metadata: { targetMetricValue: '60', ...metadata, dimensionValue: `${LoadBalancer};${TargetGroup}`, awsRegion: 'us-west-2' },
      })),
    },
  };
};

/** Minutes of traffic up to now, as the load balancer reports it. */
export const putTraffic = (
  bed: Pick<TestCluster, 'aws'>,
  router: Router,
  unit: string,
  traffic: {
    readonly requestsPerMinute: number;
    readonly latencySeconds: number;
    readonly healthyHosts: number;
    /** Default: 0. */
    readonly unhealthyHosts?: number;
    readonly minutes?: number;
  },
): void => {
  const dimensions = dimensionsOf(router, unit);
  const metric = (metricName: string) => ({ namespace: 'AWS/ApplicationELB', metricName, dimensions });
  const thisMinute = Math.floor(Date.now() / 60_000) * 60;
  for (let back = 1; back <= (traffic.minutes ?? 10); back += 1) {
    const at = thisMinute - back * 60;
    // A load balancer reports requests only while they flow.
    if (traffic.requestsPerMinute > 0) {
      bed.aws.metrics.put(metric('RequestCount'), [traffic.requestsPerMinute], at);
      bed.aws.metrics.put(metric('TargetResponseTime'), Array<number>(20).fill(traffic.latencySeconds), at);
    }
    bed.aws.metrics.put(metric('HealthyHostCount'), [traffic.healthyHosts], at);
    bed.aws.metrics.put(metric('UnHealthyHostCount'), [traffic.unhealthyHosts ?? 0], at);
  }
};
