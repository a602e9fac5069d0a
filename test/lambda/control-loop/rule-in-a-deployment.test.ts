import { describe, expect, it } from 'vitest';
import { createTickCaches, type TickRecord, tick } from '../../../lambda/control-loop/tick';
import type { FakePorts } from '../../support/fake-ports';
import { chatWorld, ruleArn, targetGroupArn } from '../../support/fake-world';

/** What deployments do to the rule of a fleet between and during ticks. */

const RULE = ruleArn('chat');

const run = (fake: FakePorts): Promise<TickRecord> =>
  tick(fake.ports, { deadlineSeconds: fake.nowSeconds + 50, trigger: 'schedule', caches: createTickCaches() });

const findings = (record: TickRecord): readonly string[] =>
  record.decision.fleets[0]!.findings.filter(({ code }) => code === 'Router').map(({ subject, message }) => `${subject}: ${message}`);

const routerWrites = (record: TickRecord) => record.writes.filter(({ object }) => object.startsWith('ListenerRule'));

describe('the rule of a fleet', () => {
  it('may have no target groups yet: the tick says so, and sets everything else', async () => {
    const fake = chatWorld();
    fake.rules.set(RULE, {});
    const record = await run(fake);
    expect(record.fleets).toEqual([{ fleet: 'default/chat', outcome: 'Acted' }]);
    expect(findings(record)).toEqual([
      'inf2: the router has no backend of it, so that it gets no traffic',
      'g5: the router has no backend of it, so that it gets no traffic',
    ]);
    expect(routerWrites(record)).toEqual([]);
    expect(record.writes.some(({ object }) => object.startsWith('ScaledObject'))).toBe(true);
  });

  it('may have a target group of a unit that the fleet does not name yet, which stays as it is without a word', async () => {
    const fake = chatWorld({}, { ready: { inf2: {}, g5: { 'g5-spot': 4 } } });
    fake.rules.set(RULE, { ...fake.rules.get(RULE), [targetGroupArn('g6')]: 0 });
    const record = await run(fake);
    expect(findings(record)).toEqual([]);
    expect(routerWrites(record).map(({ outcome }) => outcome)).toEqual(['Done']);
    expect(fake.rules.get(RULE)).toMatchObject({ [targetGroupArn('inf2')]: 0, [targetGroupArn('g6')]: 0 });
  });

  it('may get one between observation and write, which stays too', async () => {
    const fake = chatWorld({}, { ready: { inf2: {}, g5: { 'g5-spot': 4 } } });
    fake.beforeWrite.set(1, () => {
      fake.rules.set(RULE, { ...fake.rules.get(RULE), [targetGroupArn('g6')]: 0 });
    });
    await run(fake);
    expect(fake.rules.get(RULE)).toHaveProperty([targetGroupArn('inf2')]);
    expect(fake.rules.get(RULE)).toHaveProperty([targetGroupArn('g6')], 0);
  });

  it('may have tags that say which target groups are being retired', async () => {
    const fake = chatWorld();
    fake.ruleTags.set(RULE, {
      'adaptive-inference.dev/fleet': 'default/chat',
      'adaptive-inference.dev/creator': 'chat/8d2f/Rule',
      'adaptive-inference.dev/retiring/g6/0123456789abcdef': 'since=2026-03-01T12:00:00.000Z',
    });
    const record = await run(fake);
    expect(record.fleets).toEqual([{ fleet: 'default/chat', outcome: 'Acted' }]);
  });
});
