import { CfnParameter, Duration, Lazy } from 'aws-cdk-lib';
import * as eks from 'aws-cdk-lib/aws-eks-v2';
import { describe, expect, it } from 'vitest';
import {
  Accelerator,
  AcceleratorPool,
  type AdaptiveInferenceProps,
  type AdaptiveInferenceUnit,
  CapacityType,
  ClusterAddon,
  EndpointVisibility,
  InferenceCluster,
  Karpenter,
  Scaler,
} from '../../lib';
import { complaint, newCluster, newStack } from './support/fixture';
import { newFleet, TWO_UNITS, unitOf } from './support/fleet';
import { importedCluster } from './support/imported-cluster';

const stack = newStack();
const cluster = newCluster(stack);
let count = 0;

/** A fleet with mistakes, each of its own name so that only the mistake is one. */
const fleet = (mistake: Partial<AdaptiveInferenceProps>) => () => {
  count += 1;
  newFleet(stack, { cluster, fleetName: `fleet-${count}`, ...mistake }, `Fleet${count}`);
};
const unit = (mistake: Partial<AdaptiveInferenceUnit>) => fleet({ units: [unitOf(mistake)] });
const profile = (mistake: Partial<AdaptiveInferenceUnit['profile']>) => unit({ profile: { ...unitOf().profile, ...mistake } });
const container = (mistake: Partial<AdaptiveInferenceUnit['container']>) => unit({ container: { ...unitOf().container, ...mistake } });
const objective = (mistake: Partial<AdaptiveInferenceProps['objective']>) =>
  fleet({ objective: { latency: Duration.millis(900), ...mistake } });
const someCluster = (props: ConstructorParameters<typeof InferenceCluster>[2]) => () => newCluster(newStack(), props);
const pool = (mistake: Partial<ConstructorParameters<typeof AcceleratorPool>[2]>) => () => {
  count += 1;
  new AcceleratorPool(stack, `Pool${count}`, { cluster, accelerator: Accelerator.L40S, name: `pool-${count}`, ...mistake });
};

/** What a user gets wrong, and what the message must say of it. */
const MISTAKES: readonly (readonly [mistake: string, act: () => unknown, says: string])[] = [
  // The cluster
  ['a version of Kubernetes that Karpenter does not know', someCluster({ version: eks.KubernetesVersion.V1_37 }), "given '1.37'"],
  ['a version of Kubernetes long gone', someCluster({ version: eks.KubernetesVersion.of('1.29') }), "given '1.29'"],
  ['one system node', someCluster({ systemNodes: { count: 1 } }), '`systemNodes.count` is out of range; given 1'],
  ['a cluster name with a dot', someCluster({ clusterName: 'my.cluster' }), "given 'my.cluster'"],
  [
    'addresses that open a private endpoint',
    someCluster({ publicAccessCidrs: ['203.0.113.0/24'] }),
    'have no effect on a private endpoint',
  ],
  [
    'an address without its range',
    someCluster({ endpointVisibility: EndpointVisibility.PUBLIC, publicAccessCidrs: ['203.0.113.7'] }),
    "given '203.0.113.7'",
  ],
  ['no agent to give Karpenter its role', someCluster({ addons: { podIdentityAgent: ClusterAddon.none() } }), 'no credentials'],
  [
    'an imported cluster without its security group',
    () => {
      const where = newStack();
      const theirs = eks.Cluster.fromClusterAttributes(where, 'Theirs', { clusterName: 'theirs' });
      InferenceCluster.fromCluster(where, 'Cluster', { cluster: theirs });
    },
    'the imported cluster has no `vpc`',
  ],
  [
    'a Karpenter both installed and existing',
    () => {
      const where = newStack();
      const existingKarpenter = Karpenter.fromKarpenterAttributes(where, 'Karpenter', {
        nodeRole: cluster.karpenter.nodeRole,
        nodeInstanceProfileName: 'nodes',
      });
      InferenceCluster.fromCluster(where, 'Cluster', { cluster: importedCluster(where), karpenter: {}, existingKarpenter });
    },
    '`karpenter` and `existingKarpenter` contradict each other',
  ],
  // Accelerators
  [
    'a device resource without its domain',
    () => Accelerator.of('X1', { deviceResource: 'gpu', instanceTypes: [{ name: 'x1.large', devices: 1 }] }),
    "given 'gpu'",
  ],
  [
    'an accelerator whose name is a sentence',
    () => Accelerator.of('My chip', { deviceResource: 'a.com/b', instanceTypes: [{ name: 'x1.large', devices: 1 }] }),
    "given 'My chip'",
  ],
  [
    'an instance type without a size',
    () => Accelerator.of('X1', { deviceResource: 'a.com/b', instanceTypes: [{ name: 'x1', devices: 1 }] }),
    "given 'x1'",
  ],
  [
    'an accelerator on no instance type',
    () => Accelerator.of('X1', { deviceResource: 'a.com/b', instanceTypes: [] }),
    '`instanceTypes` is empty',
  ],
  // Pools
  [
    'reserved capacity without a reservation',
    pool({ capacityType: CapacityType.RESERVED }),
    'a pool of reserved capacity has no capacity reservation',
  ],
  ['a reservation for spot', pool({ capacityReservationIds: ['cr-1'] }), 'cannot use capacity reservations'],
  ['a family without the device', pool({ instanceFamilies: ['m5'] }), "given 'm5'"],
  ['a size that cannot hold the pod', pool({ instanceTypes: ['g6e.xlarge'], devicesPerPod: 4 }), 'a pod requests 4 devices'],
  ['an accelerator of unknown price', pool({ accelerator: Accelerator.TRAINIUM2 }), 'no price is known for trn2.48xlarge'],
  ['a limit below one instance', pool({ accelerator: Accelerator.A100, maximumDevices: 1 }), 'no node could ever be launched'],
  ['an AMI without drivers', pool({ amiAlias: 'al2@v20240807' }), "given 'al2@v20240807'"],
  [
    'a parameter where a literal is needed',
    pool({ maximumDevices: new CfnParameter(stack, 'Maximum', { type: 'Number' }).valueAsNumber }),
    '`maximumDevices` is not known at synthesis',
  ],
  // Units
  ['a unit in capitals', unit({ name: 'G5' }), "name` is not a valid Kubernetes name; given 'G5'"],
  ['names too long together', unit({ name: 'a'.repeat(60) }), 'too long together'],
  ['two units of one name', fleet({ units: [unitOf(), unitOf()] }), "given 'g5'"],
  ['no unit at all', fleet({ units: [] }), '`units`'],
  ['a unit without capacity', unit({ capacityTypes: [] }), '`units[0].capacityTypes` is empty'],
  ['reserved capacity that nobody brought', unit({ capacityTypes: [CapacityType.RESERVED] }), 'no capacity reservation is known'],
  ['more devices than any instance has', unit({ devicesPerPod: 16 }), 'devicesPerPod'],
  ['a minimum above the maximum', unit({ minimumReplicas: 5, maximumReplicas: 3 }), '`minimumReplicas` is above `maximumReplicas`'],
  ['no replica at all', unit({ minimumReplicas: 0 }), '`minimumReplicas` is out of range; given 0'],
  ['a share in per cent', unit({ costShare: 40 }), '`costShare` is out of range; given 40'],
  ['a drain longer than the notice of spot', unit({ drain: Duration.minutes(5) }), "given '300 s'"],
  ['throughput of nothing', profile({ throughputPerMinute: 0 }), '`profile.throughputPerMinute` is not above 0; given 0'],
  ['throughput that is no number', profile({ throughputPerMinute: Number.NaN }), "given 'NaN'"],
  ['a cold start of two days', profile({ coldStart: Duration.days(2) }), '`profile.coldStart` is out of range'],
  [
    'a latency known at deployment only',
    profile({ latency: Duration.seconds(Lazy.number({ produce: () => 1 })) }),
    'not known at synthesis',
  ],
  ['an image with a scheme', container({ image: 'https://example.com/server:1' }), "given 'https://example.com/server:1'"],
  ['memory in words', container({ memory: '16 GB' }), "given '16 GB'"],
  ['CPU in words', container({ cpu: 'two' }), "given 'two'"],
  ['port 0', container({ port: 0 }), '`container.port` is out of range; given 0'],
  ['a health path without a slash', container({ healthPath: 'health' }), "given 'health'"],
  ['root and a user', container({ runAsRoot: true, user: 1000 }), 'contradicts `container.runAsRoot`'],
  ['a model cache over everything', container({ modelCache: { mountPath: '/' } }), 'would hide directories that the container needs'],
  ['an autoscaler without a metric', unit({ scaler: Scaler.HORIZONTAL_POD_AUTOSCALER }), 'externalMetric'],
  // Routers
  [
    'more units than one rule holds',
    fleet({ units: ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => unitOf({ name })) }),
    'given 6, expected 1 to 5',
  ],
  ['a router both brought and described', fleet({ router: unreachable(), routerOptions: {} }), '`router` and `routerOptions`'],
  ['a router and none', fleet({ routerOptions: {}, withoutRouter: true }), '`withoutRouter`'],
  ['an idle time-out of a day', fleet({ routerOptions: { idleTimeout: Duration.days(1) } }), '`idleTimeout` is out of range'],
  // The fleet
  ['an objective that no unit can meet', objective({ latency: Duration.millis(100) }), 'latency'],
  ['attainment in per cent', objective({ attainment: 99.9 }), 'attainment'],
  ['the hundredth percentile', objective({ percentile: 100 }), 'percentile'],
  ['resilience above 1', fleet({ resilience: 2 }), 'resilience'],
  ['cost shares that do not sum to 1', fleet({ units: TWO_UNITS.map((one) => ({ ...one, costShare: 0.3 })) }), 'sum'],
  ['a fleet in capitals', fleet({ fleetName: 'Chat' }), "given 'Chat'"],
  ['a cluster both brought and described', fleet({ clusterOptions: {} }), '`cluster` and `clusterOptions`'],
  [
    'a pool of an accelerator that no unit has',
    fleet({
      pools: [
        AcceleratorPool.fromAcceleratorPoolAttributes(stack, 'Theirs', {
          poolName: 'theirs',
          accelerator: Accelerator.L4,
          capacityType: CapacityType.SPOT,
        }),
      ],
    }),
    'given',
  ],
];

/** The router of a fleet that is never looked at. */
function unreachable(): never {
  return {} as never;
}

describe('what a user gets wrong fails at synthesis, with what is wrong, given, expected and to be done:', () => {
  const messages = new Map<string, string>();

  it.each(MISTAKES)('%s', (mistake, act, says) => {
    const said = complaint(act);
    expect(said).toContain(says);
    expect(said).toMatch(/^[^`]+: .+; given .+, expected .+\. .+ \[[A-Z]\w+\]$/s);
    messages.set(mistake, said.slice(said.indexOf(': ') + 2));
  });

  it('each in words of its own', () => {
    expect(MISTAKES.length).toBeGreaterThanOrEqual(40);
    const said = [...messages.values()];
    expect(said).toHaveLength(MISTAKES.length);
    expect(said.filter((message, index) => said.indexOf(message) !== index)).toEqual([]);
  });
});
