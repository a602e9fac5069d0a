import { customResourceDefinition } from '../../../lambda/control-loop/api';
import { healthTrigger, scalingFallback, scalingTrigger } from '../../../lambda/control-loop/contract/defaults';
import { apiVersionOf, labels, resources } from '../../../lambda/control-loop/contract/names';
import type { Scenario } from '../../../sim/inputs/scenario';
import { create } from '../cluster/definitions';
import type { TestBed } from '../cluster/test-bed';
import { until } from '../cluster/wait';
import { createLoop, type Loop } from '../support/loop';
import { grantLoopRights } from '../support/loop-rights';
import { addPool } from '../support/pools';
import { addRouter, type Router } from '../support/router';
import { addUnit } from '../support/workload';
import { readyPods } from './samples';

/** What the scenario begins with, but for scalers and fleet: pools, router and units with their first pods ready. */
export interface Standing {
  readonly router: Router;
  readonly loop: Loop;
}

const READY_SECONDS = 180;
const INITIAL_WEIGHT = 500;

export const build = async (bed: TestBed, { fleet, initialReplicas, name, twin }: Scenario): Promise<Standing> => {
  await create(bed.kubectl, customResourceDefinition());
  for (const pool of fleet.pools) {
    await addPool(bed, {
      name: pool.name,
      capacityType: pool.capacityType === 'spot' ? 'spot' : 'on-demand',
      instanceTypes: pool.instanceTypes.map((type) => type.name),
      deviceResource: pool.deviceResource,
      accelerator: pool.accelerator,
      zones: pool.zones ?? [],
      ...twin.nodePool,
    });
  }
  const router = await addRouter(bed, name, Object.fromEntries(fleet.units.map((unit) => [unit.name, INITIAL_WEIGHT])));
  for (const unit of fleet.units) {
    const pool = fleet.pools.find((candidate) => unit.pools.includes(candidate.name));
    const replicas = initialReplicas[unit.name] ?? unit.minimumReplicas;
    await addUnit(bed, {
      fleet: name,
      unit: unit.name,
      replicas,
      ...(pool ? { deviceResource: pool.deviceResource } : {}),
      accelerator: unit.accelerator,
    });
    const matchLabels = { [labels.fleet]: name, [labels.unit]: unit.name };
    await bed.kubectl(['create', '--filename', '-'], {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: unit.deployment, namespace: 'default' },
      spec: { maxUnavailable: twin.pod.maximumUnavailable, selector: { matchLabels } },
    });
  }
  await create(bed.kubectl, {
    apiVersion: apiVersionOf(resources.scaledObjects),
    kind: 'TriggerAuthentication',
    metadata: { name, namespace: 'default' },
    spec: { podIdentity: { provider: 'aws' } },
  });
  await grantLoopRights(bed);
  const wanted = fleet.units.reduce((sum, unit) => sum + (initialReplicas[unit.name] ?? unit.minimumReplicas), 0);
  await until(`${wanted} ready pods`, READY_SECONDS, async () => (await readyPods(bed.api, name)).length === wanted);
  return { router, loop: createLoop(bed) };
};

/** The scalers, as the constructs make them but for what the twin lets a scenario state. */
export const addScalers = async (bed: TestBed, { fleet, name, twin }: Scenario, router: Router): Promise<void> => {
  const loadBalancer = /listener-rule\/(app\/[^/]+\/[^/]+)/.exec(router.listenerRuleArn)?.[1];
  for (const unit of fleet.units) {
    const targetGroup = router.targetGroupArns[unit.name]?.split(':').at(-1);
    await create(bed.kubectl, {
      apiVersion: apiVersionOf(resources.scaledObjects),
      kind: resources.scaledObjects.kind,
      metadata: { name: unit.scaler.name, namespace: 'default' },
      spec: {
        scaleTargetRef: { name: unit.deployment },
        pollingInterval: twin.scaler.pollingIntervalSeconds,
        minReplicaCount: unit.minimumReplicas,
        maxReplicaCount: unit.maximumReplicas,
        fallback: scalingFallback,
        triggers: [scalingTrigger, healthTrigger].map(({ type, metricType, metadata }) => ({
          type,
          metricType,
          authenticationRef: { name },
          metadata: {
            targetMetricValue: String(unit.profile.throughputPerMinute),
            ...metadata,
            dimensionValue: `${loadBalancer};${targetGroup}`,
            metricStatPeriod: String(twin.scaler.metricStatPeriodSeconds),
            awsRegion: 'us-west-2',
          },
        })),
      },
    });
  }
};

export const addFleet = async (bed: TestBed, { fleet, name }: Scenario, router: Router): Promise<void> => {
  await bed.api.create(resources.inferenceFleets, {
    metadata: { name, namespace: 'default' },
    spec: {
      ...fleet,
      router: { listenerRuleArn: router.listenerRuleArn },
      units: fleet.units.map((unit) => ({ ...unit, targetGroupArn: router.targetGroupArns[unit.name] })),
    },
  });
};
