import { setTimeout as delay } from 'node:timers/promises';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { EC2Client } from '@aws-sdk/client-ec2';
import { EKSClient } from '@aws-sdk/client-eks';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { awsClientProps } from '../../../lambda/control-loop/client/aws';
import { cloudWatchPort } from '../../../lambda/control-loop/client/cloudwatch';
import { createCluster } from '../../../lambda/control-loop/client/cluster';
import { ec2Port } from '../../../lambda/control-loop/client/ec2';
import { describeCluster } from '../../../lambda/control-loop/client/eks';
import { mintEksToken } from '../../../lambda/control-loop/client/eks-token';
import { listenerRulePort } from '../../../lambda/control-loop/client/elbv2';
import { createKubernetesClient } from '../../../lambda/control-loop/client/kubernetes';
import type { Clock, KubernetesPort, Ports } from '../../../lambda/control-loop/ports';
import { listenerRuleSplitter } from '../../../lambda/control-loop/routers/alb/listener-rule';
import { albMetrics } from '../../../lambda/control-loop/routers/alb/metrics';
import { createTickCaches, type TickOptions, type TickRecord, tick } from '../../../lambda/control-loop/tick';
import { ACCESS_KEYS } from '../aws/aws-side';
import { REGION } from '../aws/moto-client';
import type { TestCluster } from '../cluster/test-bed';

/** The control loop as Lambda runs it: the same clients and the same tick, on the API server and the AWS of a test bed. */
export interface Loop {
  tick(options?: Partial<TickOptions>): Promise<TickRecord>;
  /** Everything it logged. */
  readonly log: readonly Readonly<Record<string, unknown>>[];
  readonly ports: Ports;
}

/** What the loop is to the cluster, by its access entry. */
export const LOOP_USER = 'adaptive-inference-loop';
export const LOOP_GROUP = 'adaptive-inference:control-loop';

const TICK_SECONDS = 50;

interface LoopOptions {
  /** Stands between the tick and its ports. Default: nothing. */
  readonly wrap?: (ports: Ports) => Ports;
  /** When the next token was signed, in seconds since the epoch. Default: now. */
  readonly signedAtSeconds?: () => number;
  /** Where the API server is taken to be. Default: where EKS says. */
  readonly endpoint?: string;
}

/** Lets the loop's AWS identity into the cluster, as the access entry of its role does. */
export const admitLoop = ({ aws }: TestCluster): void => {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = ACCESS_KEYS.loop;
  if (aws.accessEntries.some((entry) => entry.accessKeyId === accessKeyId)) return;
  aws.accessEntries.push({ accessKeyId, secretAccessKey, username: LOOP_USER, groups: [LOOP_GROUP] });
};

/** The loop with its access entry, or as the identity of it where the cluster does not know the played tokens; what it may do is what the test binds to its group. */
export const createLoop = (bed: TestCluster, options: LoopOptions = {}): Loop => {
  const key = ACCESS_KEYS.loop;
  const { wrap = (ports: Ports) => ports } = options;
  admitLoop(bed);
  const clientProps = { ...awsClientProps(REGION, key), endpoint: bed.aws.url };
  const eks = new EKSClient(clientProps);
  const clock: Clock = { nowSeconds: () => Date.now() / 1000 };
  const credentials = async () => ({ accessKeyId: key.AWS_ACCESS_KEY_ID, secretAccessKey: key.AWS_SECRET_ACCESS_KEY });
  const cluster = createCluster({
    describe: async (call) => {
      const address = await describeCluster(eks, bed.clusterName, call);
      return options.endpoint === undefined ? address : { ...address, endpoint: options.endpoint };
    },
    mintToken: () =>
      mintEksToken({
        clusterName: bed.clusterName,
        region: REGION,
        credentials,
        nowSeconds: options.signedAtSeconds?.() ?? clock.nowSeconds(),
      }),
    clock,
    random: Math.random,
    sleep: (seconds, signal) => delay(seconds * 1000, undefined, signal ? { signal } : {}),
  });
  const { loopConnection } = bed;
  const sessionOf = (deadlineSeconds: number): KubernetesPort =>
    loopConnection === undefined
      ? cluster.session({ deadlineSeconds })
      : createKubernetesClient({
          connection: async () => loopConnection,
          mintToken: async () => undefined,
          clock,
          deadlineSeconds,
          random: Math.random,
          sleep: (seconds, signal) => delay(seconds * 1000, undefined, signal ? { signal } : {}),
        });
  const log: Readonly<Record<string, unknown>>[] = [];
  const ec2 = ec2Port(new EC2Client(clientProps));
  const routers = {
    AlbListenerRule: {
      splitter: listenerRuleSplitter(listenerRulePort(new ElasticLoadBalancingV2Client(clientProps))),
      metrics: albMetrics(cloudWatchPort(new CloudWatchClient(clientProps))),
    },
  };
  const portsFor = (deadlineSeconds: number): Ports =>
    wrap({
      clock,
      ec2,
      routers,
      kubernetes: sessionOf(deadlineSeconds),
      log: (record) => log.push(record),
    });
  const caches = createTickCaches();
  return {
    log,
    get ports() {
      return portsFor(clock.nowSeconds() + TICK_SECONDS);
    },
    tick: (options = {}) => {
      const deadlineSeconds = options.deadlineSeconds ?? clock.nowSeconds() + TICK_SECONDS;
      return tick(portsFor(deadlineSeconds), { trigger: 'test', caches, ...options, deadlineSeconds });
    },
  };
};
