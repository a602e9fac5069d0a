import type { Processes, Running } from '../cluster/processes';
import { type Account, createAccount } from './account';
import type { AwsAnswer, AwsCall } from './call';
import { type Capacity, createCapacity } from './capacity';
import type { LaunchTemplates } from './create-fleet';
import { createFaults, type Faults } from './faults';
import { createInstanceControl, type InstanceControl } from './instances';
import { createMarket, type Market } from './market';
import { createMetrics, type Metrics } from './metrics';
import { createMotoClient, type MotoClient, REGION } from './moto-client';
import { type AwsProxy, type OwnPath, type RecordedCall, startProxy } from './proxy';
import { answerHere, type ClusterFacts } from './services';
import { type AccessEntry, reviewToken } from './token-review';

/** Who calls, by access key. */
export const ACCESS_KEYS = {
  karpenter: { AWS_ACCESS_KEY_ID: 'AKIAKARPENTER0000000', AWS_SECRET_ACCESS_KEY: 'karpenter' },
  keda: { AWS_ACCESS_KEY_ID: 'AKIAKEDA000000000000', AWS_SECRET_ACCESS_KEY: 'keda' },
  loop: { AWS_ACCESS_KEY_ID: 'AKIALOOP000000000000', AWS_SECRET_ACCESS_KEY: 'loop' },
} as const;

type Caller = keyof typeof ACCESS_KEYS;

/** The AWS of a test bed, with all that can be changed while it runs. */
export interface AwsSide {
  readonly url: string;
  readonly account: Account;
  readonly capacity: Capacity;
  readonly market: Market;
  readonly metrics: Metrics;
  readonly faults: Faults;
  readonly instances: InstanceControl;
  readonly moto: MotoClient;
  /** AWS identities that the API server knows; changes take effect at the next token. */
  readonly accessEntries: AccessEntry[];
  /** Environment of a program that calls AWS as someone. */
  environmentOf(caller: Caller): Readonly<Record<string, string>>;
  /** What someone called, oldest first. */
  callsOf(caller: Caller): readonly RecordedCall[];
  /** Answers one more path that is no AWS call. */
  answerAt(path: string, answer: OwnPath): void;
  stop(): Promise<void>;
}

/** What of it is there where Karpenter and KEDA call another AWS: nothing by which capacity is taken away, given or reclaimed. */
export type LoopAws = Omit<AwsSide, 'capacity' | 'instances'>;

interface AwsSideProps {
  readonly processes: Processes;
  readonly python: string;
  readonly ports: { readonly moto: number; readonly proxy: number };
  readonly cluster: ClusterFacts;
  /** On-demand prices in US dollars per hour, by instance type. */
  readonly prices: ReadonlyMap<string, number>;
}

/** Path under which the API server asks about tokens. */
export const TOKEN_REVIEW_PATH = '/test-bed/token-review';

export const startAwsSide = async ({ processes, python, ports, cluster, prices }: AwsSideProps): Promise<AwsSide> => {
  const running = startMoto(processes, python, ports.moto);
  const moto = createMotoClient(ports.moto);
  await running.waitFor('to answer', 60, async () => Boolean(await moto('ec2', 'DescribeRegions')));
  const account = await createAccount(moto, cluster.name);
  const capacity = createCapacity();
  const market = createMarket(prices);
  const metrics = createMetrics();
  const faults = createFaults();
  const templates: LaunchTemplates = new Map();
  const instances = createInstanceControl(moto, () => account.queueUrl);
  const accessEntries: AccessEntry[] = [];
  const services = { moto, capacity, market, metrics, templates, images: () => account.images, cluster: () => cluster };
  const paths: Record<string, OwnPath> = {
    [TOKEN_REVIEW_PATH]: (body) => reviewToken(body, cluster.name, accessEntries, Date.now() / 1000),
    '/test-bed/shortages': (body) => {
      if (body === '') return capacity.refused;
      if (body === 'clear') capacity.clear();
      else capacity.shortage(readMatch(body));
      return {};
    },
    '/test-bed/reclaim': async (body) => {
      const ids = await idsIn(body, instances);
      await instances.reclaim(ids);
      return { reclaimed: ids };
    },
    '/test-bed/calls': () => proxy.calls,
  };
  const proxy: AwsProxy = await startProxy({
    port: ports.proxy,
    motoPort: ports.moto,
    faults,
    answerHere: (call) => answerHere(call, services),
    amend,
    paths,
  });
  return {
    url: proxy.url,
    account,
    capacity,
    market,
    metrics,
    faults,
    instances,
    moto,
    accessEntries,
    environmentOf: (caller) => ({
      ...ACCESS_KEYS[caller],
      AWS_REGION: REGION,
      AWS_ENDPOINT_URL: proxy.url,
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    }),
    answerAt: (path, answer) => {
      paths[path] = answer;
    },
    callsOf: (caller) => proxy.calls.filter(({ accessKey }) => accessKey === ACCESS_KEYS[caller].AWS_ACCESS_KEY_ID),
    stop: async () => {
      instances.stop();
      await proxy.stop();
      await running.stop();
    },
  };
};

/** A capacity rule of its own words; one with a slip in it would match nothing, or everything. */
const readMatch = (body: string): Parameters<Capacity['shortage']>[0] => {
  const known = ['pool', 'instanceType', 'zone', 'capacityType'];
  const match: unknown = JSON.parse(body);
  const entries = Object.entries(Object(match));
  const unknown = entries.find(([name, value]) => !known.includes(name) || typeof value !== 'string');
  if (unknown !== undefined || typeof match !== 'object') {
    throw new Error(`shortages: given ${body}, expected clear, or JSON with ${known.join(', ')}, such as {"pool":"g5-spot"}`);
  }
  return Object.fromEntries(entries);
};

/** A list of instance ids, or `{"pool": name}` for the running spot instances of a pool. */
const idsIn = async (body: string, instances: InstanceControl): Promise<readonly string[]> => {
  const given: unknown = JSON.parse(body);
  if (Array.isArray(given)) return given.map(String);
  const { pool } = Object(given) as { readonly pool?: unknown };
  if (typeof pool !== 'string') throw new Error(`reclaim: given ${body}, expected a list of instance ids, or {"pool":"g5-spot"}`);
  const running = (await instances.list()).filter((one) => one.pool === pool && one.state === 'running' && one.capacityType === 'spot');
  return running.map(({ id }) => id);
};

const startMoto = (processes: Processes, python: string, port: number): Running =>
  processes.start({
    name: 'moto',
    command: python,
    args: ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)],
    env: { AWS_DEFAULT_REGION: REGION, PYTHONUNBUFFERED: '1' },
  });

/** moto leaves out the request id by which Karpenter tells a spot instance. */
const amend = (call: AwsCall, answer: AwsAnswer): AwsAnswer => {
  if (call.service !== 'ec2' || call.action !== 'DescribeInstances' || answer.status !== 200) return answer;
  const body = answer.body
    .toString('utf8')
    .replace(
      /<instanceLifecycle>spot<\/instanceLifecycle>/g,
      (lifecycle) => `${lifecycle}<spotInstanceRequestId>sir-00000000</spotInstanceRequestId>`,
    );
  return { ...answer, body };
};
