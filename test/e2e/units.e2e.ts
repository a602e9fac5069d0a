import { describe, expect, it } from 'vitest';
import { resources } from '../../lambda/control-loop/contract/names';
import { itemsAt, textAt } from './aws/xml';
import { until } from './cluster/wait';
import { useCluster } from './support/bed';
import { addChatFleet, type ChatFleet, putTraffic } from './support/fleet';
import { createLoop } from './support/loop';
import { grantLoopRights } from './support/loop-rights';
import type { Router } from './support/router';
import { createRuleStack, type RuleStack, weightsOf } from './support/rule-stack';
import { startTicking, type Ticking } from './support/ticking';
import { addUnit, isRunning, podsOf, unitName } from './support/workload';

/**
 * Units come and go in CloudFormation's order, by the function that handles them, while the loop ticks: first what is new, then the fleet,
 * then what is gone. The load balancer is moto's; CloudWatch says what the test tells it, and targets are registered by the test.
 */

let fleet: ChatFleet;
let router: Router;
let stack: RuleStack;
let ticking: Ticking;
let ruleArn = '';

/** Units that have pods behind the load balancer. */
const serving = new Set(['inf2', 'g5']);

const bed = useCluster({ keda: true }, async (started) => {
  fleet = await addChatFleet(started, {}, { scaler: 'HorizontalPodAutoscaler' });
  router = fleet.router;
  await grantLoopRights(started);
  for (const unit of serving) await register(unit, 1);
  traffic();
  ticking = startTicking(createLoop(started), { everySeconds: 2 });
  await until('a running pod of each unit', 120, () => hasPods('inf2', 'g5'));
  const listenerArn = router.listenerRuleArn.replace(':listener-rule/', ':listener/').replace(/\/[^/]+$/, '');
  stack = createRuleStack(started, listenerArn, (unit) => router.targetGroupArns[unit] ?? '');
});

const hasPods = async (...units: readonly string[]): Promise<boolean> => {
  traffic();
  const pods = await Promise.all(units.map((unit) => podsOf(bed(), { fleet: 'chat', unit })));
  return pods.every((list) => list.some(isRunning));
};

/** Until the loop leaves the weights as they are. */
const quiet = async (): Promise<void> => {
  const before = ticking.records.length;
  await until('five ticks that leave the weights as they are', 240, () => {
    traffic();
    const last = ticking.records.slice(before).slice(-5);
    return last.length === 5 && last.every(({ writes }) => writes.every(({ object }) => !object.startsWith('ListenerRule')));
  });
};

const moto = (action: string, parameters: Record<string, string>) => bed().aws.moto('elasticloadbalancing', action, parameters);

/** Registers pods of a unit with its target group, as the load balancer controller does. */
const register = async (unit: string, digit: number): Promise<void> => {
  await moto('RegisterTargets', { TargetGroupArn: router.targetGroupArns[unit] ?? '', 'Targets.member.1.Id': `10.0.0.${digit}` });
};

/** Minutes of traffic, in place of what was told before. */
const traffic = (): void => {
  bed().aws.metrics.clear();
  for (const unit of serving) putTraffic(bed(), router, unit, { requestsPerMinute: 40, latencySeconds: 0.5, healthyHosts: 1 });
};

const weights = (arn = ruleArn) => weightsOf(bed(), arn, router);

/** A unit like another, under another name: its target group, its Deployment and its autoscaler; what CloudFormation creates of it first. */
const createUnit = async (name: string, like: string): Promise<void> => {
  const group = await moto('CreateTargetGroup', {
    Name: `chat-${name}`,
    Protocol: 'HTTP',
    Port: '80',
    VpcId: bed().aws.account.vpcId,
    TargetType: 'ip',
  });
  const arn = textAt(itemsAt(group, 'CreateTargetGroupResult/TargetGroups')[0], 'TargetGroupArn') ?? '';
  router = { ...router, targetGroupArns: { ...router.targetGroupArns, [name]: arn } };
  await addUnit(bed(), { fleet: 'chat', unit: name, replicas: 1, accelerator: 'A10G', deviceResource: 'nvidia.com/gpu' });
  const autoscaler = await bed().api.get(resources.horizontalPodAutoscalers, unitName({ fleet: 'chat', unit: like }), 'default');
  const own = unitName({ fleet: 'chat', unit: name });
  await bed().api.create(resources.horizontalPodAutoscalers, {
    metadata: { name: own, namespace: 'default' },
    spec: { ...autoscaler.spec, minReplicas: 1, scaleTargetRef: { ...autoscaler.spec.scaleTargetRef, name: own } },
  });
};

type Spec = { readonly units: readonly (Record<string, unknown> & { readonly name: string })[] };

/** Sends the manifest of the fleet with these units; new ones are like `g5`. */
const updateFleet = async (names: readonly string[]): Promise<void> => {
  const { units } = (await fleet.read()).spec as Spec;
  const like = units.find(({ name }) => name.startsWith('g5'))!;
  const next = names.map((name) => {
    const own = unitName({ fleet: 'chat', unit: name });
    const known = units.find((unit) => unit.name === name);
    return (
      known ?? {
        ...like,
        name,
        deployment: own,
        scaler: { ...(like.scaler as object), name: own },
        targetGroupArn: router.targetGroupArns[name],
      }
    );
  });
  const spec = { units: next, router: { listenerRuleArn: ruleArn } };
  await bed().api.patch(resources.inferenceFleets, 'chat', 'default', { spec });
};

const total = (values: Readonly<Record<string, number>>): number => Object.values(values).reduce((sum, weight) => sum + weight, 0);

/** Every state of the rule that a watcher saw until an action was done. */
const watched = async (act: () => Promise<void>): Promise<readonly Readonly<Record<string, number>>[]> => {
  const seen: Readonly<Record<string, number>>[] = [];
  let isOver = false;
  const watcher = until('the end of what is watched', 1200, async () => {
    traffic();
    const now = await weights();
    if (JSON.stringify(now) !== JSON.stringify(seen.at(-1))) seen.push(now);
    return isOver;
  });
  await act().finally(() => {
    isOver = true;
  });
  await watcher;
  process.stderr.write(`[e2e] ${seen.map((one) => JSON.stringify(one).replaceAll('"', '')).join(' ')}\n`);
  return seen;
};

describe('the rule of a router', () => {
  it('takes the place of the one that CloudFormation created, with the weights of its target groups', async () => {
    // While the loop has something to write, each target group takes along the weight of its own moment.
    await quiet();
    const before = await weights(router.listenerRuleArn);
    ruleArn = await stack.createRule();
    expect(ruleArn).not.toBe(router.listenerRuleArn);
    await Promise.all(['inf2', 'g5'].map((unit) => stack.add(unit)));
    expect(await weights()).toEqual(before);
    await updateFleet(['inf2', 'g5']);
    await moto('DeleteRule', { RuleArn: router.listenerRuleArn });
    router = { ...router, listenerRuleArn: ruleArn };
    const ticks = ticking.records.length;
    await until('ticks on the new rule', 60, () => ticking.records.length > ticks + 3);
    const last = ticking.records.at(-1)!;
    expect(last.decision.fleets[0]?.findings.filter(({ code }) => code === 'Contested' || code === 'Router')).toEqual([]);
  });
});

describe('a unit that is added', () => {
  it('gets nothing before it has healthy pods, then is raised by the loop; nobody else is set back', async () => {
    await quiet();
    const before = await weights();
    const seen = await watched(async () => {
      await createUnit('g5b', 'g5');
      await stack.add('g5b');
      expect(await weights()).toEqual({ ...before, g5b: 0 });
      await updateFleet(['inf2', 'g5', 'g5b']);
      await until('a running pod of it', 180, () => hasPods('g5b'));
      await register('g5b', 3);
      serving.add('g5b');
      await until('traffic for it', 240, async () => ((await weights()).g5b ?? 0) > 0);
    });
    for (const state of seen) expect(total(state)).toBeGreaterThan(0);
    expect(seen.some((state) => state.g5b === 0)).toBe(true);
  });
});

describe('a unit that is removed', () => {
  it('keeps its target group until the loop has taken its traffic and its requests have finished', async () => {
    const seen = await watched(async () => {
      await updateFleet(['inf2', 'g5b']);
      await stack.remove('g5');
    });
    const last = seen.findIndex((state) => !('g5' in state));
    expect(seen[last - 1]).toMatchObject({ g5: 0 });
    expect(Object.keys(seen.at(-1)!).sort()).toEqual(['g5b', 'inf2']);
    for (const state of seen) expect((state.inf2 ?? 0) + (state.g5b ?? 0)).toBeGreaterThan(0);
    serving.delete('g5');
    await bed().api.remove(resources.deployments, unitName({ fleet: 'chat', unit: 'g5' }), 'default');
  });
});

describe('a unit that is added by a deployment that fails', () => {
  it('leaves the weights as they were', async () => {
    await quiet();
    const before = await weights();
    await createUnit('g5c', 'g5b');
    await stack.add('g5c');
    expect(await weights()).toEqual({ ...before, g5c: 0 });
    await stack.remove('g5c');
    expect(Object.keys(await weights()).sort()).toEqual(['g5b', 'inf2']);
  });
});

describe('the loop', () => {
  it('had every tick of it, and nobody contested its weights', async () => {
    await ticking.stop();
    expect(ticking.errors).toEqual([]);
    const contested = ticking.records.flatMap(({ decision }) =>
      decision.fleets.flatMap(({ findings }) => findings.filter(({ code }) => code === 'Contested')),
    );
    expect(contested.map(({ subject }) => subject)).toEqual([]);
  });
});
