import type { FleetSpecInput } from '../../lambda/control-loop/api';
import { poolAnnotations, resources } from '../../lambda/control-loop/contract/names';
import { FakePorts } from './fake-ports';
import { fleetObject } from './fleet-object';

/** 2026-03-01T12:00:00Z, a whole minute. */
export const NOW_SECONDS = 1_772_366_400;

export const rfc3339 = (seconds: number): string => new Date(seconds * 1000).toISOString();

export const targetGroupArn = (unit: string): string =>
  `arn:aws:elasticloadbalancing:us-west-2:123456789012:targetgroup/${unit}/0123456789abcdef`;
export const ruleArn = (fleet: string): string =>
  `arn:aws:elasticloadbalancing:us-west-2:123456789012:listener-rule/app/${fleet}/0123456789abcdef/0123456789abcdef/0123456789abcdef`;

/** The rule as records name it. */
export const ruleName = (fleet: string): string => `ListenerRule app/${fleet}/0123456789abcdef/0123456789abcdef/0123456789abcdef`;

/** Two units and three pools: Inferentia2 on spot, A10G on spot and on demand. */
export const chatSpec = (changes: Partial<FleetSpecInput> = {}): FleetSpecInput => ({
  objective: { latencySeconds: 0.9 },
  router: { listenerRuleArn: ruleArn('chat') },
  units: [
    {
      name: 'inf2',
      accelerator: 'INFERENTIA2',
      deployment: 'inf2',
      scaler: { kind: 'ScaledObject', name: 'inf2' },
      pools: ['inf2-spot'],
      profile: { throughputPerMinute: 105, latencySeconds: 0.67, coldStartSeconds: 600 },
      targetGroupArn: targetGroupArn('inf2'),
      maximumReplicas: 10,
    },
    {
      name: 'g5',
      accelerator: 'A10G',
      deployment: 'g5',
      scaler: { kind: 'ScaledObject', name: 'g5' },
      pools: ['g5-spot', 'g5-od'],
      profile: { throughputPerMinute: 90, latencySeconds: 0.68, coldStartSeconds: 360 },
      targetGroupArn: targetGroupArn('g5'),
      maximumReplicas: 10,
    },
  ],
  pools: [
    {
      name: 'inf2-spot',
      accelerator: 'INFERENTIA2',
      capacityType: 'spot',
      deviceResource: 'aws.amazon.com/neuron',
      instanceTypes: [{ name: 'inf2.xlarge', devices: 1, priceUsdPerHour: 0.7582 }],
      maximumDevices: 8,
    },
    {
      name: 'g5-spot',
      accelerator: 'A10G',
      capacityType: 'spot',
      deviceResource: 'nvidia.com/gpu',
      instanceTypes: [
        { name: 'g5.xlarge', devices: 1, priceUsdPerHour: 1.006 },
        { name: 'g5.2xlarge', devices: 1, priceUsdPerHour: 1.212 },
        { name: 'g5.12xlarge', devices: 4, priceUsdPerHour: 5.672 },
      ],
      maximumDevices: 8,
    },
    {
      name: 'g5-od',
      accelerator: 'A10G',
      capacityType: 'on-demand',
      deviceResource: 'nvidia.com/gpu',
      instanceTypes: [{ name: 'g5.xlarge', devices: 1, priceUsdPerHour: 1.006 }],
      maximumDevices: 8,
    },
  ],
  ...changes,
});

export interface FleetState {
  readonly namespace?: string;
  /** Pods that are ready, by unit, by pool; default one on the first pool of each unit. */
  readonly ready?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Default 1. */
  readonly floors?: Readonly<Record<string, number>>;
  /** As text in the scaler; default `"80"`. */
  readonly targets?: Readonly<Record<string, string>>;
  /** Router weights by unit; default 500 each. */
  readonly weights?: Readonly<Record<string, number>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Adds a fleet with everything that a cluster has of it. */
export const addFleet = (fake: FakePorts, name: string, spec: FleetSpecInput, state: FleetState = {}): void => {
  const namespace = state.namespace ?? 'default';
  const { kubernetes } = fake;
  const annotations = state.annotations ? { annotations: state.annotations } : {};
  kubernetes.put(resources.inferenceFleets, fleetObject(spec, { name, namespace, ...annotations }));
  for (const pool of spec.pools) {
    kubernetes.put(resources.nodePools, {
      metadata: { name: pool.name, annotations: { [poolAnnotations.namespaces]: '*' } },
      spec: { template: { spec: {} } },
    });
    for (const { name: instanceType, priceUsdPerHour } of pool.instanceTypes) {
      if (fake.offerings.some((offering) => offering.instanceType === instanceType)) continue;
      fake.offerings.push({ instanceType, zone: 'us-west-2a' });
      fake.spotPrices.push({ instanceType, zone: 'us-west-2a', priceUsdPerHour: priceUsdPerHour * 0.4, atSeconds: fake.nowSeconds - 5000 });
    }
  }
  for (const unit of spec.units) {
    const target = state.targets?.[unit.name] ?? '80';
    kubernetes.put(resources.scaledObjects, {
      metadata: { name: unit.scaler.name, namespace },
      spec: {
        minReplicaCount: state.floors?.[unit.name] ?? 1,
        triggers: [{ type: 'aws-cloudwatch', metadata: { targetMetricValue: target } }],
      },
    });
    const ready = state.ready?.[unit.name] ?? { [unit.pools[0]!]: 1 };
    const replicas = Object.values(ready).reduce((sum, count) => sum + count, 0);
    kubernetes.put(resources.deployments, { metadata: { name: unit.deployment, namespace }, spec: { replicas } });
    for (const [pool, count] of Object.entries(ready)) {
      const instanceType = spec.pools.find((one) => one.name === pool)!.instanceTypes[0]!.name;
      for (let index = 0; index < count; index += 1) {
        const node = `${pool}-node-${namespace}-${name}-${unit.name}-${index}`;
        addNodeClaim(fake, `${pool}-${unit.name}${name.replaceAll('-', '')}${index}`, pool, instanceType, node);
        addPod(fake, `${unit.name}-${pool}-${index}`, { namespace, fleet: name, unit: unit.name, node });
      }
    }
  }
  if (spec.router !== undefined) {
    const weights = spec.units.map((unit) => [unit.targetGroupArn ?? '', state.weights?.[unit.name] ?? 500]);
    fake.rules.set(spec.router.listenerRuleArn, Object.fromEntries(weights));
  }
};

export const addNodeClaim = (
  fake: FakePorts,
  name: string,
  pool: string,
  instanceType: string,
  nodeName: string,
  launchedSeconds?: number,
): void =>
  fake.kubernetes.put(resources.nodeClaims, {
    metadata: {
      name,
      creationTimestamp: rfc3339((launchedSeconds ?? fake.nowSeconds - 7200) - 5),
      labels: { 'karpenter.sh/nodepool': pool, 'node.kubernetes.io/instance-type': instanceType },
    },
    status: {
      nodeName,
      providerID: `aws:///us-west-2a/i-${name}`,
      conditions: [{ type: 'Launched', status: 'True', lastTransitionTime: rfc3339(launchedSeconds ?? fake.nowSeconds - 7200) }],
    },
  });

export const addPod = (
  fake: FakePorts,
  name: string,
  pod: {
    readonly namespace?: string;
    readonly fleet: string;
    readonly unit: string;
    readonly node?: string;
    readonly isReady?: boolean;
    readonly createdSeconds?: number;
    readonly readySeconds?: number;
  },
): void =>
  fake.kubernetes.put(resources.pods, {
    metadata: {
      name,
      namespace: pod.namespace ?? 'default',
      ...(pod.createdSeconds !== undefined && { creationTimestamp: rfc3339(pod.createdSeconds) }),
      labels: { 'adaptive-inference.dev/fleet': pod.fleet, 'adaptive-inference.dev/unit': pod.unit },
    },
    spec: pod.node === undefined ? {} : { nodeName: pod.node },
    status:
      pod.isReady === false
        ? { phase: 'Pending', conditions: [] }
        : {
            phase: 'Running',
            conditions: [
              { type: 'Ready', status: 'True', ...(pod.readySeconds !== undefined && { lastTransitionTime: rfc3339(pod.readySeconds) }) },
            ],
          },
  });

/** Karpenter's Event on a NodeClaim that EC2 refused. */
export const addShortageEvent = (fake: FakePorts, nodeClaim: string, message: string, times: Readonly<Record<string, unknown>>): void =>
  fake.kubernetes.put(resources.events, {
    metadata: { name: `${nodeClaim}.1`, namespace: 'default' },
    type: 'Warning',
    reason: 'InsufficientCapacityError',
    involvedObject: { kind: 'NodeClaim', name: nodeClaim },
    message,
    ...times,
  });

/** Every target group has the same traffic: requests a minute, a latency, one healthy host, no errors. */
export const steadyMetrics =
  (requestsPerMinute: number, latencySeconds = 0.5): FakePorts['metric'] =>
  ({ metricName }) =>
    ({ RequestCount: requestsPerMinute, TargetResponseTime: latencySeconds, HealthyHostCount: 1 })[metricName];

/** The chat fleet with one pod on the first pool of each unit, and steady traffic. */
export const chatWorld = (changes: Partial<FleetSpecInput> = {}, state: FleetState = {}): FakePorts => {
  const fake = new FakePorts(NOW_SECONDS);
  addFleet(fake, 'chat', chatSpec(changes), state);
  fake.metric = steadyMetrics(60);
  return fake;
};

/** What the loop owns, as it stands: NodePool weights and limits, floors, targets, router weights. */
export const ownedState = (fake: FakePorts): Readonly<Record<string, unknown>> => {
  const owned: Record<string, unknown> = {};
  for (const { metadata, spec } of fake.kubernetes.all(resources.nodePools)) {
    const { weight, limits } = spec as { weight?: number; limits?: object };
    owned[`NodePool ${metadata.name}`] = { weight, limits };
  }
  for (const { metadata, spec } of fake.kubernetes.all(resources.scaledObjects)) {
    const { minReplicaCount, triggers } = spec as { minReplicaCount?: number; triggers: { metadata: { targetMetricValue?: string } }[] };
    owned[`ScaledObject ${metadata.namespace}/${metadata.name}`] = {
      floor: minReplicaCount,
      target: triggers[0]?.metadata.targetMetricValue,
    };
  }
  for (const [arn, weights] of fake.rules) owned[`rule ${arn}`] = weights;
  return owned;
};

/** Scales the Deployment of a unit to the floor that its scaler has now, as KEDA and its autoscaler do; the fakes have neither, and no pods for it. */
export const followFloors = ({ kubernetes }: FakePorts, unit: string, namespace = 'default'): void => {
  const { spec } = kubernetes.read(resources.scaledObjects, unit, namespace);
  const deployment = kubernetes.read(resources.deployments, unit, namespace);
  kubernetes.put(resources.deployments, { ...deployment, spec: { ...deployment.spec, replicas: Math.max(1, spec.minReplicaCount) } });
};
