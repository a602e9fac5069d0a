import { CfnParameter, Duration, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { FLEET_API_VERSION, readFleetObject } from '../../../lambda/control-loop/api';
import { policyNames } from '../../../lambda/control-loop/contract/policies';
import {
  Accelerator,
  AcceleratorPool,
  DeploymentUnit,
  type DeploymentUnitAttributes,
  Enforcement,
  FleetPolicyName,
  type InferenceCluster,
  InferenceFleet,
  type InferenceFleetProps,
  WeightedRouter,
} from '../../../lib';
import { kubernetesObjects, prerequisitesOf } from '../../../lib/assertions';
import { complaint, newCluster, newStack } from '../support/fixture';
import { addFleet } from './loop-template';

const fleetIn = (template: Template, name = 'a') => {
  const found = kubernetesObjects(template, 'InferenceFleet').find(({ body }) => (body.metadata as { name: string }).name === name);
  if (found === undefined) throw new Error(`no fleet ${name}`);
  return found;
};

/** The object as the cluster gets it: what CloudFormation fills in is filled in. */
const filledIn = (body: Readonly<Record<string, unknown>>): never => {
  let tokens = 0;
  return JSON.parse(JSON.stringify(body).replace(/<token>/g, () => `arn:of:resource/${++tokens}`)) as never;
};

const one = (changes: Partial<InferenceFleetProps> = {}) => {
  const stack = newStack();
  const cluster = newCluster(stack);
  addFleet(stack, cluster, 'A', changes);
  return Template.fromStack(stack);
};

describe('the definition of fleets', () => {
  it('is on a cluster once, before the first fleet', () => {
    const stack = newStack();
    const cluster = newCluster(stack);
    for (const id of ['A', 'B']) addFleet(stack, cluster, id);
    const template = Template.fromStack(stack);
    const definitions = kubernetesObjects(template, 'CustomResourceDefinition').filter(
      ({ body }) => (body.metadata as { name: string }).name === 'inferencefleets.adaptive-inference.dev',
    );
    expect(definitions).toHaveLength(1);
    for (const name of ['a', 'b']) {
      expect(prerequisitesOf(template, fleetIn(template, name).logicalId)).toContain(definitions[0]!.logicalId);
    }
  });
});

describe('the names of policies', () => {
  it('are those that the loop knows', () => {
    expect(Object.values(FleetPolicyName)).toEqual(policyNames);
  });
});

describe('a fleet', () => {
  it('is what the loop reads of objective, units and pools', () => {
    const { body } = fleetIn(
      one({
        objective: { latency: Duration.millis(900), percentile: 99, attainment: 0.999 },
        enforcement: Enforcement.RECOMMEND,
        policy: { name: FleetPolicyName.STATIC, returnAfter: Duration.minutes(20), targetUtilization: 0.7 },
        learning: { enabled: false, minimumFactor: 0.5, maximumFactor: 2 },
        resilience: 0.5,
        contestedRetryAfter: Duration.minutes(30),
      }),
    );
    expect(body).toMatchObject({
      apiVersion: FLEET_API_VERSION,
      metadata: { name: 'a', namespace: 'default' },
      spec: {
        objective: { latencySeconds: 0.9, percentile: 99, attainment: 0.999 },
        enforcement: 'Recommend',
        policy: { name: 'Static', returnAfterSeconds: 1200, targetUtilization: 0.7 },
        learning: { enabled: false, minimumFactor: 0.5, maximumFactor: 2 },
        resilience: 0.5,
        contestedRetryAfterSeconds: 1800,
        units: [
          {
            name: 'g5',
            accelerator: 'A10G',
            deployment: 'a-g5',
            scaler: { kind: 'ScaledObject', name: 'a-g5' },
            pools: ['a-g5-on-demand', 'a-g5-spot'],
            devicesPerPod: 1,
            profile: { throughputPerMinute: 90, latencySeconds: 0.7, coldStartSeconds: 360 },
            minimumReplicas: 1,
            maximumReplicas: 64,
          },
          { name: 'g6', accelerator: 'L4', pools: ['a-g6-on-demand', 'a-g6-spot'] },
        ],
        pools: [
          { name: 'a-g5-on-demand', capacityType: 'on-demand' },
          { name: 'a-g5-spot', accelerator: 'A10G', capacityType: 'spot', deviceResource: 'nvidia.com/gpu', maximumDevices: 32 },
          { name: 'a-g6-on-demand' },
          { name: 'a-g6-spot', accelerator: 'L4' },
        ],
      },
    });
  });

  it('is named back by what it names: its pools admit its namespace, its rule is tagged with it', () => {
    const template = one();
    const pools = kubernetesObjects(template, 'NodePool').map(({ body }) => body.metadata as { annotations: Record<string, string> });
    expect(pools).toHaveLength(4);
    for (const { annotations } of pools) expect(annotations).toEqual({ 'adaptive-inference.dev/namespaces': 'default' });
    template.hasResourceProperties('Custom::AdaptiveInferenceListenerRule', { Tags: { 'adaptive-inference.dev/fleet': 'default/a' } });
  });

  it('is accepted by the loop, with the defaults of its schema', () => {
    const { fleet, problems } = readFleetObject(filledIn(fleetIn(one()).body));
    expect(problems ?? []).toEqual([]);
    expect(fleet).toMatchObject({
      enforcement: 'Enforce',
      resilience: 1,
      policy: { name: 'TwoMode', targetUtilization: 0.8 },
      learning: { enabled: true, minimumFactor: 0.2, maximumFactor: 1 },
    });
  });

  it('mentions nothing that the loop owns', () => {
    expect(JSON.stringify(fleetIn(one()).body)).not.toMatch(/status|minReplicaCount|targetMetricValue|"weight"|"limits"/);
  });

  it('names the trigger or metric that carries the target of a unit, where it is not the first', () => {
    const own = newStack();
    const cluster = newCluster(own);
    const pools = [pool(Accelerator.A10G, own, cluster)];
    const imported = (name: string, index: Pick<DeploymentUnitAttributes, 'metricIndex'>) =>
      DeploymentUnit.fromDeploymentUnitAttributes(own, name, {
        ...{ unitName: name, deploymentName: name, scalerName: name, fleetName: 'chat', ...index },
        ...{ accelerator: Accelerator.A10G, pools, profile: { throughputPerMinute: 90, latency, coldStart: Duration.minutes(6) } },
      });
    const units = [imported('first', {}), imported('second', { metricIndex: 1 })];
    new InferenceFleet(own, 'Fleet', { cluster, units, objective: { latency } });
    const { fleet } = readFleetObject(filledIn(fleetIn(Template.fromStack(own), 'chat').body));
    expect(fleet?.units.map(({ scaler }) => scaler.metricIndex)).toEqual([0, 1]);
  });

  it('comes after its units and its router, and so goes before them', () => {
    const template = one();
    const before = prerequisitesOf(template, fleetIn(template).logicalId);
    const kinds = new Set(
      kubernetesObjects(template)
        .filter(({ logicalId }) => before.includes(logicalId))
        .map(({ body }) => body.kind),
    );
    for (const kind of ['Deployment', 'ScaledObject', 'TargetGroupBinding', 'NodePool', 'EC2NodeClass', 'CustomResourceDefinition']) {
      expect(kinds).toContain(kind);
    }
    expect(before).toEqual(expect.arrayContaining(Object.keys(template.findResources('Custom::AdaptiveInferenceListenerRule'))));
  });
});

const stack = newStack();
const cluster = newCluster(stack);
const routerNamed = (id: string) => new WeightedRouter(stack, id, { vpc: cluster.vpc, units: [{ name: 'g5' }, { name: 'g6' }] });
const router = routerNamed('Router');
const otherRouter = routerNamed('OtherRouter');
let count = 0;

const pool = (accelerator: Accelerator, where: Stack = stack, on: InferenceCluster = cluster) =>
  new AcceleratorPool(where, `Pool${++count}`, { cluster: on, accelerator, name: `pool-${count}`, maximumDevices: 4 });
const g5Pool = pool(Accelerator.A10G);
const g6Pool = pool(Accelerator.L4);

const unit = (name: 'g5' | 'g6', changes: Partial<DeploymentUnitAttributes> = {}) =>
  DeploymentUnit.fromDeploymentUnitAttributes(stack, `Unit${++count}`, {
    unitName: name,
    fleetName: 'chat',
    accelerator: name === 'g5' ? Accelerator.A10G : Accelerator.L4,
    pools: [name === 'g5' ? g5Pool : g6Pool],
    profile: { throughputPerMinute: 90, latency: Duration.millis(700), coldStart: Duration.minutes(6) },
    deploymentName: name,
    scalerName: name,
    ...changes,
  });

const fleet = (changes: Partial<InferenceFleetProps>) => () =>
  new InferenceFleet(stack, `Fleet${++count}`, {
    cluster,
    units: [unit('g5')],
    objective: { latency: Duration.millis(900) },
    ...changes,
  });

const latency = Duration.millis(900);

describe('a fleet is refused', () => {
  const cases: readonly [what: string, act: () => unknown, words: RegExp][] = [
    ['without a unit', fleet({ units: [] }), /`units` is empty/],
    [
      'with units of two fleets',
      fleet({ units: [unit('g5'), unit('g6', { fleetName: 'talk' })] }),
      /unit g6 belongs to another fleet.*'default\/talk', expected default\/chat/,
    ],
    [
      'with units of two namespaces',
      fleet({ units: [unit('g5'), unit('g6', { namespace: 'prod' })] }),
      /'prod\/chat', expected default\/chat/,
    ],
    ['with a unit twice', fleet({ units: [unit('g5'), unit('g5')] }), /two units of the fleet have the same name; given 'g5'/],
    [
      'with a Deployment twice',
      fleet({ units: [unit('g5'), unit('g6', { deploymentName: 'g5' })] }),
      /have the same Deployment; given 'g5'/,
    ],
    [
      'with a scaler twice',
      fleet({ units: [unit('g5'), unit('g6', { scalerName: 'g5' })] }),
      /have the same scaler; given 'ScaledObject\/g5'/,
    ],
    [
      'whose objective is below every profile',
      fleet({ objective: { latency: Duration.millis(500) } }),
      /below the latency of every profile.*given '0.5 s', expected at least 0.7 s/,
    ],
    [
      'whose objective the definition does not admit',
      fleet({ objective: { latency: Duration.hours(2) } }),
      /`objective.latency` is out of range; given 7200, expected a latency above 0, at most an hour, in seconds/,
    ],
    [
      'with a percentile as a part of 1',
      fleet({ objective: { latency, percentile: 0.95 } }),
      /`objective.percentile` is out of range; given 0.95, expected a percentile from 1 to below 100/,
    ],
    ['with the 100th percentile', fleet({ objective: { latency, percentile: 100 } }), /`objective.percentile`.*given 100/],
    [
      'with an attainment in percent',
      fleet({ objective: { latency, attainment: 99 } }),
      /`objective.attainment` is out of range; given 99, expected a number above 0, at most 1/,
    ],
    ['with an attainment of nothing', fleet({ objective: { latency, attainment: 0 } }), /`objective.attainment`.*given 0/],
    ['with a resilience in percent', fleet({ resilience: 100 }), /`resilience` is out of range; given 100, expected a part of the demand/],
    ['with a utilization above 1', fleet({ policy: { targetUtilization: 1.2 } }), /`policy.targetUtilization` is out of range; given 1.2/],
    [
      'that leaves contested fields alone for ever',
      fleet({ contestedRetryAfter: Duration.days(365) }),
      /`contestedRetryAfter` is out of range; given '31536000 s'/,
    ],
    [
      'that returns after two days',
      fleet({ policy: { returnAfter: Duration.days(2) } }),
      /`policy.returnAfter` is out of range; given '172800 s'/,
    ],
    [
      'that may learn no throughput at all',
      fleet({ learning: { minimumFactor: 0 } }),
      /`learning.minimumFactor` is out of range; given 0, expected a factor of the stated throughput above 0, at most 1/,
    ],
    [
      'that must learn more than is stated',
      fleet({ learning: { maximumFactor: 0.9 } }),
      /`learning.maximumFactor` is out of range; given 0.9, expected a factor of the stated throughput from 1 to 10/,
    ],
    [
      'with a cost share of some units only',
      fleet({ units: [unit('g5', { costShare: 0.5 }), unit('g6')] }),
      /`costShare` is missing on units g6, but set on others; given '1 of 2'/,
    ],
    [
      'with cost shares that do not sum to 1',
      fleet({ units: [unit('g5', { costShare: 0.5 }), unit('g6', { costShare: 0.4 })] }),
      /do not sum to 1; given 0.9, expected '?1/,
    ],
    ['of canaries without a router', fleet({ units: [unit('g5', { maximumShare: 0.05 }), unit('g6')] }), /`maximumShare` is set on g5/],
    [
      'with a router that a unit does not have',
      fleet({ router }),
      /unit g5 does not have the router of the fleet; given nothing, expected Test\/Router/,
    ],
    [
      'with units of another router',
      fleet({ router, units: [unit('g5', { router: otherRouter })] }),
      /unit g5 does not have the router of the fleet; given 'Test\/OtherRouter', expected Test\/Router/,
    ],
    ['with routed units but no router', fleet({ units: [unit('g5', { router })] }), /units g5 have a router, but the fleet has none/],
    [
      'whose pools cannot hold the least replicas',
      fleet({ units: [unit('g5', { minimumReplicas: 5 })] }),
      /cannot hold its minimum of replicas; given '4 devices in all, 1 for each pod', expected room for 5 pods/,
    ],
  ];
  it.each(cases)('%s', (_what, act, words) => {
    expect(complaint(act)).toMatch(words);
  });

  it('beside another of its name', () => {
    const again = newStack();
    const own = newCluster(again);
    addFleet(again, own, 'A');
    const units = [
      DeploymentUnit.fromDeploymentUnitAttributes(again, 'Other', {
        unitName: 'other',
        fleetName: 'a',
        accelerator: Accelerator.A10G,
        pools: [pool(Accelerator.A10G, again, own)],
        profile: { throughputPerMinute: 90, latency: Duration.millis(700), coldStart: Duration.minutes(6) },
        deploymentName: 'other',
        scalerName: 'other',
      }),
    ];
    expect(complaint(() => new InferenceFleet(again, 'Again', { cluster: own, units, objective: { latency } }))).toMatch(
      /already has a fleet with this name, Test\/A; given 'default\/a'/,
    );
  });

  it('with a percentile that is not known at synthesis', () => {
    const percentile = new CfnParameter(stack, 'Percentile', { type: 'Number' }).valueAsNumber;
    expect(complaint(fleet({ objective: { latency, percentile } }))).toMatch(
      /`objective.percentile` is not known at synthesis; given a token/,
    );
  });
});
