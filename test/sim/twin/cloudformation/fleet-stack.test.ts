import { describe, expect, it } from 'vitest';
import { VirtualKernel } from '../../../../sim/kernel/kernel';
import { ListenerRule } from '../../../../sim/twin/aws/listener-rule';
import { creatorOf } from '../../../../sim/twin/cloudformation/custom-resource';
import { FleetStack, ruleLogicalId } from '../../../../sim/twin/cloudformation/fleet-stack';
import { Harness, RULE_ARN, START_EPOCH_SECONDS, targetGroupArn, unit } from '../harness';

/** The stack of a fleet of units a, b and c, of which c is to come; what happens is noted with its second. */
const world = () => {
  const { fleet } = new Harness({ units: ['a', 'b', 'c'].map((name) => unit(name, ['g5-spot', 'g5-od'])) });
  const kernel = new VirtualKernel();
  const happened: string[] = [];
  const note = (what: string): void => void happened.push(`${kernel.now} ${what}`);
  const ready: Record<string, number> = { a: 2, b: 2, c: 0 };
  const rule = new ListenerRule({
    fleet,
    kernel,
    traffic: { runUntil: () => {}, setWeights: () => {} },
    toCome: new Set(['c']),
    priority: 10_000,
    creator: creatorOf(ruleLogicalId(fleet)),
    targetsOf: (name) => ({ registered: ready[name]!, healthy: ready[name]! }),
  });
  const stack = new FleetStack(
    {
      fleet,
      rules: rule,
      createWorkload: (name) => note(`created ${name}`),
      updateWorkload: (name) => note(`updated ${name}`),
      deleteWorkload: (name) => note(`deleted ${name}`),
      writeSpec: async ({ units, listenerRuleArn }) =>
        note(`spec ${[...units].join(',')}${listenerRuleArn === RULE_ARN ? '' : ' on another rule'}`),
    },
    new Set(['c']),
    {
      kernel,
      settings: { resourceSeconds: 30, retirementPollSeconds: 15, deregistrationSeconds: 60 },
      startEpochSeconds: START_EPOCH_SECONDS,
    },
  );
  const weights = async (arn = rule.arn!): Promise<Record<string, number>> =>
    Object.fromEntries(Object.entries(await rule.describeRule(arn)).map(([group, weight]) => [group.split('/').at(-2)!, weight]));
  const deploy = (change: Partial<Parameters<FleetStack['deploy']>[0]>): void =>
    stack.deploy({ addUnits: [], removeUnits: [], promoteUnits: [], newImages: [], removePools: [], isNewRule: false, ...change });
  return { kernel, rule, happened, weights, deploy };
};

describe('a deployment', () => {
  it('puts the target group of an added unit into the rule with weight 0, and names it in the spec when a second look finds it there', async () => {
    const { kernel, happened, weights, deploy } = world();
    deploy({ addUnits: ['c'] });
    await kernel.runUntil(59);
    expect(Object.keys(await weights())).toHaveLength(2);
    await kernel.runUntil(300);
    expect(happened).toEqual(['30 created c', '105 spec a,b,c']);
    expect(Object.values(await weights())).toEqual([500, 500, 0]);
  });

  it('takes a removed unit out of the rule once its weight is 0 and its requests are done, and deletes it then', async () => {
    const { kernel, rule, happened, weights, deploy } = world();
    deploy({ removeUnits: ['b'] });
    await kernel.runUntil(600);
    expect(happened).toEqual(['90 spec a']);
    await rule.modifyRule(RULE_ARN, { [targetGroupArn('a')]: 999 });
    await kernel.runUntil(660);
    expect(Object.keys(await weights())).toHaveLength(2);
    await kernel.runUntil(900);
    expect(Object.keys(await weights())).toHaveLength(1);
    // Looks are at 90 s and every 15 s after it: drained at 615, a minute of deregistration until 675, found gone at 690, the next resource at 720.
    expect(happened.slice(1)).toEqual(['720 deleted b']);
  });

  it('leaves a unit behind that nobody drains for 50 minutes', async () => {
    const { kernel, happened, weights, deploy } = world();
    deploy({ removeUnits: ['b'] });
    await kernel.runUntil(3 * 3600);
    expect(happened).toEqual(['90 spec a']);
    expect(Object.values(await weights())).toEqual([500, 500]);
  });

  it('gives a rule on another listener the weights of the former one, which goes when the spec names the new one', async () => {
    const { kernel, rule, happened, weights, deploy } = world();
    await rule.modifyRule(RULE_ARN, { [targetGroupArn('a')]: 700, [targetGroupArn('b')]: 299 });
    deploy({ isNewRule: true });
    await kernel.runUntil(70);
    expect(rule.arn).toBe(RULE_ARN);
    await kernel.runUntil(300);
    expect(rule.has(RULE_ARN)).toBe(false);
    expect(Object.values(await weights())).toEqual([700, 299]);
    expect(happened).toEqual(['105 spec a,b on another rule']);
  });
});
