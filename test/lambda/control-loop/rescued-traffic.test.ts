import { describe, expect, it } from 'vitest';
import { resources } from '../../../lambda/control-loop/contract/names';
import { KubernetesError } from '../../../lambda/control-loop/errors';
import { createTickCaches, type TickRecord, tick } from '../../../lambda/control-loop/tick';
import type { FakePorts } from '../../support/fake-ports';
import { chatSpec, chatWorld, type FleetState, ruleArn, targetGroupArn } from '../../support/fake-world';

const run = (fake: FakePorts): Promise<TickRecord> =>
  tick(fake.ports, { deadlineSeconds: fake.nowSeconds + 50, trigger: 'schedule', caches: createTickCaches() });

/** The chat fleet whose inf2 has no pod any more and half of the traffic. */
const deadInf2 = (state: FleetState = {}): FakePorts => chatWorld({}, { ready: { inf2: {}, g5: { 'g5-spot': 4 } }, ...state });

const weightOf = (fake: FakePorts, unit: string): number | undefined => fake.rules.get(ruleArn('chat'))?.[targetGroupArn(unit)];

const findings = (record: TickRecord, code: string): readonly string[] =>
  record.decision.fleets[0]!.findings.filter((finding) => finding.code === code).map(({ subject, message }) => `${subject}: ${message}`);

const refusePatches = (fake: FakePorts): void => {
  fake.failures.set('kubernetes.jsonPatch', new KubernetesError('admission webhook denied the request: quota', 403));
};

describe('the traffic of a unit that does not serve', () => {
  it('leaves though every floor is refused', async () => {
    const fake = deadInf2();
    refusePatches(fake);
    const record = await run(fake);
    expect(record.writes.some(({ outcome }) => outcome === 'Failed')).toBe(true);
    expect([weightOf(fake, 'inf2'), weightOf(fake, 'g5')]).toEqual([0, 999]);
  });

  it('leaves though no NodePool can be written', async () => {
    const fake = deadInf2();
    fake.failures.set('kubernetes.apply', new KubernetesError('no answer', 0));
    await run(fake);
    expect(weightOf(fake, 'inf2')).toBe(0);
  });

  it('leaves though the status of the fleet cannot be written, and nothing else is written then', async () => {
    const fake = deadInf2();
    fake.failures.set('kubernetes.replaceStatus', new KubernetesError('forbidden', 403));
    const record = await run(fake);
    expect(record.fleets[0]?.outcome).toBe('Failed');
    expect(record.writes.map(({ object, outcome }) => [object.split(' ')[0], outcome])).toEqual([['ListenerRule', 'Done']]);
    expect(weightOf(fake, 'inf2')).toBe(0);
  });

  it('leaves first of all writes', async () => {
    const fake = deadInf2();
    const record = await run(fake);
    expect(record.writes[0]?.object).toMatch(/^ListenerRule/);
    expect(record.writes.length).toBeGreaterThan(1);
  });

  it('leaves though the target group of another unit is missing in the rule, which costs that unit alone', async () => {
    const spec = chatSpec();
    const l4 = { ...spec.units[1]!, name: 'l4', deployment: 'l4', scaler: { ...spec.units[1]!.scaler, name: 'l4' } };
    const fake = chatWorld(
      { units: [...spec.units, { ...l4, targetGroupArn: targetGroupArn('l4') }] },
      { ready: { inf2: {}, g5: { 'g5-spot': 4 }, l4: { 'g5-spot': 2 } } },
    );
    fake.rules.set(ruleArn('chat'), { [targetGroupArn('inf2')]: 500, [targetGroupArn('g5')]: 500 });
    const record = await run(fake);
    expect(fake.rules.get(ruleArn('chat'))).toEqual({ [targetGroupArn('inf2')]: 0, [targetGroupArn('g5')]: 999 });
    expect(findings(record, 'Router')).toEqual(['l4: the router has no backend of it, so that it gets no traffic']);
  });

  it('leaves at the next tick where someone edits the fleet all the time', async () => {
    const fake = deadInf2();
    for (let write = 1; write <= 2; write += 1) {
      fake.beforeWrite.set(write, () => {
        const chat = fake.kubernetes.read(resources.inferenceFleets, 'chat', 'default');
        const labels = { 'tool.example/seen': String(write) };
        fake.kubernetes.put(resources.inferenceFleets, { ...chat, metadata: { ...chat.metadata, labels } });
      });
    }
    const record = await run(fake);
    expect(record.fleets[0]?.outcome).toBe('Acted');
    expect(weightOf(fake, 'inf2')).toBe(0);
  });
});
