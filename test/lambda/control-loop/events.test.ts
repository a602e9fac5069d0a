import { describe, expect, it } from 'vitest';
import { resources } from '../../../lambda/control-loop/contract/names';
import { createTickCaches, type TickOptions, type TickRecord, tick } from '../../../lambda/control-loop/tick';
import type { FakePorts } from '../../support/fake-ports';
import { chatWorld, NOW_SECONDS } from '../../support/fake-world';

const caches = createTickCaches();

const run = (fake: FakePorts, afterSeconds: number, event: NonNullable<TickOptions['event']>): Promise<TickRecord> => {
  fake.restart();
  fake.nowSeconds = NOW_SECONDS + afterSeconds;
  return tick(fake.ports, { deadlineSeconds: fake.nowSeconds + 50, trigger: 'event', event, caches });
};

const outcome = async (...given: Parameters<typeof run>): Promise<string | undefined> => {
  const { fleets } = await run(...given);
  return fleets[0]?.outcome;
};

const at = (seconds: number) => ({ atSeconds: NOW_SECONDS + seconds });

describe('ticks of events', () => {
  it('within a few seconds of each other are one, and one more for what happened while that ran', async () => {
    const fake = chatWorld();
    // Events of one second wait for each other, a second each. Their time is cut to seconds, so that the first tick may have missed some.
    const outcomes: (string | undefined)[] = [];
    for (const seconds of [0.5, 1.5, 2.5, 3.5, 4.5, 5.5]) outcomes.push(await outcome(fake, seconds, at(0)));
    expect(outcomes).toEqual(['Acted', 'Acted', 'Skipped', 'Skipped', 'Skipped', 'Skipped']);
  });

  it('are not skipped for something that happened after the last tick began', async () => {
    const fake = chatWorld();
    expect(await outcome(fake, 0.5, at(0))).toBe('Acted');
    expect(await outcome(fake, 3, at(2))).toBe('Acted');
  });

  it('that are skipped write nothing and say why', async () => {
    const fake = chatWorld();
    await run(fake, 2, at(0));
    const record = await run(fake, 4, at(0));
    expect(fake.writes).toEqual([]);
    expect(record.fleets).toEqual([{ fleet: 'default/chat', outcome: 'Skipped', message: 'a tick began after the event' }]);
    expect(fake.logged).toEqual([expect.objectContaining({ kind: 'tick', fleets: record.fleets })]);
  });

  it('are for instances of the fleets alone: EC2 announces those of the whole account', async () => {
    const fake = chatWorld();
    const { status } = fake.kubernetes.all(resources.nodeClaims)[0]!;
    const own = String(status.providerID).split('/').at(-1)!;
    expect(await outcome(fake, 0, { instanceId: 'i-of-another-team' })).toBe('Skipped');
    expect(await outcome(fake, 1, { instanceId: own })).toBe('Acted');
  });

  it('are for an instance whose NodeClaim went between the last tick and the event, and for any while no tick has looked', async () => {
    const fake = chatWorld();
    const nodeClaim = fake.kubernetes.all(resources.nodeClaims)[0]!;
    const own = String(nodeClaim.status?.providerID).split('/').at(-1)!;
    const options = { trigger: 'event', deadlineSeconds: NOW_SECONDS + 50, caches: createTickCaches() };
    const tickOf = (instanceId: string) => tick(fake.ports, { ...options, event: { instanceId } });
    expect((await tickOf('i-of-another-team')).fleets[0]?.outcome).toBe('Acted');
    fake.kubernetes.remove(resources.nodeClaims, nodeClaim.metadata.name);
    expect((await tickOf('i-of-another-team')).fleets[0]?.outcome).toBe('Skipped');
    expect((await tickOf(own)).fleets[0]?.outcome).toBe('Acted');
    expect((await tickOf(own)).fleets[0]?.outcome).toBe('Skipped');
  });

  it('count where it cannot be known whose instance it is', async () => {
    const fake = chatWorld();
    fake.failures.set('kubernetes.list nodeclaims', new Error('down'));
    expect(await outcome(fake, 0, { instanceId: 'i-of-another-team' })).toBe('Acted');
  });

  it('are not for instances of pools that no fleet names', async () => {
    const fake = chatWorld();
    fake.kubernetes.put(resources.nodeClaims, {
      metadata: { name: 'general-x', labels: { 'karpenter.sh/nodepool': 'general' } },
      status: { providerID: 'aws:///us-west-2a/i-general' },
    });
    const record = await run(fake, 0, { instanceId: 'i-general' });
    expect(record.fleets[0]).toMatchObject({ outcome: 'Skipped', message: 'instance i-general is of no pool of a fleet' });
  });
});
