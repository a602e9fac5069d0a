import { describe, expect, it } from 'vitest';
import { listenerRuleSplitter } from '../../../../../lambda/control-loop/routers/alb/listener-rule';
import { FakePorts } from '../../../../support/fake-ports';
import { NOW_SECONDS, ruleArn, targetGroupArn } from '../../../../support/fake-world';

const router = { kind: 'AlbListenerRule', listenerRuleArn: ruleArn('chat') } as const;
const backendOf = (unit: string) => ({ kind: 'AlbTargetGroup', targetGroupArn: targetGroupArn(unit) }) as const;
const routing = { router, backends: { inf2: backendOf('inf2'), g5: backendOf('g5') } };

const splitterOf = (weights: Readonly<Record<string, number>>) => {
  const fake = new FakePorts(NOW_SECONDS);
  fake.rules.set(
    router.listenerRuleArn,
    Object.fromEntries(Object.entries(weights).map(([unit, weight]) => [targetGroupArn(unit), weight])),
  );
  return { fake, splitter: listenerRuleSplitter(fake.listenerRules) };
};

describe('the splitter of a listener rule', () => {
  it('names the rule by the end of its ARN', () => {
    const { splitter } = splitterOf({});
    expect(splitter.nameOf(router)).toBe('ListenerRule app/chat/0123456789abcdef/0123456789abcdef/0123456789abcdef');
    expect(splitter.nameOf({ ...router, listenerRuleArn: 'chat' })).toBe('ListenerRule chat');
  });

  it('reads the weights of units by their names and those of other target groups by their ARN; a unit that is not in the rule has none', async () => {
    const { splitter } = splitterOf({ inf2: 400, canary: 7 });
    expect(await splitter.readWeights(routing)).toEqual({ inf2: 400, [targetGroupArn('canary')]: 7 });
  });

  it('writes the weight of another target group by its ARN, unless it changed since it was observed', async () => {
    const { fake, splitter } = splitterOf({ inf2: 400, g5: 599, old: 300 });
    const old = targetGroupArn('old');
    const observed = { inf2: 400, g5: 599, [old]: 300 };
    await splitter.writeWeights(routing, { inf2: 400, g5: 599, [old]: 0 }, observed);
    expect(fake.rules.get(router.listenerRuleArn)?.[old]).toBe(0);
    await expect(splitter.writeWeights(routing, { [old]: 5 }, observed)).rejects.toMatchObject({ name: 'WeightsChangedError' });
  });

  it('writes the weights of the units, and keeps those of other target groups', async () => {
    const { fake, splitter } = splitterOf({ inf2: 400, g5: 599, canary: 7 });
    await splitter.writeWeights(routing, { inf2: 0, g5: 999 }, { inf2: 400, g5: 599 });
    expect(fake.rules.get(router.listenerRuleArn)).toEqual({
      [targetGroupArn('inf2')]: 0,
      [targetGroupArn('g5')]: 999,
      [targetGroupArn('canary')]: 7,
    });
  });

  it.each([
    ['changed', { inf2: 400, g5: 600 }, 'weight of g5 is 600 now, 599 when it was observed'],
    ['went', { inf2: 400 }, 'weight of g5 is absent now, 599 when it was observed'],
  ])('writes nothing where a weight %s since it was observed', async (_, present, message) => {
    const { fake, splitter } = splitterOf(present);
    const writing = splitter.writeWeights(routing, { inf2: 0, g5: 999 }, { inf2: 400, g5: 599 });
    await expect(writing).rejects.toMatchObject({ name: 'WeightsChangedError', message });
    expect(fake.callsOf('elbv2.modifyRule')).toEqual([]);
  });

  it('writes nothing where a unit came into the rule since it was observed', async () => {
    const { splitter } = splitterOf({ inf2: 400, g5: 599 });
    await expect(splitter.writeWeights(routing, { inf2: 999 }, { inf2: 400 })).rejects.toMatchObject({ name: 'WeightsChangedError' });
  });
});
