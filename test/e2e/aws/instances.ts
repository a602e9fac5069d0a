import type { MotoClient } from './moto-client';
import { ACCOUNT, REGION } from './moto-client';
import { itemsAt, textAt, type XmlNode } from './xml';

/** An EC2 instance. */
export interface Instance {
  readonly id: string;
  readonly state: string;
  readonly type: string;
  readonly zone: string;
  readonly capacityType: 'spot' | 'on-demand';
  readonly privateDnsName: string;
  readonly privateIp: string;
  readonly tags: Readonly<Record<string, string>>;
  /** The NodePool it was launched for. */
  readonly pool: string;
}

export const listInstances = async (moto: MotoClient): Promise<readonly Instance[]> => {
  const instances: Instance[] = [];
  let token: string | undefined;
  do {
    const page = await moto('ec2', 'DescribeInstances', { MaxResults: '1000', ...(token ? { NextToken: token } : {}) });
    for (const reservation of itemsAt(page, 'reservationSet')) instances.push(...itemsAt(reservation, 'instancesSet').map(instanceOf));
    token = textAt(page, 'nextToken');
  } while (token);
  return instances;
};

const instanceOf = (node: XmlNode): Instance => {
  const tags = Object.fromEntries(itemsAt(node, 'tagSet').map((tag) => [textAt(tag, 'key') ?? '', textAt(tag, 'value') ?? '']));
  return {
    id: textAt(node, 'instanceId') ?? '',
    state: textAt(node, 'instanceState/name') ?? '',
    type: textAt(node, 'instanceType') ?? '',
    zone: textAt(node, 'placement/availabilityZone') ?? '',
    capacityType: textAt(node, 'instanceLifecycle') === 'spot' ? 'spot' : 'on-demand',
    privateDnsName: textAt(node, 'privateDnsName') ?? '',
    privateIp: textAt(node, 'privateIpAddress') ?? '',
    tags,
    pool: tags['karpenter.sh/nodepool'] ?? '',
  };
};

/** What EC2 does with instances of itself, or on a test's word. */
export interface InstanceControl {
  list(): Promise<readonly Instance[]>;
  /** Ends instances at once and without a word, as a failed host does. */
  lose(ids: readonly string[]): Promise<void>;
  /** Announces the reclaim of spot instances through the interruption queue, and ends them after the time, in seconds. */
  reclaim(ids: readonly string[], options?: { readonly afterSeconds?: number }): Promise<void>;
  /** Recommends a rebalance through the interruption queue. */
  recommendRebalance(ids: readonly string[]): Promise<void>;
  /** Forgets announced reclaims. */
  stop(): void;
}

/** EC2 gives two minutes from the notice to the reclaim. */
const NOTICE_SECONDS = 120;

export const createInstanceControl = (moto: MotoClient, queueUrl: () => string): InstanceControl => {
  const timers = new Set<NodeJS.Timeout>();
  const terminate = async (ids: readonly string[]): Promise<void> => {
    if (ids.length === 0) return;
    const running = new Set((await listInstances(moto)).filter(({ state }) => state !== 'terminated').map(({ id }) => id));
    const left = ids.filter((id) => running.has(id));
    if (left.length > 0)
      await moto('ec2', 'TerminateInstances', Object.fromEntries(left.map((id, index) => [`InstanceId.${index + 1}`, id])));
  };
  const tell = async (ids: readonly string[], detailType: string, detail: Readonly<Record<string, string>>): Promise<void> => {
    for (const id of ids) {
      const message = eventBridgeMessage(id, detailType, { 'instance-id': id, ...detail });
      await moto('sqs', 'SendMessage', { QueueUrl: queueUrl(), MessageBody: JSON.stringify(message) });
    }
  };
  return {
    list: () => listInstances(moto),
    lose: terminate,
    reclaim: async (ids, { afterSeconds = NOTICE_SECONDS } = {}) => {
      await tell(ids, 'EC2 Spot Instance Interruption Warning', { 'instance-action': 'terminate' });
      const timer = setTimeout(() => {
        timers.delete(timer);
        terminate(ids).catch(() => undefined);
      }, afterSeconds * 1000);
      timer.unref();
      timers.add(timer);
    },
    recommendRebalance: (ids) => tell(ids, 'EC2 Instance Rebalance Recommendation', {}),
    stop: () => timers.forEach(clearTimeout),
  };
};

let messages = 0;

/** As EventBridge puts an event of EC2 into a queue. */
const eventBridgeMessage = (instanceId: string, detailType: string, detail: Readonly<Record<string, string>>) => {
  messages += 1;
  return {
    version: '0',
    id: `00000000-0000-4000-8000-${String(messages).padStart(12, '0')}`,
    'detail-type': detailType,
    source: 'aws.ec2',
    account: ACCOUNT,
    time: new Date().toISOString(),
    region: REGION,
    resources: [`arn:aws:ec2:${REGION}:${ACCOUNT}:instance/${instanceId}`],
    detail,
  };
};
