import { App, Duration, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { describe, expect, it } from 'vitest';
import {
  Accelerator,
  AcceleratorPool,
  type AcceleratorPoolOptions,
  EndpointVisibility,
  InferenceCluster,
  type ModelCacheVolume,
  TaintEffect,
  WeightedRouter,
} from '../../lib';
import { complaint, kubectlLayer, newCluster, newStack } from './support/fixture';
import { newFleet, unitOf } from './support/fleet';
import { importedCluster } from './support/imported-cluster';

/** Values that CloudFormation, EC2, Kubernetes or Helm would refuse in the middle of a deployment, or take and never act on. */

const stack = newStack();
const cluster = newCluster(stack);
let count = 0;

const pool = (options: Partial<AcceleratorPoolOptions>, on = cluster, where = stack) => {
  count += 1;
  return new AcceleratorPool(where, `Pool${count}`, { cluster: on, accelerator: Accelerator.L4, name: `pool-${count}`, ...options });
};

const LONG = 'x'.repeat(64);

describe('a pool is refused at synthesis', () => {
  it.each<[string, Partial<AcceleratorPoolOptions>, string]>([
    ['that expires at once', { expireAfter: Duration.seconds(0) }, '`expireAfter` is not above 0; given 0'],
    ['in no zone', { zones: [] }, '`zones` is empty'],
    ['in a zone of another region', { zones: ['eu-west-1a'] }, "given 'eu-west-1a', expected a name such as us-west-2a"],
    ['in a whole region', { zones: ['us-west-2'] }, "given 'us-west-2', expected a name such as us-west-2a"],
    ['with no security group', { securityGroups: [] }, '`securityGroups` is empty'],
    [
      'with a label that has a space in its key',
      { labels: { 'a team': 'search' } },
      "`labels` contains a key that Kubernetes does not take; given 'a team'",
    ],
    [
      'with a label whose value is too long',
      { labels: { team: LONG } },
      `\`labels['team']\` is a value that Kubernetes does not take; given '${LONG}'`,
    ],
    ['with a label whose value ends in a hyphen', { labels: { team: 'search-' } }, "given 'search-'"],
    ['with a label of Karpenter', { labels: { 'karpenter.sh/nodepool': 'mine' } }, "sets itself; given 'karpenter.sh/nodepool'"],
    ['with a label of its instances', { labels: { 'karpenter.k8s.aws/instance-cpu': '4' } }, "given 'karpenter.k8s.aws/instance-cpu'"],
    ['with the name of a host', { labels: { 'kubernetes.io/hostname': 'a' } }, "given 'kubernetes.io/hostname'"],
    [
      'with a taint that has a slash too many',
      { taints: [{ key: 'a/b/c', effect: TaintEffect.NO_SCHEDULE }] },
      "`taints` contains a key that Kubernetes does not take; given 'a/b/c'",
    ],
    [
      'with a taint whose value has a space',
      { taints: [{ key: 'team', value: 'a b', effect: TaintEffect.NO_SCHEDULE }] },
      "`taints['team']` is a value that Kubernetes does not take; given 'a b'",
    ],
    [
      'with a taint twice',
      { taints: ['a', 'b'].map((value) => ({ key: 'team', value, effect: TaintEffect.NO_EXECUTE })) },
      "`taints` contains a key twice with the same effect; given 'team:NoExecute'",
    ],
    ['with a tag of AWS', { tags: { 'aws:team': 'search' } }, "sets itself; given 'aws:team'"],
    ['with a tag of Karpenter', { tags: { 'karpenter.sh/nodeclaim': 'mine' } }, "sets itself; given 'karpenter.sh/nodeclaim'"],
    ['with a tag of the cluster', { tags: { 'kubernetes.io/cluster/mine': 'owned' } }, "given 'kubernetes.io/cluster/mine'"],
    ['with a tag without a key', { tags: { '': 'a' } }, "`tags` contains a key that EC2 does not take; given ''"],
    ['with a tag in brackets', { tags: { '<team>': 'a' } }, "given '<team>'"],
    ['with a tag whose value is too long', { tags: { team: 'x'.repeat(257) } }, "`tags['team']` is a value that EC2 does not take"],
    ['with an endless price', { prices: { 'g6.xlarge': Number.POSITIVE_INFINITY } }, "is not a valid price; given 'Infinity'"],
    ['with a price that is no number', { prices: { 'g6.xlarge': Number.NaN } }, "is not a valid price; given 'NaN'"],
  ])('%s', (_, options, words) => {
    expect(complaint(() => pool(options))).toContain(words);
  });

  it('in a zone without a subnet of it', () => {
    const where = newStack();
    const on = InferenceCluster.fromCluster(where, 'Cluster', { cluster: importedCluster(where), kubectlLayer: kubectlLayer(where) });
    expect(complaint(() => pool({ zones: ['us-west-2a', 'us-west-2c'] }, on as InferenceCluster, where))).toMatch(
      /no subnet.*given 'us-west-2c', expected one of us-west-2a, us-west-2b/,
    );
    pool({ zones: ['us-west-2a', 'us-west-2b'] }, on as InferenceCluster, where);
  });

  it('but not for what other regions, other domains and the least and most of each allow', () => {
    pool({
      labels: { team: '', 'example.com/team': 'a.b_C-9', ['x'.repeat(63)]: 'y'.repeat(63) },
      taints: [
        { key: 'team', effect: TaintEffect.NO_SCHEDULE },
        { key: 'team', effect: TaintEffect.NO_EXECUTE },
      ],
      tags: { 'Größe/Team=1': 'x'.repeat(256), ['k'.repeat(128)]: '' },
    });
    const anywhere = new Stack(new App(), 'Anywhere');
    const on = newCluster(anywhere);
    pool({ zones: ['eu-central-1b'] }, on, anywhere);
    expect(complaint(() => pool({ zones: ['b'] }, on, anywhere))).toMatch(/given 'b', expected a name such as us-west-2a/);
  });
});

describe('an accelerator is refused at synthesis with', () => {
  it.each([
    ['an endless price', { priceUsdPerHour: Number.POSITIVE_INFINITY }, "given 'Infinity', expected US dollars"],
    ['a price that is no number', { priceUsdPerHour: Number.NaN }, "given 'NaN', expected US dollars"],
    ['no room for pods', { podMemoryMib: 0 }, '`podMemoryMib` of x1.large is not a valid size; given 0'],
    ['no CPU for pods', { podCpuMillicores: Number.NaN }, "`podCpuMillicores` of x1.large is not a valid size; given 'NaN'"],
  ])('%s', (_, changes, words) => {
    const type = { name: 'x1.large', devices: 1, priceUsdPerHour: 1, ...changes };
    expect(complaint(() => Accelerator.of('X1', { deviceResource: 'example.com/x', instanceTypes: [type] }))).toContain(words);
  });
});

describe('a volume for model files is refused', () => {
  const at = (mountPath: string) => (): void => {
    count += 1;
    const modelCache: ModelCacheVolume = { mountPath };
    newFleet(stack, { cluster, units: [unitOf({ container: { image: 'a.b/c:1', modelCache } })] }, `Fleet${count}`);
  };

  it.each([
    '/',
    '//',
    '/./',
    '/models/..',
    '/proc',
    '/proc/1',
    '//proc/',
    '/sys/fs',
    '/dev',
    '/dev/shm',
    '/etc',
    '/usr',
    '/usr/bin',
    '/lib/',
    '/var/run',
    '/a:b',
  ])('at %s', (path) => {
    expect(complaint(at(path))).toContain(
      `\`container.modelCache.mountPath\` would hide directories that the container needs; given '${path}'`,
    );
  });

  it.each(['/models', '/root/.cache', '/usr/share/models', '/etc/models', '/processed', '/device'])('not at %s', (path) => {
    at(path)();
  });
});

describe('a web ACL is refused', () => {
  const withAcl = (webAclArn: string, where = stack) => {
    count += 1;
    return new WeightedRouter(where, `Router${count}`, {
      vpc: newCluster(where, {}, `Cluster${count}`).vpc,
      units: [{ name: 'a' }],
      webAclArn,
    });
  };
  const arn = (region: string, scope: string) =>
    `arn:aws:wafv2:${region}:123456789012:${scope}/webacl/own/6f4b2e1a-0000-4000-8000-000000000000`;

  it.each([
    ['of CloudFront', arn('us-east-1', 'global'), '`webAclArn` is a web ACL of CloudFront, which a load balancer cannot have'],
    ['of another region', arn('eu-west-1', 'regional'), 'is not a web ACL that the load balancer could have'],
    ['that is a name', 'own', "given 'own', expected arn:aws:wafv2:us-west-2:<account>:regional/webacl/<name>/<id>"],
    ['that is none', 'arn:aws:wafv2:us-west-2:123456789012:regional/ipset/own/1', 'is not a web ACL'],
  ])('%s', (_, given, words) => {
    expect(complaint(() => withAcl(given))).toContain(words);
  });

  it('not of the region of the stack', () => {
    withAcl(arn('us-west-2', 'regional'));
  });
});

describe('a chart', () => {
  const waiting = (minutes: number) => () => {
    count += 1;
    cluster.addHelmChart(stack, `Chart${count}`, {
      chart: 'c',
      version: '1.0.0',
      release: `r${count}`,
      timeout: Duration.minutes(minutes),
    });
  };

  it('may not wait as long as the function that runs Helm, which would then die without an answer', () => {
    expect(complaint(waiting(15))).toMatch(
      /`timeout of chart Chart\d+` is out of range; given '900 s', expected whole seconds from 1 to 840/,
    );
    waiting(14)();
  });
});

describe('a VPC without private subnets that have a way out', () => {
  const vpcOf = (where: Stack, ...types: ec2.SubnetType[]) =>
    new ec2.Vpc(where, 'Vpc', { natGateways: 0, subnetConfiguration: types.map((subnetType) => ({ name: subnetType, subnetType })) });

  it.each([
    ['isolated ones', [ec2.SubnetType.PRIVATE_ISOLATED], '0 private with a way out, 3 isolated, 0 public'],
    ['public ones', [ec2.SubnetType.PUBLIC], '0 private with a way out, 0 isolated, 3 public'],
  ])('but %s is refused for a cluster, with what it has and what to do', (_, types, given) => {
    const where = newStack();
    expect(
      complaint(() => new InferenceCluster(where, 'Cluster', { kubectlLayer: kubectlLayer(where), vpc: vpcOf(where, ...types) })),
    ).toMatch(
      new RegExp(
        `the VPC has no subnets for the cluster; given '${given}'.*need private subnets with a way to the APIs of AWS.*\\[NoSuchSubnets\\]`,
      ),
    );
  });

  it('is refused for pools, routers and the loop', () => {
    const where = newStack();
    const vpc = vpcOf(where, ec2.SubnetType.PUBLIC);
    const on = InferenceCluster.fromCluster(where, 'Cluster', {
      cluster: importedCluster(where, { vpc }),
      kubectlLayer: kubectlLayer(where),
      endpointVisibility: EndpointVisibility.PUBLIC,
    });
    expect(complaint(() => pool({}, on as InferenceCluster, where))).toContain('the VPC has no subnets for the nodes of the pool');
    expect(complaint(() => new WeightedRouter(where, 'Router', { vpc, units: [{ name: 'a' }] }))).toMatch(
      /no subnets for the load balancer.*select others with `subnets`/,
    );
  });

  it('may be one of a stack whose zones are not known', () => {
    const where = new Stack(new App(), 'Anywhere');
    newCluster(where);
  });
});

describe('an address range is refused', () => {
  it.each(['300.0.0.0/8', '10.0.0.0/33'])('that does not exist: %s', (cidr) => {
    expect(complaint(() => newCluster(newStack(), { endpointVisibility: EndpointVisibility.PUBLIC, publicAccessCidrs: [cidr] }))).toContain(
      `given '${cidr}'`,
    );
  });
});

it('numbers that are none are shown as what they are, in lists too', () => {
  const shares = [Number.NaN, 0.5];
  const router = () =>
    new WeightedRouter(newStack(), 'Router', {
      vpc: cluster.vpc,
      units: shares.map((initialShare, index) => ({ name: `u${index}`, initialShare })),
    });
  expect(complaint(router)).toContain("given 'NaN'");
});
