import type { FleetSpecInput } from '../../../lambda/control-loop/api';
import { customResourceDefinition } from '../../../lambda/control-loop/api';
import { healthTrigger, scalingFallback, scalingTrigger } from '../../../lambda/control-loop/contract/defaults';
import { apiVersionOf, resources } from '../../../lambda/control-loop/contract/names';
import type { KubernetesObject } from '../../../lambda/control-loop/ports';
import { create } from '../cluster/definitions';
import type { TestCluster } from '../cluster/test-bed';
import { addPool, type PoolInput } from './pools';
import { addRouter, type Router } from './router';
import { createRuleStack } from './rule-stack';
import { addDisruptionBudget, addUnit, unitName } from './workload';

const UNITS = {
  inf2: { accelerator: 'INFERENTIA2', deviceResource: 'aws.amazon.com/neuron', throughputPerMinute: 105, latencySeconds: 0.67 },
  g5: { accelerator: 'A10G', deviceResource: 'nvidia.com/gpu', throughputPerMinute: 90, latencySeconds: 0.68 },
  g6: { accelerator: 'L4', deviceResource: 'nvidia.com/gpu', throughputPerMinute: 80, latencySeconds: 0.72 },
} as const;

type UnitName = keyof typeof UNITS;

const FIRST_UNITS = ['inf2', 'g5'] as const;
/** What may be added to the fleet. */
export const ANOTHER_UNIT = 'g6';

const POOLS: readonly (PoolInput & { readonly unit: UnitName })[] = (
  [
    ['inf2', ['inf2.xlarge', 'inf2.8xlarge']],
    ['g5', ['g5.xlarge', 'g5.2xlarge']],
    ['g6', ['g6.xlarge', 'g6.2xlarge']],
  ] as const
).flatMap(([unit, instanceTypes]) => [
  { unit, name: `${unit}-spot`, capacityType: 'spot', instanceTypes },
  { unit, name: `${unit}-od`, capacityType: 'on-demand', instanceTypes },
]);

const poolsOf = (units: readonly UnitName[]) => POOLS.filter(({ unit }) => units.includes(unit));

/** Names of its pools. */
export const FLEET_POOLS: readonly string[] = poolsOf(FIRST_UNITS).map(({ name }) => name);

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
  /** Whether drains are held back as the constructs have it. Default: no. */
  readonly disruptionBudgets?: boolean;
}

/** A fleet of two units with a spot and an on-demand pool each, a ScaledObject each and a router: as `AdaptiveInference` makes it. */
export const addChatFleet = async (
  bed: TestCluster,
  changes: Partial<FleetSpecInput> = {},
  { scaler = 'ScaledObject', replicas = 1, maximumDevices = 8, disruptionBudgets = false }: ChatOptions = {},
): Promise<ChatFleet> => {
  const name = 'chat';
  await create(bed.kubectl, customResourceDefinition());
  for (const pool of poolsOf(FIRST_UNITS)) await addPool(bed, { ...pool, ...kindOf(pool.unit) });
  const router = await addRouter(bed, name, { inf2: 500, g5: 499 });
  if (scaler === 'ScaledObject') await create(bed.kubectl, TRIGGER_AUTHENTICATION);
  for (const unit of FIRST_UNITS) {
    await addUnit(bed, { fleet: name, unit, replicas, ...kindOf(unit) });
    if (disruptionBudgets) await addDisruptionBudget(bed, { fleet: name, unit });
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

/** One more unit with pools of its own, in the order of a deployment: what is new, its target group in the rule, then the fleet. */
export const addUnitToChat = async (bed: TestCluster, { router, read }: ChatFleet, maximumDevices: number): Promise<void> => {
  const unit = ANOTHER_UNIT;
  for (const pool of poolsOf([unit])) await addPool(bed, { ...pool, ...kindOf(unit) });
  const targetGroupArn = await router.addTargetGroup(unit);
  await addUnit(bed, { fleet: 'chat', unit, replicas: 1, ...kindOf(unit) });
  await addDisruptionBudget(bed, { fleet: 'chat', unit });
  await create(bed.kubectl, scaledObject(unitName({ fleet: 'chat', unit }), router, unit));
  const listenerArn = router.listenerRuleArn.replace(':listener-rule/', ':listener/').replace(/\/[^/]+$/, '');
  await createRuleStack(bed, listenerArn, () => targetGroupArn, router.listenerRuleArn).add(unit);
  const spec = (await read()).spec as FleetSpecInput;
  const more = specOf(bed, router, [unit], { maximumDevices, scaler: 'ScaledObject' });
  await bed.api.patch(resources.inferenceFleets, 'chat', 'default', {
    spec: { units: [...spec.units, ...more.units], pools: [...spec.pools, ...more.pools] },
  });
};

const kindOf = (unit: UnitName) => ({ accelerator: UNITS[unit].accelerator, deviceResource: UNITS[unit].deviceResource });

interface SpecOptions {
  readonly maximumDevices: number;
  readonly scaler: 'ScaledObject' | 'HorizontalPodAutoscaler';
}

const chatSpec = (bed: TestCluster, router: Router, options: SpecOptions): FleetSpecInput => ({
  objective: { latencySeconds: 0.9 },
  router: { listenerRuleArn: router.listenerRuleArn },
  ...specOf(bed, router, FIRST_UNITS, options),
});

const specOf = (
  bed: TestCluster,
  router: Router,
  units: readonly UnitName[],
  { maximumDevices, scaler }: SpecOptions,
): Pick<FleetSpecInput, 'units' | 'pools'> => ({
  units: units.map((unit) => ({
    name: unit,
    accelerator: UNITS[unit].accelerator,
    deployment: unitName({ fleet: 'chat', unit }),
    scaler: { kind: scaler, name: unitName({ fleet: 'chat', unit }) },
    pools: poolsOf([unit]).map((pool) => pool.name),
    profile: {
      throughputPerMinute: UNITS[unit].throughputPerMinute,
      latencySeconds: UNITS[unit].latencySeconds,
      coldStartSeconds: 300,
    },
    targetGroupArn: router.targetGroupArns[unit] ?? '',
    maximumReplicas: 10,
  })),
  pools: poolsOf(units).map((pool) => ({
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
