import { ACCESS_KEYS } from '../../e2e/aws/aws-side';
import type { Fault, FaultMatch } from '../../e2e/aws/faults';
import { type BedFault, type Blinded, pick } from './fault';

/** A call of AWS, and what whoever makes it does not know or cannot do without it. */
interface Call {
  readonly caller: keyof typeof ACCESS_KEYS;
  readonly service: string;
  readonly action: string;
  readonly blinds?: Blinded;
}

const CALLS: readonly Call[] = [
  { caller: 'loop', service: 'monitoring', action: 'GetMetricData', blinds: 'metrics' },
  { caller: 'loop', service: 'ec2', action: 'DescribeSpotPriceHistory' },
  { caller: 'loop', service: 'ec2', action: 'DescribeInstanceTypeOfferings' },
  { caller: 'loop', service: 'elasticloadbalancing', action: 'DescribeRules', blinds: 'router' },
  { caller: 'loop', service: 'elasticloadbalancing', action: 'DescribeTags', blinds: 'router' },
  { caller: 'loop', service: 'elasticloadbalancing', action: 'ModifyRule', blinds: 'router' },
  { caller: 'loop', service: 'eks', action: 'GET /clusters/test-bed', blinds: 'cluster' },
  { caller: 'karpenter', service: 'ec2', action: 'CreateFleet' },
  { caller: 'karpenter', service: 'ec2', action: 'DescribeInstances' },
  { caller: 'keda', service: 'monitoring', action: 'GetMetricData' },
];

const failing = (faultOf: (seconds: number) => Fault): BedFault => ({
  begin: async (world, random) => {
    const { aws } = world.bed;
    const { caller, service, action, blinds } = pick(random, CALLS);
    const match: FaultMatch = { service, action, accessKey: ACCESS_KEYS[caller].AWS_ACCESS_KEY_ID };
    const end = aws.faults.inject(match, faultOf(1 + Math.floor(random.uniform() * 12)));
    return {
      of: `${caller} ${service}:${action}`,
      ...(blinds !== undefined && { blinds: [blinds] }),
      end: async () => {
        end();
        // A process asks again for prices and zones that it could not read after one and five minutes: longer than five ticks here.
        if (caller === 'loop' && service === 'ec2') world.restartLoop();
      },
    };
  },
});

/** Faults of the AWS that the loop, Karpenter and KEDA call. */
export const AWS_FAULTS: Readonly<Record<string, BedFault>> = {
  'AWS refuses a call': failing(() => ({ kind: 'Refuse', code: 'AccessDenied', message: 'not authorized', status: 403 })),
  'AWS throttles a call': failing(() => ({ kind: 'Throttle' })),
  'AWS answers 500': failing(() => ({ kind: 'ServerError' })),
  'AWS answers late': failing((seconds) => ({ kind: 'Slow', seconds })),
  'AWS answers garbage': failing(() => ({ kind: 'Garbage' })),
  'a connection to AWS is cut off': failing(() => ({ kind: 'Cut' })),

  'EC2 has no capacity': {
    begin: async ({ bed: { aws }, spec }, random) => {
      const pool = pick(random, [...spec.pools.map(({ name }) => name), undefined]);
      const end = aws.capacity.shortage(pool === undefined ? { capacityType: 'spot' } : { pool });
      return { of: pool ?? 'all spot pools', end: async () => end() };
    },
  },
  'EC2 reclaims spot instances': {
    begin: async ({ bed: { aws } }, random) => {
      const instances = (await aws.instances.list()).filter(({ state, pool }) => state === 'running' && pool.endsWith('-spot'));
      if (instances.length === 0) return undefined;
      const { pool } = pick(random, instances);
      const ids = instances.filter((instance) => instance.pool === pool).map(({ id }) => id);
      await aws.instances.reclaim(ids, { afterSeconds: 5 });
      return { of: `${ids.length} of ${pool}`, end: async () => {} };
    },
  },
  'instances end without a word': {
    begin: async ({ bed: { aws } }, random) => {
      const instances = (await aws.instances.list()).filter(({ state, pool }) => state === 'running' && pool !== '');
      if (instances.length === 0) return undefined;
      const { pool, id } = pick(random, instances);
      await aws.instances.lose([id]);
      return { of: pool, end: async () => {} };
    },
  },
  'spot costs more than on demand': {
    begin: async ({ bed: { aws }, spec }, random) => {
      const { name, instanceTypes } = pick(
        random,
        spec.pools.filter(({ capacityType }) => capacityType === 'spot'),
      );
      const prices = instanceTypes.map((type) => [type.name, aws.market.spotPrice(type.name, 'us-west-2a')!] as const);
      for (const [type, price] of prices) aws.market.setSpotPrice(type, price * 4);
      return {
        of: name,
        end: async () => {
          for (const [type, price] of prices) aws.market.setSpotPrice(type, price);
        },
      };
    },
  },
};
