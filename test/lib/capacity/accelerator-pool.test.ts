import { Duration, Size } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import { describe, expect, it } from 'vitest';
import { FleetSpecSchema } from '../../../lambda/control-loop/api';
import { Accelerator, AcceleratorPool, type AcceleratorPoolOptions, CapacityType, TaintEffect } from '../../../lib';
import { kubernetesObjects } from '../../../lib/assertions';
import { built, newCluster, newStack } from '../support/fixture';

interface NodePool {
  metadata: Record<string, unknown>;
  spec: {
    template: {
      metadata: Record<string, unknown>;
      spec: Record<string, unknown> & { requirements: { key: string; operator: string; values: string[] }[] };
    };
    disruption: Record<string, unknown>;
  };
}

interface NodeClass {
  metadata: Record<string, unknown>;
  spec: Record<string, unknown>;
}

const pool = (options: Partial<AcceleratorPoolOptions> = {}) => {
  let made: AcceleratorPool | undefined;
  const { template } = built((stack) => {
    const cluster = newCluster(stack);
    made = new AcceleratorPool(stack, 'Pool', { cluster, accelerator: Accelerator.A10G, ...options });
  });
  const one = <T>(kind: string) => kubernetesObjects(template, kind)[0]?.body as T;
  return { pool: made as AcceleratorPool, template, nodePool: one<NodePool>('NodePool'), nodeClass: one<NodeClass>('EC2NodeClass') };
};

const requirement = ({ spec }: NodePool, key: string): string[] | undefined =>
  spec.template.spec.requirements.find((entry) => entry.key === key)?.values;

describe('a pool', () => {
  const plain = pool();

  it('leaves order and amount to the control loop: neither weight nor limits are deployed', () => {
    expect(Object.keys(plain.nodePool.spec).sort()).toEqual(['disruption', 'template']);
    for (const { body } of kubernetesObjects(plain.template)) expect(JSON.stringify(body)).not.toMatch(/"(weight|limits|replicas)"/);
  });

  it('is a NodePool and an EC2NodeClass of one name, without a namespace or labels of CDK', () => {
    expect(plain.nodePool).toMatchObject({ apiVersion: 'karpenter.sh/v1', metadata: { name: 'a10g-spot' } });
    expect(plain.nodeClass).toMatchObject({ apiVersion: 'karpenter.k8s.aws/v1', metadata: { name: 'a10g-spot' } });
    expect(plain.nodePool.metadata).toEqual({ name: 'a10g-spot', annotations: { 'adaptive-inference.dev/namespaces': '' } });
    expect(plain.nodePool.spec.template.spec.nodeClassRef).toEqual({ group: 'karpenter.k8s.aws', kind: 'EC2NodeClass', name: 'a10g-spot' });
  });

  it('admits the namespaces that it was given, each once, beside those of the fleets that use it', () => {
    const stack = newStack();
    const pool = new AcceleratorPool(stack, 'Pool', {
      cluster: newCluster(stack),
      accelerator: Accelerator.A10G,
      namespaces: ['team-b', 'team-a', 'team-b'],
    });
    pool.admitNamespace('default');
    const [nodePool] = kubernetesObjects(Template.fromStack(stack), 'NodePool');
    expect(nodePool?.body.metadata).toMatchObject({ annotations: { 'adaptive-inference.dev/namespaces': 'default,team-a,team-b' } });
  });

  it('asks for the instance types it was told, of its capacity type', () => {
    expect(plain.nodePool.spec.template.spec.requirements).toEqual([
      { key: 'karpenter.sh/capacity-type', operator: 'In', values: ['spot'] },
      {
        key: 'node.kubernetes.io/instance-type',
        operator: 'In',
        values: ['g5.xlarge', 'g5.2xlarge', 'g5.4xlarge', 'g5.8xlarge', 'g5.16xlarge', 'g5.12xlarge', 'g5.24xlarge', 'g5.48xlarge'],
      },
      { key: 'kubernetes.io/arch', operator: 'In', values: ['amd64'] },
      { key: 'kubernetes.io/os', operator: 'In', values: ['linux'] },
    ]);
  });

  it('keeps other pods off and tells its accelerator', () => {
    expect(plain.nodePool.spec.template.spec.taints).toEqual([{ key: 'nvidia.com/gpu', value: 'true', effect: 'NoSchedule' }]);
    expect(plain.nodePool.spec.template.metadata).toEqual({ labels: { 'adaptive-inference.dev/accelerator': 'A10G' } });
    expect(plain.pool.nodeSelector).toEqual({ 'adaptive-inference.dev/accelerator': 'A10G' });
  });

  it('gives up empty nodes only, after the time a pod may take to come back', () => {
    expect(plain.nodePool.spec.disruption).toEqual({
      consolidationPolicy: 'WhenEmpty',
      consolidateAfter: '10m',
      budgets: [
        { nodes: '100%', reasons: ['Empty'] },
        { nodes: '1', reasons: ['Drifted'] },
      ],
    });
    expect(plain.nodePool.spec.template.spec).toMatchObject({ expireAfter: 'Never', terminationGracePeriod: '30m' });
  });

  it('launches in private subnets, with the instance profile of the stack and nothing of Karpenter’s own making', () => {
    expect(plain.nodeClass.spec).toEqual({
      amiSelectorTerms: [{ alias: 'al2023@v20260714' }],
      instanceProfile: '<token>',
      subnetSelectorTerms: [{ id: '<token>' }, { id: '<token>' }, { id: '<token>' }],
      securityGroupSelectorTerms: [{ id: '<token>' }],
      blockDeviceMappings: [
        {
          deviceName: '/dev/xvda',
          ebs: { volumeType: 'gp3', volumeSize: '200Gi', iops: 3000, throughput: 500, encrypted: true, deleteOnTermination: true },
        },
      ],
      instanceStorePolicy: 'RAID0',
      metadataOptions: { httpEndpoint: 'enabled', httpProtocolIPv6: 'disabled', httpPutResponseHopLimit: 1, httpTokens: 'required' },
      tags: { 'adaptive-inference.dev/pool': 'a10g-spot' },
    });
  });

  it('can be all that a user wants', () => {
    const {
      pool: made,
      nodePool,
      nodeClass,
    } = pool({
      accelerator: Accelerator.TRAINIUM1,
      capacityType: CapacityType.RESERVED,
      capacityReservationIds: ['cr-0123456789abcdef0'],
      name: 'trainium',
      instanceFamilies: ['trn1'],
      instanceSizes: ['32xlarge'],
      devicesPerPod: 8,
      prices: { 'trn1.32xlarge': 18.5 },
      maximumDevices: 64,
      zones: ['us-west-2a'],
      amiAlias: 'bottlerocket@v1.52.0',
      blockDevices: [
        { size: Size.gibibytes(500), iops: 8000, throughputMibps: 1000, snapshotId: 'snap-0123456789abcdef0' },
        { deviceName: '/dev/xvda', size: Size.gibibytes(8) },
      ],
      localStorage: false,
      consolidateAfter: Duration.seconds(90),
      expireAfter: Duration.hours(36),
      terminationGracePeriod: Duration.minutes(2),
      taints: [{ key: 'team', value: 'search', effect: TaintEffect.NO_SCHEDULE }],
      labels: { team: 'search', 'adaptive-inference.dev/accelerator': 'FORGED' },
      tags: { team: 'search' },
    });
    expect(requirement(nodePool, 'karpenter.sh/capacity-type')).toEqual(['reserved']);
    expect(requirement(nodePool, 'node.kubernetes.io/instance-type')).toEqual(['trn1.32xlarge']);
    expect(requirement(nodePool, 'topology.kubernetes.io/zone')).toEqual(['us-west-2a']);
    expect(nodePool.spec.template.spec).toMatchObject({
      taints: [
        { key: 'aws.amazon.com/neuron', value: 'true', effect: 'NoSchedule' },
        { key: 'team', value: 'search', effect: 'NoSchedule' },
      ],
      expireAfter: '36h',
      terminationGracePeriod: '2m',
    });
    expect(nodePool.spec.disruption.consolidateAfter).toBe('90s');
    expect(nodePool.spec.template.metadata).toEqual({ labels: { team: 'search', 'adaptive-inference.dev/accelerator': 'TRAINIUM1' } });
    expect(nodeClass.spec).toMatchObject({
      amiSelectorTerms: [{ alias: 'bottlerocket@v1.52.0' }],
      capacityReservationSelectorTerms: [{ id: 'cr-0123456789abcdef0' }],
      blockDeviceMappings: [
        { deviceName: '/dev/xvdb', ebs: { volumeSize: '500Gi', iops: 8000, throughput: 1000, snapshotID: 'snap-0123456789abcdef0' } },
        { deviceName: '/dev/xvda', ebs: { volumeSize: '8Gi' } },
      ],
      tags: { 'adaptive-inference.dev/pool': 'trainium', team: 'search' },
    });
    expect(nodeClass.spec).not.toHaveProperty('instanceStorePolicy');
    expect(made.instanceTypes).toMatchObject([{ name: 'trn1.32xlarge', devices: 16, priceUsdPerHour: 18.5 }]);
  });

  it.each([
    [Accelerator.A10G, 'RAID0'],
    [Accelerator.INFERENTIA2, undefined],
  ])('stripes local disks only if its instance types have some: $0.name', (accelerator, policy) => {
    expect(pool({ accelerator }).nodeClass.spec.instanceStorePolicy).toBe(policy);
  });

  it('leaves out sizes that hold no pod', () => {
    expect(pool({ devicesPerPod: 4 }).pool.instanceTypes.map(({ name }) => name)).toEqual(['g5.12xlarge', 'g5.24xlarge', 'g5.48xlarge']);
  });

  it('leaves out types of unknown price until it is told one', () => {
    expect(pool({ accelerator: Accelerator.H200 }).pool.instanceTypes.map(({ name }) => name)).toEqual(['p5en.48xlarge']);
    const told = pool({ accelerator: Accelerator.H200, prices: { 'p5e.48xlarge': 60 } }).pool;
    expect(told.instanceTypes.map(({ name, priceUsdPerHour }) => [name, priceUsdPerHour])).toEqual([
      ['p5en.48xlarge', 63.296],
      ['p5e.48xlarge', 60],
    ]);
  });

  it('encrypts with the key of the user', () => {
    const { template } = built((stack) => {
      const encryptionKey = kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:us-west-2:123456789012:key/theirs');
      new AcceleratorPool(stack, 'Pool', { cluster: newCluster(stack), accelerator: Accelerator.L4, blockDevices: [{ encryptionKey }] });
    });
    expect(kubernetesObjects(template, 'EC2NodeClass')[0]?.body.spec).toMatchObject({
      blockDeviceMappings: [{ ebs: { encrypted: true, kmsKeyID: 'arn:aws:kms:us-west-2:123456789012:key/theirs' } }],
    });
  });

  it('says all that a fleet must know of it', () => {
    const { pool: made } = pool({ zones: ['us-west-2a'] });
    const described = {
      name: made.poolName,
      accelerator: made.accelerator.name,
      capacityType: made.capacityType,
      deviceResource: made.accelerator.deviceResource,
      instanceTypes: made.instanceTypes.map(({ name, devices, priceUsdPerHour }) => ({ name, devices, priceUsdPerHour })),
      maximumDevices: made.maximumDevices,
      zones: made.zones,
    };
    expect(FleetSpecSchema.shape.pools.parse([described])).toEqual([described]);
  });
});

describe('a later deployment', () => {
  const manifests = (template: Template) =>
    Object.fromEntries(
      Object.entries(template.findResources('Custom::AWSCDK-EKS-KubernetesResource')).map(([id, { Properties }]) => [
        id,
        JSON.stringify(Properties.Manifest),
      ]),
    );

  it('sends nothing for a pool of which only the fleet’s part changed', () => {
    expect(manifests(pool({ maximumDevices: 500, prices: { 'g5.xlarge': 2 } }).template)).toEqual(manifests(pool().template));
  });

  it('mentions nothing of the loop’s when another prop changed', () => {
    const { nodePool } = pool({ expireAfter: Duration.days(7) });
    expect(Object.keys(nodePool.spec).sort()).toEqual(['disruption', 'template']);
  });

  it('makes another resource of a renamed pool, so that the old one is removed', () => {
    const before = Object.keys(manifests(pool({ name: 'old' }).template));
    const after = Object.keys(manifests(pool({ name: 'new' }).template));
    expect(after.filter((id) => before.includes(id))).toEqual([]);
  });
});

describe('two clusters', () => {
  it('may have pools of one name', () => {
    const stack = newStack();
    for (const id of ['One', 'Two']) {
      new AcceleratorPool(stack, `Pool${id}`, { cluster: newCluster(stack, {}, id), accelerator: Accelerator.A10G });
    }
  });
});
