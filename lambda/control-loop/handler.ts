import { setTimeout as delay } from 'node:timers/promises';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { EC2Client } from '@aws-sdk/client-ec2';
import { EKSClient } from '@aws-sdk/client-eks';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { awsClientProps } from './client/aws';
import { cloudWatchPort } from './client/cloudwatch';
import { createCluster } from './client/cluster';
import { type Environment, environmentCredentials } from './client/credentials';
import { ec2Port } from './client/ec2';
import { describeCluster } from './client/eks';
import { mintEksToken } from './client/eks-token';
import { listenerRulePort } from './client/elbv2';
import { loopDefaults } from './contract/defaults';
import { InvalidInputError, type Problem } from './errors';
import { parseRfc3339 } from './model/times';
import type { Clock, Ports } from './ports';
import { listenerRuleSplitter } from './routers/alb/listener-rule';
import { albMetrics } from './routers/alb/metrics';
import { createTickCaches, type TickOptions, tick } from './tick';

/** The least time a tick is given, in seconds: with less it fails by its deadline, which says more than Lambda's time-out. */
const MIN_TICK_SECONDS = 1;
/** Kept back for the sandbox: calls still under way are broken off this much before Lambda would end it, in seconds. */
const EXIT_SECONDS = 1;

/** The part of Lambda's context that is used. */
interface InvocationContext {
  getRemainingTimeInMillis(): number;
}

interface World {
  readonly clusterName: string;
  /** The ports for one tick: no retry waits beyond the deadline (seconds since the epoch), all calls end with the signal. */
  ports(tick: { readonly deadlineSeconds: number; readonly signal: AbortSignal }): Ports;
}

interface HandlerProps {
  readonly environment: Environment;
  readonly clock: Clock;
  readonly connect: (settings: Settings) => World;
  readonly tick: (ports: Ports, options: TickOptions) => Promise<unknown>;
  readonly log: Ports['log'];
}

interface Settings {
  readonly clusterName: string;
  readonly region: string;
}

/** A Lambda handler for any event. What outlives a tick, connections and caches, is made at the first. */
export const createHandler = (props: HandlerProps) => {
  const caches = createTickCaches();
  let world: World | undefined;
  return async (event: unknown, context: InvocationContext): Promise<void> => {
    const startedSeconds = props.clock.nowSeconds();
    const remainingSeconds = context.getRemainingTimeInMillis() / 1000;
    const deadlineSeconds = startedSeconds + Math.max(MIN_TICK_SECONDS, remainingSeconds - loopDefaults.reportSeconds);
    const trigger = triggerOf(event);
    const ending = new AbortController();
    const timer = setTimeout(() => ending.abort(), Math.max(0, remainingSeconds - EXIT_SECONDS) * 1000);
    try {
      world ??= props.connect(readSettings(props.environment));
      const ports = world.ports({ deadlineSeconds, signal: ending.signal });
      await props.tick(ports, { deadlineSeconds, trigger, event: newsOf(event), caches, clusterName: world.clusterName });
    } catch (error) {
      props.log({
        level: 'error',
        message: 'the tick failed',
        trigger,
        error: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
      });
      throw error;
    } finally {
      clearTimeout(timer);
    }
  };
};

const SETTINGS = [
  {
    name: 'CLUSTER_NAME',
    pattern: /^[0-9A-Za-z][0-9A-Za-z_-]{0,99}$/,
    expected: 'the name of the EKS cluster (letters, digits, - and _, at most 100)',
    fix: 'set it in the environment of the function',
  },
  {
    name: 'AWS_REGION',
    pattern: /^[a-z]{2,}(-[a-z]+)+-\d+$/,
    expected: 'a region such as us-west-2',
    fix: 'Lambda sets it; elsewhere export it',
  },
] as const;

const readSettings = (environment: Environment): Settings => {
  const problems: Problem[] = SETTINGS.flatMap(({ name, pattern, expected, fix }) => {
    const given = environment[name];
    if (given !== undefined && pattern.test(given)) return [];
    return [{ where: `environment: ${name}`, given: given === undefined ? 'nothing' : JSON.stringify(given), expected, fix }];
  });
  if (problems.length > 0) throw new InvalidInputError(problems);
  return { clusterName: environment.CLUSTER_NAME ?? '', region: environment.AWS_REGION ?? '' };
};

/** What started the tick, by the envelope of EventBridge; `unknown` for anything without one. */
const triggerOf = (event: unknown): string => {
  if (typeof event !== 'object' || event === null) return 'unknown';
  const { source, 'detail-type': detailType } = event as Readonly<Record<string, unknown>>;
  const parts = [source, detailType].filter((part) => typeof part === 'string' && part !== '');
  return parts.length > 0 ? parts.join(': ') : 'unknown';
};

/** When an event of EventBridge happened, and the instance that one of EC2 is about. */
const newsOf = (event: unknown): NonNullable<TickOptions['event']> => {
  if (typeof event !== 'object' || event === null) return {};
  const { source, time, detail } = event as Readonly<Record<string, unknown>>;
  const atSeconds = parseRfc3339(typeof time === 'string' ? time : undefined);
  const instanceId = source === 'aws.ec2' ? (detail as Readonly<Record<string, unknown>> | null | undefined)?.['instance-id'] : undefined;
  return { ...(atSeconds !== undefined && { atSeconds }), ...(typeof instanceId === 'string' && { instanceId }) };
};

const systemClock: Clock = { nowSeconds: () => Date.now() / 1000 };

/** One line of JSON. Not `console.log`: Lambda would put time and level before it, and CloudWatch would no longer read the metrics in it. */
const writeLine: Ports['log'] = (record) => {
  process.stdout.write(`${JSON.stringify(record)}\n`);
};

const connectToAws = (environment: Environment, settings: Settings): World => {
  const { clusterName, region } = settings;
  const clientProps = awsClientProps(region, environment);
  const cloudWatch = new CloudWatchClient(clientProps);
  const ec2 = new EC2Client(clientProps);
  const eks = new EKSClient(clientProps);
  const loadBalancing = new ElasticLoadBalancingV2Client(clientProps);
  const credentials = environmentCredentials(environment);
  const cluster = createCluster({
    describe: (options) => describeCluster(eks, clusterName, options),
    mintToken: () => mintEksToken({ clusterName, region, credentials, nowSeconds: systemClock.nowSeconds() }),
    clock: systemClock,
    random: Math.random,
    sleep: (seconds, signal) => delay(seconds * 1000, undefined, signal ? { signal } : {}),
  });
  return {
    clusterName,
    ports: ({ deadlineSeconds, signal }) => ({
      clock: systemClock,
      ec2: ec2Port(ec2, { abortSignal: signal }),
      routers: {
        AlbListenerRule: {
          splitter: listenerRuleSplitter(listenerRulePort(loadBalancing, { abortSignal: signal })),
          metrics: albMetrics(cloudWatchPort(cloudWatch, { abortSignal: signal })),
        },
      },
      kubernetes: cluster.session({ deadlineSeconds, signal }),
      log: writeLine,
    }),
  };
};

/** What Lambda invokes: one tick with the ports of AWS and the cluster. */
export const handler = createHandler({
  environment: process.env,
  clock: systemClock,
  connect: (settings) => connectToAws(process.env, settings),
  tick,
  log: writeLine,
});
