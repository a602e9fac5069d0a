import { describe, expect, it } from 'vitest';
import { Accelerator, AcceleratorPool, CapacityType } from '../../../lib';
import { NODE_DRAIN_HANDLER } from '../../../lib/capacity/node-drain-handler';
import { built, idOf, idsOf, newCluster } from '../support/fixture';

interface Page {
  Reservations?: { Instances?: { InstanceId: string }[] }[];
  NextToken?: string;
}

interface Handler {
  onEvent(event: object): Promise<unknown>;
  isComplete(event: object): Promise<unknown>;
}

/** The handler as Lambda would load it, with an EC2 that answers page by page. */
const load = (pages: Page[]) => {
  const asked: { Filters: unknown; NextToken?: string }[] = [];
  const sdk = {
    EC2Client: class {
      async send({ input }: { input: (typeof asked)[number] }) {
        asked.push(input);
        const page = pages.shift();
        if (!page) throw new Error('RequestLimitExceeded');
        return page;
      }
    },
    DescribeInstancesCommand: class {
      constructor(readonly input: object) {}
    },
  };
  const handler = {} as Handler;
  const lines: string[] = [];
  new Function('require', 'exports', 'console', NODE_DRAIN_HANDLER)(() => sdk, handler, { log: (line: string) => lines.push(line) });
  return { handler, asked, lines };
};

const ResourceProperties = { ClusterName: 'ours', NodePool: 'a10g-spot' };

describe('the wait for the nodes of a pool', () => {
  it('is over at once when the pool is created or updated', async () => {
    const { handler, asked } = load([]);
    for (const RequestType of ['Create', 'Update']) {
      expect(await handler.isComplete({ RequestType, ResourceProperties })).toEqual({ IsComplete: true });
      expect(await handler.onEvent({ RequestType, ResourceProperties })).toEqual({ PhysicalResourceId: 'nodes-of/ours/a10g-spot' });
    }
    expect(asked).toEqual([]);
  });

  it('goes on while an instance of the pool is left on any page, and names it', async () => {
    const { handler, asked, lines } = load([{ NextToken: 'more' }, { Reservations: [{ Instances: [{ InstanceId: 'i-1' }] }, {}] }]);
    expect(await handler.isComplete({ RequestType: 'Delete', ResourceProperties })).toEqual({ IsComplete: false });
    expect(asked.map(({ NextToken }) => NextToken)).toEqual([undefined, 'more']);
    expect(asked[0]?.Filters).toEqual([
      { Name: 'tag:eks:eks-cluster-name', Values: ['ours'] },
      { Name: 'tag:karpenter.sh/nodepool', Values: ['a10g-spot'] },
      { Name: 'instance-state-name', Values: ['pending', 'running', 'shutting-down', 'stopping', 'stopped'] },
    ]);
    expect(lines).toEqual(['instances of node pool a10g-spot still there: i-1']);
  });

  it('is over when none is left', async () => {
    const { handler } = load([{ Reservations: [] }]);
    expect(await handler.isComplete({ RequestType: 'Delete', ResourceProperties })).toEqual({ IsComplete: true });
  });

  it('does not take an error for an answer', async () => {
    await expect(load([]).handler.isComplete({ RequestType: 'Delete', ResourceProperties })).rejects.toThrow('RequestLimitExceeded');
  });
});

describe('what waits', () => {
  const { template } = built((stack) => {
    const cluster = newCluster(stack);
    for (const capacityType of [CapacityType.SPOT, CapacityType.ON_DEMAND]) {
      new AcceleratorPool(stack, capacityType, { cluster, accelerator: Accelerator.L4, capacityType });
    }
  });

  it('is one provider for all pools of a stack', () => {
    expect(idsOf(template, 'Custom::AdaptiveInferenceNodeDrain')).toHaveLength(2);
    expect(idsOf(template, 'AWS::StepFunctions::StateMachine')).toHaveLength(1);
  });

  it('may look at instances and nothing else', () => {
    const policy = template.findResources('AWS::IAM::Policy')[idOf(template, 'AWS::IAM::Policy', /NodeDrainIsComplete/)];
    expect(policy?.Properties.PolicyDocument.Statement).toEqual([{ Effect: 'Allow', Action: 'ec2:DescribeInstances', Resource: '*' }]);
    expect(idsOf(template, 'AWS::IAM::Policy', /NodeDrainOnEvent/)).toEqual([]);
  });

  it('is small enough to be part of the template', () => {
    expect(NODE_DRAIN_HANDLER.length).toBeLessThanOrEqual(4096);
  });
});
