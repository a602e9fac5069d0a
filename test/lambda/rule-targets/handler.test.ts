import { describe, expect, it } from 'vitest';
import { createHandler } from '../../../lambda/rule-targets/provider';
import { ruleEvent, targetEvent } from './events';
import { FakeRules, groupOf, LISTENER, RULE, retiringKey } from './fake-rules';

const START_SECONDS = Date.parse('2026-03-01T12:00:00Z') / 1000;

/** The function, and CDK's provider framework around it, on a clock that the test turns. */
const setUp = (rules = new FakeRules()) => {
  const clock = { seconds: START_SECONDS };
  const lines: unknown[] = [];
  const handler = createHandler(() => ({
    rules,
    nowSeconds: () => clock.seconds,
    sleep: async (seconds) => {
      clock.seconds += seconds;
    },
    log: (line) => lines.push(line),
  }));
  /** Passes an event on for the first time; what it answers becomes part of the event. */
  const start = async (event: object): Promise<object> => ({ ...event, ...(await handler(event)) });
  const look = async (event: object): Promise<boolean> => {
    const answer = await handler(event);
    if (!('IsComplete' in answer)) throw new Error('the answer is that of a first call');
    return answer.IsComplete;
  };
  /** Looks every 15 seconds until the request is done, at most so many times; returns how often. */
  const finish = async (event: object, most = 20): Promise<number> => {
    for (let looks = 1; looks <= most; looks += 1) {
      if (await look(event)) return looks;
      clock.seconds += 15;
    }
    throw new Error(`not done after ${most} looks`);
  };
  return { rules, clock, lines, handler, start, look, finish };
};

describe('a target group that enters the rule', () => {
  it('is named before anything is written, so that CloudFormation can take back what fails later', async () => {
    const { rules, start } = setUp();
    rules.put({ inf2: 999 });
    expect(await start(targetEvent('Create', 'g5'))).toMatchObject({ PhysicalResourceId: groupOf('g5'), StartedAtSeconds: START_SECONDS });
    expect(rules.writes).toEqual([]);
  });

  it('has its initial part while nobody is served', async () => {
    const { rules, start, finish } = setUp();
    rules.put({});
    for (const unit of ['g5', 'inf2']) await finish(await start(targetEvent('Create', unit)));
    expect(rules.weights()).toEqual({ g5: 199, inf2: 199 });
  });

  it('has its initial part where others have traffic but no healthy target', async () => {
    const { rules, start, finish } = setUp();
    rules.put({ inf2: 999 });
    rules.serve('inf2', 2, 0);
    await finish(await start(targetEvent('Create', 'g5')));
    expect(rules.weights()).toEqual({ inf2: 999, g5: 199 });
  });

  it('gets nothing where another serves, and leaves the others as they are', async () => {
    const { rules, start, finish } = setUp();
    rules.put({ inf2: 847, trn1: 152 });
    rules.serve('inf2', 3);
    await finish(await start(targetEvent('Create', 'g5')));
    expect(rules.weights()).toEqual({ inf2: 847, trn1: 152, g5: 0 });
  });

  it('is done only when a later look finds it in the rule', async () => {
    const { rules, start, look } = setUp();
    rules.put({ inf2: 999 });
    const event = await start(targetEvent('Create', 'g5'));
    expect(await look(event)).toBe(false);
    // A write that began before drops it.
    rules.put({ inf2: 998 });
    expect(await look(event)).toBe(false);
    expect(await look(event)).toBe(true);
    expect(rules.weights()).toEqual({ inf2: 998, g5: 199 });
  });

  it('keeps the weight that it has in an older rule of the load balancer, where new ones get nothing', async () => {
    const { rules, start, finish } = setUp();
    const old = RULE.replace('3333333333333333', '4444444444444444');
    rules.put({ inf2: 847, g5: 152 }, { arn: old, priority: 1 });
    rules.put({});
    rules.serve('inf2', 3);
    for (const unit of ['g6', 'g5', 'inf2']) await finish(await start(targetEvent('Create', unit)));
    expect(rules.weights()).toEqual({ g6: 0, g5: 152, inf2: 847 });
    expect(rules.weights(old)).toEqual({ inf2: 847, g5: 152 });
  });

  it('moves with its weight where the router has another rule', async () => {
    const { rules, start, finish } = setUp();
    const next = RULE.replace('3333333333333333', '5555555555555555');
    rules.put({ inf2: 847, g5: 152 });
    rules.put({}, { arn: next });
    rules.serve('inf2', 3);
    for (const unit of ['g5', 'inf2']) await finish(await start(targetEvent('Update', unit, { RuleArn: next })));
    expect(rules.weights(next)).toEqual({ g5: 152, inf2: 847 });
  });

  it('gets its initial part back that the load balancer does not show for a group that is alone', async () => {
    const { rules, start, finish } = setUp();
    rules.put({ g5: 1 });
    await finish(await start(targetEvent('Create', 'inf2')));
    await finish(await start(targetEvent('Create', 'g5')));
    expect(rules.weights()).toEqual({ g5: 199, inf2: 199 });
  });

  it('is left alone by an update of anything else', async () => {
    const { rules, start, finish } = setUp();
    rules.put({ inf2: 847, g5: 152 });
    const looks = await finish(await start(targetEvent('Update', 'g5', { DrainSeconds: '95', InitialWeight: '500' })));
    expect([looks, rules.writes]).toEqual([1, []]);
  });

  it('is no longer being retired', async () => {
    const { rules, start, finish } = setUp();
    rules.put(
      { inf2: 847, g5: 152 },
      { tags: { [retiringKey('g5')]: 'since=2026-03-01T10:00:00.000Z', 'adaptive-inference.dev/fleet': 'team-a/chat' } },
    );
    await finish(await start(targetEvent('Create', 'g5')));
    expect(rules.tagsOf()).toEqual({ 'adaptive-inference.dev/fleet': 'team-a/chat' });
    expect(rules.weights()).toEqual({ inf2: 847, g5: 152 });
  });

  it('is refused by a rule that is full, with what to do', async () => {
    const { rules, start, look } = setUp();
    rules.put({ a: 200, b: 200, c: 200, d: 200, e: 199 });
    await expect(look(await start(targetEvent('Create', 'g5')))).rejects.toThrow(
      /unit g5: given a listener rule with 5 target groups .*, expected at most 4.* remove one first, and add this one in a later deployment$/,
    );
  });

  it('is refused without a rule', async () => {
    const { start, look } = setUp();
    await expect(look(await start(targetEvent('Create', 'g5')))).rejects.toThrow('which does not exist');
  });
});

describe('a target group that leaves the rule', () => {
  it('says so at once, and waits until the loop has taken its traffic and its requests have finished', async () => {
    const { rules, clock, start, look, finish } = setUp();
    rules.put({ inf2: 847, g5: 152 });
    rules.serve('g5', 2);
    const event = await start(targetEvent('Delete', 'g5'));
    expect(await look(event)).toBe(false);
    expect(rules.tagsOf()).toEqual({ [retiringKey('g5')]: 'since=2026-03-01T12:00:00.000Z' });
    expect(rules.weights()).toEqual({ inf2: 847, g5: 152 });

    clock.seconds += 60;
    rules.overwrite(RULE, { [groupOf('inf2')]: 999, [groupOf('g5')]: 0 });
    expect(await look(event)).toBe(false);
    expect(rules.tagsOf()).toEqual({ [retiringKey('g5')]: 'since=2026-03-01T12:00:00.000Z drained=2026-03-01T12:01:00.000Z' });
    clock.seconds += 29;
    expect(await look(event)).toBe(false);
    expect(rules.weights()).toEqual({ inf2: 999, g5: 0 });
    clock.seconds += 1;
    expect(await look(event)).toBe(false);
    expect(rules.weights()).toEqual({ inf2: 999 });
    clock.seconds += 15;
    expect(await finish(event)).toBe(1);
    expect(rules.tagsOf()).toEqual({});
  });

  it('waits again where it got traffic again', async () => {
    const { rules, clock, start, look } = setUp();
    rules.put({ inf2: 999, g5: 0 });
    rules.serve('g5', 2);
    const event = await start(targetEvent('Delete', 'g5'));
    await look(event);
    clock.seconds += 29;
    rules.put({ inf2: 900, g5: 99 }, { tags: rules.tagsOf() });
    await look(event);
    clock.seconds += 1;
    rules.put({ inf2: 999, g5: 0 }, { tags: rules.tagsOf() });
    await look(event);
    clock.seconds += 29;
    await look(event);
    expect(rules.weights()).toEqual({ inf2: 999, g5: 0 });
    expect(rules.tagsOf()).toEqual({ [retiringKey('g5')]: 'since=2026-03-01T12:00:00.000Z drained=2026-03-01T12:00:30.000Z' });
  });

  it('goes at once where it never served: a unit that was added, and is taken back', async () => {
    const { rules, clock, start, finish } = setUp();
    rules.put({ inf2: 999, g5: 0 });
    await finish(await start(targetEvent('Delete', 'g5')));
    expect(rules.weights()).toEqual({ inf2: 999 });
    expect(clock.seconds - START_SECONDS).toBe(15);
  });

  it('is taken out again where a write that began before puts it back', async () => {
    const { rules, start, look } = setUp();
    rules.put({ inf2: 999, g5: 0 });
    const event = await start(targetEvent('Delete', 'g5'));
    expect(await look(event)).toBe(false);
    rules.put({ inf2: 999, g5: 0 }, { tags: rules.tagsOf() });
    expect(await look(event)).toBe(false);
    expect(await look(event)).toBe(true);
    expect(rules.weights()).toEqual({ inf2: 999 });
  });

  it('waits for nobody where the whole router goes: all are being removed, or the rule is gone', async () => {
    const { rules, start, look } = setUp();
    rules.put({ inf2: 847, g5: 152 });
    const [g5, inf2] = [await start(targetEvent('Delete', 'g5')), await start(targetEvent('Delete', 'inf2'))];
    expect(await look(g5)).toBe(false);
    expect(await look(inf2)).toBe(true);
    expect(await look(g5)).toBe(true);
    // The last target groups cannot leave a rule, and it is deleted next.
    expect(rules.weights()).toEqual({ inf2: 847, g5: 152 });
    rules.rules.clear();
    expect(await look(await start(targetEvent('Delete', 'g5')))).toBe(true);
  });

  it('waits for the loop where another unit takes its place', async () => {
    const { rules, start, look } = setUp();
    rules.put({ g5: 999, g5b: 0 });
    expect(await look(await start(targetEvent('Delete', 'g5')))).toBe(false);
    expect(await look(await start(targetEvent('Delete', 'g5')))).toBe(false);
    expect(rules.writes).toEqual([]);
  });

  it('fails after the deadline with who waits for what, and what to do', async () => {
    const { rules, clock, start, look } = setUp();
    rules.put({ inf2: 847, g5: 152 });
    const event = await start(targetEvent('Delete', 'g5'));
    await look(event);
    clock.seconds += 2999;
    expect(await look(event)).toBe(false);
    clock.seconds += 1;
    const message = await look(event).then(
      () => '',
      (error: Error) => error.message,
    );
    expect(message).toContain(
      `unit g5 still has weight 152 of 999 in listener rule ${RULE}, and has been waiting since 2026-03-01T12:00:00.000Z`,
    );
    expect(message).toContain('Look at `npx cdk-adaptive-inference status chat --namespace team-a`');
    expect(message).toContain(`set the weight of target group ${groupOf('g5')} to 0`);
    // CloudFormation tries three times: the later ones do not wait as long again.
    await expect(look(await start(targetEvent('Delete', 'g5')))).rejects.toThrow('still has weight 152 of 999');
    expect(rules.weights()).toEqual({ inf2: 847, g5: 152 });
  });
});

describe('the rule', () => {
  const tags = { 'adaptive-inference.dev/fleet': 'team-a/chat', 'adaptive-inference.dev/creator': 'chat/8d2f/Rule' };

  it('is created once, however often CloudFormation asks', async () => {
    const { rules, start, look } = setUp();
    const first = await start(ruleEvent('Create'));
    expect(await start(ruleEvent('Create'))).toEqual(first);
    expect(first).toMatchObject({ PhysicalResourceId: `${LISTENER.replace(':listener/', ':listener-rule/')}/1` });
    expect(rules.writes).toEqual(['CreateRule']);
    expect(rules.tagsOf(`${LISTENER.replace(':listener/', ':listener-rule/')}/1`)).toEqual(tags);
    expect(await look(first)).toBe(true);
  });

  it('keeps its target groups and their weights when it gets a fleet', async () => {
    const { rules, start } = setUp();
    rules.put({ inf2: 847, g5: 152 }, { tags: { 'adaptive-inference.dev/creator': 'chat/8d2f/Rule' } });
    expect(await start(ruleEvent('Update'))).toMatchObject({ PhysicalResourceId: RULE });
    expect(rules.weights()).toEqual({ inf2: 847, g5: 152 });
    expect(rules.tagsOf()).toEqual(tags);
    expect(rules.writes).toEqual([]);
  });

  it('serves one fleet: another name or namespace is refused with the way to rename, and can be rolled back', async () => {
    const { rules, start } = setUp();
    rules.put({ inf2: 847, g5: 152 }, { tags });
    const renamed = ruleEvent('Update', { Tags: { 'adaptive-inference.dev/fleet': 'team-a/talk' } });
    await expect(start(renamed)).rejects.toThrow(
      /given fleet team-a\/talk, expected team-a\/chat, which it serves; .* deploy one with the new name beside it, .* and then remove team-a\/chat$/,
    );
    expect(await start(ruleEvent('Update'))).toMatchObject({ PhysicalResourceId: RULE });
    expect(rules.tagsOf()).toEqual(tags);
  });

  it('is another one on another listener, and the first one again after a rollback', async () => {
    const { rules, start } = setUp();
    rules.put({ inf2: 999 }, { tags });
    const other = LISTENER.replace('2222222222222222', '9999999999999999');
    const moved = await start(ruleEvent('Update', { ListenerArn: other }));
    expect(moved).toMatchObject({ PhysicalResourceId: `${other.replace(':listener/', ':listener-rule/')}/1` });
    expect(await start(ruleEvent('Update'))).toMatchObject({ PhysicalResourceId: RULE });
  });

  it('does not take the place of a rule that someone else created', async () => {
    const { rules, start } = setUp();
    rules.put({ canary: 1 }, { tags: { owner: 'them' } });
    await expect(start(ruleEvent('Create'))).rejects.toThrow(`given another rule with priority 10000 (${RULE})`);
  });

  it('is deleted with its resource; one that may not be deleted is left to its listener', async () => {
    const { rules, start } = setUp();
    rules.put({ inf2: 999 }, { tags });
    expect(await start(ruleEvent('Delete'))).toMatchObject({ PhysicalResourceId: RULE });
    expect(rules.rules.size).toBe(0);
    rules.deleteRule = async () => {
      throw Object.assign(new Error('not authorized'), { name: 'AccessDenied' });
    };
    expect(await start(ruleEvent('Delete'))).toMatchObject({ PhysicalResourceId: RULE });
    rules.deleteRule = async () => {
      throw Object.assign(new Error('slow down'), { name: 'Throttling' });
    };
    await expect(start(ruleEvent('Delete'))).rejects.toThrow('slow down');
  });
});

describe('a permission that was just given', () => {
  const denied = (): Promise<never> => Promise.reject(Object.assign(new Error('not authorized'), { name: 'AccessDenied' }));

  it('is waited for where a rule is created', async () => {
    const { rules, clock, start } = setUp();
    const create = rules.createRule.bind(rules);
    rules.createRule = (rule) => (clock.seconds < START_SECONDS + 20 ? denied() : create(rule));
    expect(await start(ruleEvent('Create'))).toHaveProperty('PhysicalResourceId');
    expect(clock.seconds).toBe(START_SECONDS + 24);
    rules.createRule = denied;
    rules.rules.clear();
    await expect(start(ruleEvent('Create'))).rejects.toThrow('not authorized');
    expect(clock.seconds).toBe(START_SECONDS + 24 + 32);
  });

  it('is waited for two minutes where a rule is changed', async () => {
    const { rules, clock, start, look } = setUp();
    rules.put({});
    rules.changeGroups = denied;
    const event = await start(targetEvent('Create', 'g5'));
    expect(await look(event)).toBe(false);
    clock.seconds += 119;
    expect(await look(event)).toBe(false);
    clock.seconds += 1;
    await expect(look(event)).rejects.toThrow('not authorized');
  });
});

describe('an event', () => {
  it.each<[string, Record<string, unknown>, string]>([
    ['of another type', { ResourceType: 'Custom::Other' }, 'ResourceType: given "Custom::Other"'],
    ['without a rule', { ResourceProperties: { TargetGroupArn: 'x' } }, 'RuleArn: given nothing, expected a text'],
    ['without properties', { ResourceProperties: undefined }, 'ResourceProperties: given nothing, expected an object'],
    ['that is no request', { RequestType: 'Read' }, 'RequestType: given "Read", expected Create, Update or Delete'],
    ['with a weight that is no number', { ...targetEvent('Create', 'g5', { InitialWeight: 'all' }) }, 'InitialWeight: given "all"'],
  ])('%s is refused', async (_, changes, message) => {
    const { handler } = setUp();
    await expect(handler({ ...targetEvent('Create', 'g5'), ...changes })).rejects.toThrow(message);
  });
});
