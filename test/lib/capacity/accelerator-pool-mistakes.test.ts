import { CfnParameter, Duration, Lazy, type Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { Accelerator, AcceleratorPool, type AcceleratorPoolOptions, CapacityType, ClusterAddon } from '../../../lib';
import { complaint, newCluster, newStack } from '../support/fixture';

const stack = newStack();
const cluster = newCluster(stack);
let count = 0;

const pool = (options: Partial<AcceleratorPoolOptions>, where: Stack = stack) =>
  new AcceleratorPool(where, `Pool${++count}`, { cluster, accelerator: Accelerator.A10G, name: `pool-${count}`, ...options });

describe('a pool refuses', () => {
  it.each<[string, Partial<AcceleratorPoolOptions>, string]>([
    [
      'reserved capacity without a reservation',
      { capacityType: CapacityType.RESERVED },
      'a pool of reserved capacity has no capacity reservation; given nothing, expected `capacityReservationIds` of On-Demand Capacity Reservations or Capacity Blocks. ' +
        'Set `capacityReservationIds`, or choose CapacityType.SPOT or CapacityType.ON_DEMAND.',
    ],
    [
      'a reservation for spot',
      { capacityReservationIds: ['cr-1'] },
      'a pool of capacity type \'spot\' cannot use capacity reservations; given ["cr-1"], expected no `capacityReservationIds`. Remove them, or choose CapacityType.RESERVED.',
    ],
    [
      'what is no reservation',
      { capacityType: CapacityType.RESERVED, capacityReservationIds: ['i-1'] },
      "given 'i-1', expected an id that begins with `cr-`",
    ],
    [
      'an empty list of reservations',
      { capacityType: CapacityType.RESERVED, capacityReservationIds: [] },
      '`capacityReservationIds` is empty',
    ],
    [
      'a namespace that Kubernetes would not take',
      { namespaces: ['*', 'team a'] },
      "`namespaces` is not a valid Kubernetes name; given 'team a'",
    ],
    [
      'a family without the device',
      { instanceFamilies: ['m5'] },
      "`instanceFamilies` contains a value that no instance type of A10G has; given 'm5', expected one of g5. Choose one of those; for instance types that are not in the catalogue, use Accelerator.of('A10G', ...).",
    ],
    [
      'a type of another accelerator',
      { instanceTypes: ['g6.xlarge'] },
      "`instanceTypes` contains a value that no instance type of A10G has; given 'g6.xlarge', expected one of g5.xlarge, g5.2xlarge",
    ],
    [
      'a size nobody makes',
      { instanceSizes: ['medium'] },
      "`instanceSizes` contains a value that no instance type of A10G has; given 'medium', expected one of xlarge",
    ],
    [
      'a size that cannot hold the pod',
      { instanceTypes: ['g5.xlarge', 'g5.12xlarge'], devicesPerPod: 4 },
      'a pod requests 4 devices, more than one g5.xlarge has; given ["g5.xlarge: 1"], expected instance types with at least 4 devices. ' +
        'Choose among g5.12xlarge, g5.24xlarge, g5.48xlarge, or lower `devicesPerPod`.',
    ],
    ['a pod that no type holds', { devicesPerPod: 16 }, 'Choose another accelerator, or lower `devicesPerPod`.'],
    ['no device a pod', { devicesPerPod: 0 }, '`devicesPerPod` is out of range; given 0, expected an integer from 1 to 64'],
    ['half a device a pod', { devicesPerPod: 0.5 }, 'given 0.5, expected an integer from 1 to 64'],
    [
      'a family and a size that no type combines',
      { accelerator: Accelerator.TRAINIUM1, instanceFamilies: ['trn1n'], instanceSizes: ['2xlarge'] },
      'no instance type has both a requested family and a requested size',
    ],
    [
      'types beside families',
      { instanceTypes: ['g5.xlarge'], instanceFamilies: ['g5'] },
      '`instanceTypes` is combined with `instanceFamilies` or `instanceSizes`',
    ],
    ['an empty list of types', { instanceTypes: [] }, '`instanceTypes` is empty; given [], expected at least one entry'],
    [
      'an accelerator of unknown price',
      { accelerator: Accelerator.TRAINIUM2 },
      "no price is known for trn2.48xlarge; given nothing, expected a price for every instance type, because the control loop compares costs. Pass `prices: { 'trn2.48xlarge': <US dollars per hour> }` with the price you pay.",
    ],
    [
      'a named type of unknown price',
      { accelerator: Accelerator.H200, instanceTypes: ['p5e.48xlarge', 'p5en.48xlarge'] },
      'no price is known for p5e.48xlarge',
    ],
    [
      'a price of another type',
      { prices: { 'g6.xlarge': 1 } },
      "`prices` contains an instance type that does not carry A10G; given 'g6.xlarge'",
    ],
    [
      'a negative price',
      { prices: { 'g5.xlarge': -1 } },
      "`prices['g5.xlarge']` is not a valid price; given -1, expected US dollars per hour, above 0",
    ],
    ['a price that is no number', { prices: { 'g5.xlarge': Number.NaN } }, "`prices['g5.xlarge']` is not a valid price"],
    ['no devices at all', { maximumDevices: 0 }, '`maximumDevices` is out of range; given 0, expected an integer from 1 to 100000'],
    ['endless devices', { maximumDevices: Number.POSITIVE_INFINITY }, "given 'Infinity', expected an integer from 1 to 100000"],
    [
      'a maximum below one instance',
      { accelerator: Accelerator.A100, maximumDevices: 4 },
      '`maximumDevices` is below the devices of the smallest instance type, so no node could ever be launched; given 4, expected 8 or more. Raise `maximumDevices`, or add a smaller instance type.',
    ],
    [
      'a name in capitals',
      { name: 'MyPool' },
      "`name` is not a valid Kubernetes name; given 'MyPool', expected at most 63 lower-case letters, digits and hyphens",
    ],
    ['a name of 64 letters', { name: 'a'.repeat(64) }, '`name` is not a valid Kubernetes name'],
    ['no zones', { zones: [] }, '`zones` is empty'],
    ['no volumes', { blockDevices: [] }, '`blockDevices` is empty'],
    ['volumes of one name', { blockDevices: [{}, {}] }, "two of `blockDevices` have the same name; given '/dev/xvda'"],
    [
      'throughput that its operations do not carry',
      { blockDevices: [{ throughputMibps: 1000 }] },
      "given '1000 MiB/s at 3000 IOPS', expected at most 0.25 MiB/s per I/O operation. Set `iops` to 4000 or more.",
    ],
    [
      'too few operations',
      { blockDevices: [{ iops: 100 }] },
      '`blockDevices[0].iops` is out of range; given 100, expected an integer from 3000 to 80000',
    ],
    [
      'an AMI without drivers',
      { amiAlias: 'al2@v20240807' },
      "given 'al2@v20240807', expected `al2023@v<date>` or `bottlerocket@v<version>`. Use for example 'al2023@v20260714'.",
    ],
    ['an AMI id', { amiAlias: 'ami-0123456789abcdef0' }, "given 'ami-0123456789abcdef0'"],
    [
      'half a second',
      { consolidateAfter: Duration.millis(500) },
      "`consolidateAfter` is not a whole number of seconds; given '0.5 s', expected whole seconds",
    ],
    [
      'a token for its name',
      { name: Lazy.string({ produce: () => 'late' }) },
      '`name` is not known at synthesis; given a token, expected a literal',
    ],
    [
      'a token for its maximum',
      { maximumDevices: new CfnParameter(stack, 'Maximum', { type: 'Number' }).valueAsNumber },
      '`maximumDevices` is not known at synthesis; given a token',
    ],
    ['an age of nothing', { expireAfter: Duration.seconds(0) }, '`expireAfter`'],
    [
      'a token for an age',
      { expireAfter: Duration.hours(Lazy.number({ produce: () => 1 })) },
      '`expireAfter` is not known at synthesis; given a token',
    ],
  ])('%s', (_, options, message) => {
    const said = complaint(() => pool(options));
    expect(said).toContain(message);
    expect(said).toMatch(/^Test\/Pool\d+: .+; given .+, expected .+\. .+ \[[A-Z]\w+\]$/s);
  });

  it('a name that the cluster has already, and says whose it is', () => {
    pool({ name: 'twice' });
    expect(complaint(() => pool({ name: 'twice' }))).toContain(
      `the cluster already has a pool with this name, Test/Pool${count - 1}; given 'twice'`,
    );
  });

  it.each([
    ['nvidiaDevicePlugin', Accelerator.L4, 'nothing on the cluster reports nvidia.com/gpu'],
    ['neuronDevicePlugin', Accelerator.INFERENTIA2, 'nothing on the cluster reports aws.amazon.com/neuron'],
  ])('to be without a %s', (addon, accelerator, message) => {
    const bare = newStack();
    const without = newCluster(bare, { addons: { [addon]: ClusterAddon.none() } });
    expect(complaint(() => new AcceleratorPool(bare, 'Pool', { cluster: without, accelerator }))).toContain(message);
  });
});

describe('a pool', () => {
  it('needs no device plugin for NVIDIA on Bottlerocket, which has its own', () => {
    const bare = newStack();
    const without = newCluster(bare, { addons: { nvidiaDevicePlugin: ClusterAddon.none() } });
    new AcceleratorPool(bare, 'Pool', { cluster: without, accelerator: Accelerator.L4, amiAlias: 'bottlerocket@v1.52.0' });
  });

  it('warns of an AMI that changes by itself', () => {
    const warned = newStack();
    new AcceleratorPool(warned, 'Pool', { cluster: newCluster(warned), accelerator: Accelerator.L4, amiAlias: 'al2023@latest' });
    Annotations.fromStack(warned).hasWarning(
      '/Test/Pool',
      Match.stringLikeRegexp('replaces every node of pool l4-spot, with a cold start for each'),
    );
  });
});
