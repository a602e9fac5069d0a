import { expect, test } from 'vitest';
import { Harness, pool, RULE_ARN, targetGroupArn, unit } from '../harness';

const two = (shares: readonly (number | undefined)[]) =>
  new Harness({
    units: shares.map((costShare, index) => unit(`u${index}`, ['g5-od'], costShare === undefined ? {} : { costShare })),
    pools: [pool('g5-od')],
  });

test('the rule begins with the fleet’s cost shares, out of 999', async () => {
  const h = two([0.4, 0.2, 0.15, 0.15, 0.1]);
  expect(h.traffic.weights).toEqual([400, 200, 150, 150, 100]);
  expect(await h.rule.describeRule(RULE_ARN)).toMatchObject({ [targetGroupArn('u0')]: 400, [targetGroupArn('u4')]: 100 });
});

test('it begins with equal shares where a unit states none', () => {
  expect(two([0.9, undefined]).traffic.weights).toEqual([500, 500]);
});

test('a change replaces all weights and reaches the traffic at once', async () => {
  const h = two([0.5, 0.5]);
  await h.rule.modifyRule(RULE_ARN, { [targetGroupArn('u1')]: 999 });
  expect(h.traffic.weights).toEqual([0, 999]);
  expect(await h.rule.describeRule(RULE_ARN)).toEqual({ [targetGroupArn('u0')]: 0, [targetGroupArn('u1')]: 999 });
});

test('an unknown rule, an unknown target group and a weight out of bounds are refused, and nothing changes', async () => {
  const h = two([0.5, 0.5]);
  await expect(h.rule.describeRule(`${RULE_ARN}x`)).rejects.toMatchObject({ name: 'RouterNotFoundError' });
  await expect(h.rule.modifyRule(RULE_ARN, { [targetGroupArn('none')]: 1 })).rejects.toMatchObject({
    name: 'TargetGroupNotFoundException',
  });
  await expect(h.rule.modifyRule(RULE_ARN, { [targetGroupArn('u0')]: 1000 })).rejects.toMatchObject({ name: 'ValidationError' });
  await expect(h.rule.modifyRule(RULE_ARN, { [targetGroupArn('u0')]: 0.5 })).rejects.toMatchObject({ name: 'ValidationError' });
  expect(h.traffic.weights).toEqual([500, 500]);
});

test('a rule on another listener has no traffic until the former is deleted', async () => {
  const h = two([0.6, 0.4]);
  const listenerArn = RULE_ARN.replace(':listener-rule/', ':listener/').split('/').slice(0, 4).concat('443').join('/');
  const fresh = await h.rule.createRule({ listenerArn, priority: 7, tags: { owner: 'me' } });
  expect(await h.rule.readRulesOfListener(listenerArn)).toEqual([{ arn: fresh, priority: 7, groups: {} }]);
  expect(await h.rule.changeGroups(fresh, () => ({ [targetGroupArn('u0')]: 1, [targetGroupArn('u1')]: 2 }))).toBe(true);
  expect(h.traffic.weights).toEqual([599, 400]);
  await h.rule.deleteRule(RULE_ARN);
  expect(h.traffic.weights).toEqual([1, 2]);
  expect([h.rule.arn, await h.rule.readRule(RULE_ARN), await h.rule.readTags(fresh)]).toEqual([fresh, undefined, { owner: 'me' }]);
});

test('a target group that left a rule gets nothing', async () => {
  const h = two([0.5, 0.5]);
  await h.rule.changeGroups(RULE_ARN, ({ [targetGroupArn('u0')]: _gone, ...others }) => others);
  expect(h.traffic.weights).toEqual([0, 500]);
  expect(h.rule.members).toEqual(['u1']);
});
