import { Duration, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { Accelerator, AcceleratorPool, AdaptiveInference, CapacityType, ControlLoop, InferenceCluster, WeightedRouter } from '../../lib';
import { kubernetesObjects } from '../../lib/assertions';
import { built, idsOf, kubectlLayer, newCluster, newStack } from './support/fixture';
import { newFleet, TWO_UNITS, unitOf } from './support/fleet';

const names = (template: Template, kind: string): string[] =>
  kubernetesObjects(template, kind).map(({ body }) => (body.metadata as { name: string }).name);

describe('a fleet', () => {
  it('gets a cluster of its own where it is given none', () => {
    const stack = newStack();
    const fleet = new AdaptiveInference(stack, 'Chat', {
      objective: { latency: Duration.millis(900) },
      units: [unitOf()],
      clusterOptions: { kubectlLayer: kubectlLayer(stack), clusterName: 'chat' },
    });
    expect(fleet.cluster).toBeInstanceOf(InferenceCluster);
    expect(fleet.cluster.node.path).toBe('Test/Chat/Cluster');
    expect(idsOf(Template.fromStack(stack), 'AWS::EKS::Cluster')).toHaveLength(1);
  });

  it('shows its parts', () => {
    const fleet = newFleet(newStack());
    expect(fleet.pools.map(({ poolName }) => poolName)).toEqual([
      'inferentia2-spot',
      'inferentia2-on-demand',
      'a10g-spot',
      'a10g-on-demand',
    ]);
    expect(fleet.units.map(({ unitName }) => unitName)).toEqual(['inf2', 'g5']);
    expect(fleet.units.map(({ pools }) => pools.length)).toEqual([2, 2]);
    expect(fleet.router).toBeInstanceOf(WeightedRouter);
    expect(fleet.loop).toBeInstanceOf(ControlLoop);
    expect(fleet.fleet.units).toEqual(fleet.units);
    expect(fleet.url).toMatch(/^http:\/\//);
  });

  it.each([
    ['Chat', 'chat'],
    ['ChatSmall', 'chat-small'],
    ['chat_2', 'chat-2'],
  ])('with the id %s is named %s', (id, name) => {
    expect(newFleet(newStack(), {}, id).fleetName).toBe(name);
  });

  it('shares one pool between units of one accelerator, which has instances for each', () => {
    const { template } = built((stack) =>
      newFleet(stack, { units: [unitOf({ name: 'small' }), unitOf({ name: 'large', devicesPerPod: 4 })] }),
    );
    expect(names(template, 'NodePool')).toEqual(['a10g-spot', 'a10g-on-demand']);
    expect(names(template, 'Deployment')).toEqual(['chat-small', 'chat-large']);
    for (const type of ['g5.xlarge', 'g5.12xlarge']) expect(JSON.stringify(kubernetesObjects(template, 'NodePool'))).toContain(`"${type}"`);
  });

  it('runs on pools of the user, and gets others only for what they lack', () => {
    const { template } = built((stack) => {
      const cluster = newCluster(stack);
      const own = new AcceleratorPool(stack, 'Own', { cluster, accelerator: Accelerator.A10G, name: 'own', zones: ['us-west-2a'] });
      const inf2 = { ...TWO_UNITS[0]!, capacityTypes: [CapacityType.ON_DEMAND] };
      newFleet(stack, {
        cluster,
        pools: [own],
        units: [inf2, unitOf(), unitOf({ name: 'both', capacityTypes: [CapacityType.SPOT, CapacityType.ON_DEMAND] })],
      });
    });
    const [fleet] = kubernetesObjects(template, 'InferenceFleet');
    const { units } = fleet!.body.spec as { units: { name: string; pools: string[] }[] };
    expect(Object.fromEntries(units.map(({ name, pools }) => [name, pools]))).toEqual({
      inf2: ['inferentia2-on-demand'],
      g5: ['own'],
      both: ['a10g-on-demand', 'own'],
    });
  });

  it.each<[string, Duration, string, string]>([
    ['a short one', Duration.millis(900), '60', '30'],
    ['one of a minute and a half', Duration.seconds(90), '270', '95'],
  ])('fits the timeouts of its router to the objective: %s', (_, latency, idleSeconds, delaySeconds) => {
    const { template } = built((stack) => newFleet(stack, { objective: { latency } }));
    const attribute = (Key: string, Value: string) => Match.arrayWith([{ Key, Value }]);
    template.hasResourceProperties('AWS::ElasticLoadBalancingV2::LoadBalancer', {
      LoadBalancerAttributes: attribute('idle_timeout.timeout_seconds', idleSeconds),
    });
    template.allResourcesProperties('AWS::ElasticLoadBalancingV2::TargetGroup', {
      TargetGroupAttributes: attribute('deregistration_delay.timeout_seconds', delaySeconds),
    });
    template.allResourcesProperties('Custom::AdaptiveInferenceRuleTarget', { DrainSeconds: Number(delaySeconds) });
  });

  it('uses the router and loop of the user', () => {
    const stack = newStack();
    const cluster = newCluster(stack);
    const router = new WeightedRouter(stack, 'Own', { vpc: cluster.vpc, units: [{ name: 'g5' }] });
    const loop = new ControlLoop(stack, 'Loop', { cluster });
    const fleet = newFleet(stack, { cluster, router, loop, units: [unitOf()] });
    expect(fleet.router).toBe(router);
    expect(fleet.loop).toBe(loop);
    const template = Template.fromStack(stack);
    expect(idsOf(template, 'AWS::ElasticLoadBalancingV2::LoadBalancer')).toHaveLength(1);
    expect(idsOf(template, 'AWS::Scheduler::Schedule')).toHaveLength(1);
  });
});

describe('two fleets on one cluster', () => {
  const { template } = built((stack) => {
    const cluster = newCluster(stack);
    newFleet(stack, { cluster }, 'Chat');
    newFleet(stack, { cluster, units: [unitOf()] }, 'Summaries');
  });

  it('share pools and control loop, and have units, router and fleet of their own', () => {
    expect(names(template, 'NodePool')).toEqual(['inferentia2-spot', 'inferentia2-on-demand', 'a10g-spot', 'a10g-on-demand']);
    expect(idsOf(template, 'AWS::Scheduler::Schedule')).toHaveLength(1);
    expect(names(template, 'InferenceFleet')).toEqual(['chat', 'summaries']);
    expect(names(template, 'CustomResourceDefinition')).toEqual(['inferencefleets.adaptive-inference.dev']);
    expect(names(template, 'Deployment')).toEqual(['chat-inf2', 'chat-g5', 'summaries-g5']);
    expect(idsOf(template, 'AWS::ElasticLoadBalancingV2::LoadBalancer')).toHaveLength(2);
  });

  it('have no name twice among objects of a kind', () => {
    const all = kubernetesObjects(template).map(({ body }) => {
      const { name, namespace = '' } = body.metadata as { name: string; namespace?: string };
      return `${String(body.kind)} ${namespace}/${name}`;
    });
    expect(all.filter((one, index) => all.indexOf(one) !== index)).toEqual([]);
  });

  it('leave the pools where they are when the first of them goes', () => {
    const alone = built((stack) => newFleet(stack, { cluster: newCluster(stack), units: [unitOf()] }, 'Summaries')).template;
    const of = (from: Template) => new Map(kubernetesObjects(from, 'NodePool').map(({ logicalId, body }) => [logicalId, body]));
    for (const [id, body] of of(alone)) expect(of(template).get(id)).toEqual(body);
  });
});

describe('two clusters in one app', () => {
  it('synthesize in one stack without a clash of ids, with a loop each', () => {
    const { template } = built((stack) => {
      newFleet(stack, { cluster: newCluster(stack, {}, 'East') }, 'Chat');
      newFleet(stack, { cluster: newCluster(stack, {}, 'West') }, 'Talk');
    });
    expect(idsOf(template, 'AWS::EKS::Cluster')).toHaveLength(2);
    expect(idsOf(template, 'AWS::Scheduler::Schedule')).toHaveLength(2);
    expect(names(template, 'NodePool')).toHaveLength(8);
    const named = Object.values(template.toJSON().Resources as { [id: string]: { Properties?: { [key: string]: unknown } } })
      .flatMap(({ Properties = {} }) =>
        ['RoleName', 'FunctionName', 'LogGroupName', 'QueueName', 'ClusterName'].map((key) => Properties[key]),
      )
      .filter((name): name is string => typeof name === 'string' && name.startsWith('/aws/eks/'));
    expect(new Set(named).size).toBe(2);
  });

  it('synthesize in a stack each', () => {
    const first = newStack('First');
    const second = new Stack(first.node.root, 'Second', { env: { account: first.account, region: first.region } });
    for (const stack of [first, second]) newFleet(stack);
    for (const stack of [first, second]) {
      const template = Template.fromStack(stack);
      expect(template.findOutputs('*')).toEqual({});
      expect(idsOf(template, 'AWS::EKS::Cluster')).toHaveLength(1);
    }
    expect(first.dependencies).toEqual([]);
    expect(second.dependencies).toEqual([]);
  });
});

describe('a fleet in another stack than its cluster', () => {
  it('synthesizes, and its stack goes first', () => {
    const base = newStack('Base');
    const cluster = newCluster(base);
    const top = new Stack(base.node.root, 'Top', { env: { account: base.account, region: base.region } });
    newFleet(top, { cluster });
    const template = Template.fromStack(top);
    expect(names(template, 'Deployment')).toEqual(['chat-inf2', 'chat-g5']);
    expect(top.dependencies).toContain(base);
    expect(base.dependencies).toEqual([]);
    expect(names(Template.fromStack(base), 'NodePool')).toHaveLength(4);
  });
});
