import { CfnParameter, Duration, Lazy, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { describe, expect, it } from 'vitest';
import {
  Accelerator,
  AcceleratorPool,
  CapacityType,
  ClusterAddon,
  DeploymentUnit,
  type DeploymentUnitProps,
  Scaler,
  type ServedContainer,
  WeightedRouter,
  type WeightedRouterProps,
} from '../../../lib';
import { complaint, newCluster, newStack } from '../support/fixture';
import { importedVpc } from '../support/imported-cluster';
import { IMAGE, PROFILE } from './served-fleet';

const stack = newStack();
const cluster = newCluster(stack);
const pool = new AcceleratorPool(stack, 'A10g', { cluster, accelerator: Accelerator.A10G });
const otherPool = new AcceleratorPool(stack, 'Inf2', { cluster, accelerator: Accelerator.INFERENTIA2 });
const router = new WeightedRouter(stack, 'Routed', { vpc: cluster.vpc, units: [{ name: 'g5' }] });
const number = new CfnParameter(stack, 'Number', { type: 'Number' }).valueAsNumber;
const late = Lazy.string({ produce: () => 'late' });
let count = 0;

const unit = (props: Partial<DeploymentUnitProps>) => () =>
  new DeploymentUnit(stack, `Unit${++count}`, {
    cluster,
    fleetName: `fleet-${count}`,
    name: 'g5',
    accelerator: Accelerator.A10G,
    pools: [pool],
    profile: PROFILE,
    container: { image: IMAGE },
    router,
    ...props,
  });

const serving = (container: Partial<ServedContainer>) => unit({ container: { image: IMAGE, ...container } });

const profile = (changes: Partial<DeploymentUnitProps['profile']>) => unit({ profile: { ...PROFILE, ...changes } });

const routing =
  (props: Partial<WeightedRouterProps>, where: Stack = stack) =>
  () =>
    new WeightedRouter(where, `Router${++count}`, { vpc: cluster.vpc, units: [{ name: 'g5' }], ...props });

const unitOn = (addon: string) => () => {
  const bare = newStack();
  const without = newCluster(bare, { addons: { [addon]: ClusterAddon.none() } });
  new DeploymentUnit(bare, 'Unit', {
    cluster: without,
    fleetName: 'chat',
    name: 'g5',
    accelerator: Accelerator.A10G,
    pools: [new AcceleratorPool(bare, 'Pool', { cluster: without, accelerator: Accelerator.A10G })],
    profile: PROFILE,
    container: { image: IMAGE },
    router: new WeightedRouter(bare, 'Router', { vpc: without.vpc, units: [{ name: 'g5' }] }),
  });
};

interface Mistake {
  readonly name: string;
  readonly build: () => unknown;
  /** Parts of the message: what is wrong, given and expected, what to do. */
  readonly says: readonly string[];
}

const UNIT_MISTAKES: Mistake[] = [
  {
    name: 'no pool',
    build: unit({ pools: [] }),
    says: ['the unit has no pool', 'given [], expected at least one AcceleratorPool of A10G', 'Create one'],
  },
  {
    name: 'a pool of another accelerator',
    build: unit({ pools: [pool, otherPool] }),
    says: ['pool inferentia2-spot has another accelerator', "given 'INFERENTIA2', expected A10G", 'Use pools of A10G'],
  },
  { name: 'a pool twice', build: unit({ pools: [pool, pool] }), says: ['`pools` contains a pool twice', "given 'a10g-spot'"] },
  {
    name: 'a pod with more devices than the largest instance',
    build: unit({ devicesPerPod: 12 }),
    says: ['a pod requests 12 devices, more than any instance of pool a10g-spot has', "given 'at most 8'"],
  },
  { name: 'half a device', build: unit({ devicesPerPod: 0.5 }), says: ['`devicesPerPod` is out of range; given 0.5'] },
  {
    name: 'a token for devices',
    build: unit({ devicesPerPod: number }),
    says: ['`devicesPerPod` is not known at synthesis; given a token'],
  },
  {
    name: 'a floor above the maximum',
    build: unit({ minimumReplicas: 9, maximumReplicas: 8 }),
    says: ['`minimumReplicas` is above `maximumReplicas`; given 9, expected at most 8'],
  },
  {
    name: 'a unit that may sleep',
    build: unit({ minimumReplicas: 0 }),
    says: ['`minimumReplicas` is out of range; given 0, expected an integer from 1'],
  },
  { name: 'a token for the maximum', build: unit({ maximumReplicas: number }), says: ['`maximumReplicas` is not known at synthesis'] },
  { name: 'a share in percent', build: unit({ costShare: 40 }), says: ['`costShare` is out of range; given 40', 'write 40 % as 0.4'] },
  {
    name: 'no throughput',
    build: profile({ throughputPerMinute: 0 }),
    says: ['`profile.throughputPerMinute` is not above 0; given 0', 'to a measured value'],
  },
  { name: 'no latency', build: profile({ latency: Duration.millis(0) }), says: ['`profile.latency` is out of range; given 0'] },
  { name: 'a latency of hours', build: profile({ latency: Duration.hours(2) }), says: ['`profile.latency` is out of range; given 7200'] },
  {
    name: 'a cold start of days',
    build: profile({ coldStart: Duration.days(2) }),
    says: ['`profile.coldStart` is out of range; given 172800'],
  },
  {
    name: 'a token for the latency',
    build: profile({ latency: Duration.seconds(number) }),
    says: ['`profile.latency` is not known at synthesis; given a token'],
  },
  {
    name: 'a drain that spot does not wait for',
    build: unit({ drain: Duration.minutes(2) }),
    says: ['`drain` is out of range', "given '120 s', expected whole seconds from 5 to 95"],
  },
  { name: 'no drain', build: unit({ drain: Duration.seconds(0) }), says: ['`drain` is out of range'] },
  { name: 'no surge', build: unit({ maximumSurgePercent: 0 }), says: ['`maximumSurgePercent` is out of range; given 0'] },
  { name: 'a budget of nothing', build: unit({ maximumUnavailable: 0 }), says: ['`maximumUnavailable` is out of range; given 0'] },
  {
    name: 'a name in capitals',
    build: unit({ name: 'G5' }),
    says: ["`name` is not a valid Kubernetes name; given 'G5'"],
  },
  { name: 'a token for its fleet', build: unit({ fleetName: late }), says: ['`fleetName` is not known at synthesis; given a token'] },
  {
    name: 'a namespace with a slash',
    build: unit({ namespace: 'a/b' }),
    says: ["`namespace` is not a valid Kubernetes name; given 'a/b'"],
  },
  {
    name: 'names too long for an autoscaler of KEDA',
    build: unit({ fleetName: 'f'.repeat(40), name: 'u'.repeat(14) }),
    says: ['too long together', '`keda-hpa-<fleet>-<unit>`', 'expected at most 54 characters, not 55', 'Shorten'],
  },
  {
    name: 'a ScaledObject without a router',
    build: () => {
      const { router: _, ...props } = { router, pools: [pool] };
      return new DeploymentUnit(stack, `Unit${++count}`, {
        ...props,
        cluster,
        fleetName: `fleet-${count}`,
        name: 'g5',
        accelerator: Accelerator.A10G,
        profile: PROFILE,
        container: { image: IMAGE },
      });
    },
    says: ['the unit has no router', 'given nothing, expected `router`', 'Scaler.HORIZONTAL_POD_AUTOSCALER'],
  },
  {
    name: 'an autoscaler without a metric',
    build: unit({ scaler: Scaler.HORIZONTAL_POD_AUTOSCALER }),
    says: ['a HorizontalPodAutoscaler has no metric', 'expected `externalMetric`'],
  },
  {
    name: 'a metric for a ScaledObject',
    build: unit({ externalMetric: { name: 'requests' } }),
    says: ["`externalMetric` has no effect on a ScaledObject; given 'requests'"],
  },
  {
    name: 'a name that the router does not know',
    build: unit({ name: 'g6' }),
    says: ["the router has no target group for a unit; given 'g6', expected one of g5", 'Add the unit to `units` of the router'],
  },
  { name: 'a cluster without KEDA', build: unitOn('keda'), says: ['the cluster has no KEDA', 'ClusterAddon.existing()'] },
  {
    name: 'a cluster that registers no pods',
    build: unitOn('loadBalancerController'),
    says: ['nothing on the cluster registers pods', 'ClusterAddon.existing()'],
  },
  {
    name: 'memory in GB',
    build: serving({ memory: '16GB' }),
    says: ['`container.memory` is not a valid quantity', "given '16GB'", "Write '16Gi'."],
  },
  { name: 'memory without a unit', build: serving({ memory: '16' }), says: ["given '16'", "Write '16Gi'."] },
  { name: 'memory in thousandths', build: serving({ memory: '512m' }), says: ["given '512m'", "Write '512Mi'."] },
  {
    name: 'shared memory in words',
    build: serving({ sharedMemory: 'lots' }),
    says: ['`container.sharedMemory` is not a valid quantity', 'in the form that Kubernetes uses'],
  },
  {
    name: 'CPU in gibibytes',
    build: serving({ cpu: '2Gi' }),
    says: ["`container.cpu` is not a valid quantity of CPU; given '2Gi'", "'500m'"],
  },
  { name: 'a port beyond all ports', build: serving({ port: 80_000 }), says: ['`container.port` is out of range; given 80000'] },
  { name: 'a token for a port', build: serving({ port: number }), says: ['`container.port` is not known at synthesis'] },
  {
    name: 'a health path without its slash',
    build: serving({ healthPath: 'health' }),
    says: ["`container.healthPath` is not an absolute path; given 'health'"],
  },
  {
    name: 'an image with a scheme',
    build: serving({ image: 'https://example.com/server:1' }),
    says: ['`container.image` is not a valid image'],
  },
  { name: 'no image', build: serving({ image: '' }), says: ["`container.image` is not a valid image; given ''"] },
  {
    name: 'a variable that begins with a digit',
    build: serving({ environment: { '1ST': 'x' } }),
    says: ["contains an invalid variable name; given '1ST'"],
  },
  {
    name: 'a user and root',
    build: serving({ runAsRoot: true, user: 1000 }),
    says: ['`container.user` contradicts `container.runAsRoot`'],
  },
  { name: 'root by number', build: serving({ user: 0 }), says: ['`container.user` is out of range; given 0'] },
  {
    name: 'models in the root',
    build: serving({ modelCache: { mountPath: '/' } }),
    says: ["would hide directories that the container needs; given '/'"],
  },
  {
    name: 'a size of a claim',
    build: serving({ modelCache: { mountPath: '/models', claimName: 'weights', size: '10Gi' } }),
    says: ['has no effect on a PersistentVolumeClaim', 'the claim has its own'],
  },
  {
    name: 'a cache in GB',
    build: serving({ modelCache: { mountPath: '/models', size: '100 GB' } }),
    says: ["given '100 GB'", "Write '100Gi'."],
  },
];

const ROUTER_MISTAKES: Mistake[] = [
  { name: 'no unit', build: routing({ units: [] }), says: ['given 0, expected 1 to 5'] },
  {
    name: 'more units than a rule holds',
    build: routing({ units: ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => ({ name })) }),
    says: ['one listener rule can hold; given 6, expected 1 to 5, the maximum of target groups in a rule', 'into two fleets'],
  },
  {
    name: 'a unit twice',
    build: routing({ units: [{ name: 'g5' }, { name: 'g5' }] }),
    says: ["`units` contains a unit twice; given 'g5'"],
  },
  { name: 'a unit without a proper name', build: routing({ units: [{ name: 'g_5' }] }), says: ['is not a valid Kubernetes name'] },
  {
    name: 'shares that do not sum',
    build: routing({
      units: [
        { name: 'a', initialShare: 0.5 },
        { name: 'b', initialShare: 0.4 },
      ],
    }),
    says: ['the initial shares do not sum to 1; given [0.5,0.4], expected a sum of 1, not 0.9', 'Divide each by the sum'],
  },
  {
    name: 'a share for some',
    build: routing({ units: [{ name: 'a', initialShare: 0.5 }, { name: 'b' }] }),
    says: ['set for some units only', 'given {"a":0.5,"b":"nothing"}'],
  },
  {
    name: 'a share of nothing',
    build: routing({
      units: [
        { name: 'a', initialShare: 1 },
        { name: 'b', initialShare: 0 },
      ],
    }),
    says: ['`initialShare` is not a valid share; given 0'],
  },
  {
    name: 'a token for a share',
    build: routing({ units: [{ name: 'a', initialShare: number }] }),
    says: ['`units.initialShare` is not known at synthesis'],
  },
  {
    name: 'a health path without its slash',
    build: routing({ units: [{ name: 'a', healthPath: 'ok' }] }),
    says: ["`units.healthPath` is not an absolute path; given 'ok'"],
  },
  { name: 'no certificates', build: routing({ certificates: [] }), says: ['`certificates` is empty'] },
  {
    name: 'a redirect to HTTPS that it does not speak',
    build: routing({ redirectHttp: true }),
    says: ['`redirectHttp` has no effect without certificates', '[RedirectWithoutCertificates]'],
  },
  {
    name: 'a deadline that CloudFormation does not wait for',
    build: routing({ retirementDeadline: Duration.hours(1) }),
    says: ['`retirementDeadline` is out of range', "given '3600 s'", 'from 300 to 3300'],
  },
  { name: 'no clients', build: routing({ clients: [] }), says: ['`clients` is empty'] },
  { name: 'a port beyond all ports', build: routing({ port: 0 }), says: ['`port` is out of range; given 0'] },
  {
    name: 'an idle timeout of hours',
    build: routing({ idleTimeout: Duration.hours(2) }),
    says: ['`idleTimeout` is out of range', 'expected whole seconds from 1 to 4000'],
  },
  { name: 'a delay of hours', build: routing({ deregistrationDelay: Duration.hours(2) }), says: ['`deregistrationDelay` is out of range'] },
  { name: 'no objective', build: routing({ latencyObjective: Duration.seconds(0) }), says: ['`latencyObjective` is not above 0'] },
  {
    name: 'an imported VPC whose addresses are unknown',
    build: () => {
      const imported = newStack();
      return routing({ vpc: importedVpc(imported) }, imported)();
    },
    says: ['the addresses of the imported VPC are not known', 'expected `clients`'],
  },
  {
    name: 'one zone',
    build: () => {
      const small = newStack();
      return routing({ vpc: new ec2.Vpc(small, 'Vpc', { maxAzs: 1 }) }, small)();
    },
    says: ['a load balancer needs subnets in two zones; given 1'],
  },
  {
    name: 'logs in a stack of any region',
    build: () => {
      const anywhere = new Stack();
      return routing({ vpc: new ec2.Vpc(anywhere, 'Vpc'), accessLogs: new s3.Bucket(anywhere, 'Logs') }, anywhere)();
    },
    says: ['`accessLogs` depend on the region', 'expected a stack with `env: { region }`'],
  },
];

const IMPORT_MISTAKES: Mistake[] = [
  {
    name: 'a load balancer by name',
    build: () =>
      WeightedRouter.fromWeightedRouterAttributes(stack, `Imported${++count}`, {
        loadBalancerArn: 'theirs',
        securityGroupId: 'sg-1',
        listenerRuleArn: 'theirs',
        targetGroupArns: {},
      }),
    says: ["`loadBalancerArn` is not a valid ARN of an Application Load Balancer; given 'theirs'"],
  },
  {
    name: 'a pool without a price',
    build: () =>
      AcceleratorPool.fromAcceleratorPoolAttributes(stack, `Imported${++count}`, {
        poolName: 'theirs',
        accelerator: Accelerator.A10G,
        capacityType: CapacityType.SPOT,
        instanceTypes: [{ name: 'g5.xlarge', devices: 1 }],
      }),
    says: ["no price is known for an instance type of the pool; given 'g5.xlarge'"],
  },
  {
    name: 'a unit without a pool',
    build: () =>
      DeploymentUnit.fromDeploymentUnitAttributes(stack, `Imported${++count}`, {
        unitName: 'g5',
        fleetName: 'chat',
        accelerator: Accelerator.A10G,
        pools: [],
        profile: PROFILE,
        deploymentName: 'server',
        scalerName: 'server',
      }),
    says: ['the unit has no pool'],
  },
];

describe.each([
  ['a unit refuses', UNIT_MISTAKES],
  ['a router refuses', ROUTER_MISTAKES],
  ['an import refuses', IMPORT_MISTAKES],
])('%s', (_, mistakes) => {
  it.each(mistakes)('$name', ({ build, says }) => {
    const said = complaint(build);
    for (const part of says) expect(said).toContain(part);
    expect(said).toMatch(/^\S+: .+; given .+, expected .+\. .+ \[[A-Z]\w+\]$/s);
  });
});

describe('a unit', () => {
  it('refuses the name of another, and says whose it is', () => {
    unit({ fleetName: 'twice' })();
    const first = `Test/Unit${count}`;
    expect(complaint(unit({ fleetName: 'twice' }))).toContain(
      `the namespace already has a unit whose objects have this name, ${first}; given 'default/twice-g5'`,
    );
    unit({ fleetName: 'twice', namespace: 'elsewhere' })();
  });
});
