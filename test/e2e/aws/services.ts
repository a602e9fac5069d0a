import { type AwsAnswer, type AwsCall, AwsError, answer } from './call';
import type { Capacity } from './capacity';
import { createFleet, type LaunchTemplates, launchTemplateOf } from './create-fleet';
import type { Market } from './market';
import type { Metrics } from './metrics';
import { ACCOUNT, type MotoClient, REGION } from './moto-client';

export interface ClusterFacts {
  readonly name: string;
  readonly version: string;
  readonly endpoint: string;
  readonly certificateAuthorityPem: string;
}

interface Services {
  readonly moto: MotoClient;
  readonly capacity: Capacity;
  readonly market: Market;
  readonly metrics: Metrics;
  readonly templates: LaunchTemplates;
  /** Image ids by variant of the node image: `standard`, `nvidia`, `neuron`. */
  readonly images: () => Readonly<Record<string, string>>;
  readonly cluster: () => ClusterFacts;
}

type Handler = (call: AwsCall, services: Services) => Promise<AwsAnswer> | AwsAnswer | undefined;

/** What is answered here because moto does not know it, or knows it less well than its callers need. All else goes to moto. */
export const answerHere = (call: AwsCall, services: Services): Promise<AwsAnswer> | AwsAnswer | undefined => {
  // moto knows dry runs of some actions only.
  if (call.service === 'ec2' && call.input.DryRun === 'true') {
    throw new AwsError('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.', 412);
  }
  return HANDLERS[`${call.service}:${call.action}`]?.(call, services) ?? describeCluster(call, services);
};

const HANDLERS: Readonly<Record<string, Handler>> = {
  'ec2:CreateFleet': (call, services) => createFleet(call, services),

  'ec2:CreateLaunchTemplate': (call, { templates }) => {
    templates.set(...launchTemplateOf(call.input));
    return undefined;
  },

  'ec2:DescribeSpotPriceHistory': (call, { market }) => {
    const types = namesIn(call.input.InstanceType);
    const start = Date.parse(String(call.input.StartTime ?? new Date().toISOString()));
    const before = new Set<string>();
    const spotPriceHistorySet = market.history.flatMap(({ instanceType, zone, priceUsdPerHour, at }) => {
      if (types !== undefined && !types.has(instanceType)) return [];
      // Of the prices older than the start, the newest is part of the answer: it was in force then.
      if (at.getTime() < start) {
        if (before.has(`${instanceType} ${zone}`)) return [];
        before.add(`${instanceType} ${zone}`);
      }
      const timestamp = at.toISOString();
      return [{ instanceType, productDescription: 'Linux/UNIX', spotPrice: priceUsdPerHour.toFixed(6), timestamp, availabilityZone: zone }];
    });
    return answer(call, { spotPriceHistorySet, nextToken: '' });
  },

  'ec2:DescribeCapacityReservations': (call) => answer(call, { capacityReservationSet: [] }),
  'ec2:DescribePlacementGroups': (call) => answer(call, { placementGroupSet: [] }),
  'ec2:DescribeInstanceStatus': (call) => answer(call, { instanceStatusSet: [] }),

  'monitoring:GetMetricData': (call, { metrics }) => metrics.getMetricData(call),

  // The public parameters of EKS's node images; moto has none of recent releases.
  'ssm:GetParameter': (call, { images }) => {
    const name = String(call.input.Name);
    const [, architecture, variant = ''] =
      /^\/aws\/service\/eks\/optimized-ami\/[\d.]+\/amazon-linux-2023\/(\w+)\/(\w+)\//.exec(name) ?? [];
    const image = architecture === 'x86_64' ? images()[variant] : undefined;
    if (image === undefined) throw new AwsError('ParameterNotFound', `Parameter ${name} not found.`);
    const parameter = {
      Name: name,
      Type: 'String',
      Value: image,
      Version: 1,
      DataType: 'text',
      ARN: `arn:aws:ssm:${REGION}::parameter${name}`,
    };
    return answer(call, { Parameter: parameter });
  },

  'sts:GetCallerIdentity': () => undefined,
};

const namesIn = (list: unknown): ReadonlySet<string> | undefined =>
  Array.isArray(list) && list.length > 0 ? new Set(list.map(String)) : undefined;

/** EKS knows one cluster: the test bed's. */
const describeCluster = (call: AwsCall, services: Services): AwsAnswer | undefined => {
  const name = call.service === 'eks' ? /^GET \/clusters\/([^/]+)$/.exec(call.action)?.[1] : undefined;
  if (name === undefined) return undefined;
  const cluster = services.cluster();
  if (decodeURIComponent(name) !== cluster.name)
    throw new AwsError('ResourceNotFoundException', `No cluster found for name: ${name}.`, 404);
  return answer(call, {
    cluster: {
      name: cluster.name,
      arn: `arn:aws:eks:${REGION}:${ACCOUNT}:cluster/${cluster.name}`,
      version: cluster.version,
      endpoint: cluster.endpoint,
      certificateAuthority: { data: Buffer.from(cluster.certificateAuthorityPem).toString('base64') },
      kubernetesNetworkConfig: { serviceIpv4Cidr: '10.96.0.0/16', ipFamily: 'ipv4' },
      status: 'ACTIVE',
    },
  });
};
