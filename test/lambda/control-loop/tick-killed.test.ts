import { describe, expect, it } from 'vitest';
import { resources } from '../../../lambda/control-loop/contract/names';
import type { Decide } from '../../../lambda/control-loop/decide/decide';
import { createTickCaches, tick } from '../../../lambda/control-loop/tick';
import { alwaysWants } from '../../support/decisions';
import type { FakePorts } from '../../support/fake-ports';
import { addShortageEvent, chatWorld, NOW_SECONDS, ownedState, rfc3339, steadyMetrics } from '../../support/fake-world';

/** A policy whose wishes do not depend on what is there: after any accident the same is wanted. */
const desired = alwaysWants({
  units: { inf2: { floor: 1, target: 89.2, share: 0.25 }, g5: { floor: 3, target: 61, share: 0.75 } },
  pools: { 'inf2-spot': { weight: 90, limit: 2 }, 'g5-spot': { weight: 80, limit: 6 }, 'g5-od': { weight: 20, limit: 8 } },
});

const scenario = (): FakePorts => {
  const fake = chatWorld({}, { floors: { inf2: 2 }, ready: { inf2: { 'inf2-spot': 2 }, g5: { 'g5-spot': 2, 'g5-od': 1 } } });
  fake.kubernetes.put(resources.nodePools, { metadata: { name: 'inf2-spot' }, spec: {} });
  return fake;
};

/** The built-in decide in a shortage of g5-spot with rising load: pools, floors, targets and shares all move. */
const shortage = (): FakePorts => {
  const fake = chatWorld(
    {},
    { ready: { inf2: { 'inf2-spot': 2 }, g5: { 'g5-spot': 2, 'g5-od': 1 } }, targets: { inf2: '100', g5: '100' } },
  );
  fake.metric = steadyMetrics(240);
  for (const [index, suffix] of ['aaaaa', 'bbbbb'].entries()) {
    addShortageEvent(fake, `g5-spot-${suffix}`, 'no capacity in us-west-2a', { lastTimestamp: rfc3339(NOW_SECONDS - 20 - index) });
  }
  return fake;
};

const run = (fake: FakePorts, decide: Decide | undefined, atSeconds: number) => {
  fake.nowSeconds = atSeconds;
  return tick(fake.ports, { deadlineSeconds: atSeconds + 50, trigger: 'test', caches: createTickCaches(), ...(decide ? { decide } : {}) });
};

const contestedIn = (record: Awaited<ReturnType<typeof run>>) => [
  ...record.writes.filter(({ outcome }) => outcome === 'Contested'),
  ...record.decision.fleets.flatMap(({ findings }) => findings.filter(({ code }) => code === 'Contested')),
];

const cases = [
  { name: 'fixed wishes', world: scenario, decide: desired },
  { name: 'two-mode in a shortage', world: shortage, decide: undefined },
];

describe.each(cases)('a tick with $name', ({ world, decide }) => {
  const unkilled = async () => {
    const fake = world();
    const record = await run(fake, decide, NOW_SECONDS);
    return { fake, record, writes: fake.writes.length };
  };

  it('makes several kinds of writes, all of which succeed', async () => {
    const { record, fake } = await unkilled();
    expect(record.writes.length).toBeGreaterThanOrEqual(4);
    expect(record.writes.every(({ outcome }) => outcome === 'Done')).toBe(true);
    expect(new Set(fake.writes.map(({ method }) => method))).toEqual(
      new Set(['kubernetes.replaceStatus', 'kubernetes.apply', 'kubernetes.jsonPatch', 'elbv2.modifyRule', 'kubernetes.create']),
    );
    expect(fake.writes[0]?.method).toBe('kubernetes.replaceStatus');
  });

  it('is settled: the next tick writes nothing but its heartbeat', async () => {
    const { fake } = await unkilled();
    const settled = ownedState(fake);
    fake.restart();
    const record = await run(fake, decide, NOW_SECONDS + 1);
    expect(record.writes).toEqual([]);
    expect(fake.writes.map(({ method }) => method)).toEqual(['kubernetes.replaceStatus']);
    expect(ownedState(fake)).toEqual(settled);
  });

  it.each([false, true])(
    'that dies at any write (arriving: %s) is finished by the next one, and nothing counts as contested',
    async (arrives) => {
      const { fake: whole, writes } = await unkilled();
      const expected = ownedState(whole);
      for (let dyingAt = 1; dyingAt <= writes; dyingAt += 1) {
        const fake = world();
        fake.diesAtWrite = dyingAt;
        fake.lastWriteArrives = arrives;
        await run(fake, decide, NOW_SECONDS).catch(() => undefined);
        expect(fake.writes.length, `writes before the death at ${dyingAt}`).toBe(dyingAt);

        fake.restart();
        const next = await run(fake, decide, NOW_SECONDS + 1);
        expect(contestedIn(next), `contested after the death at ${dyingAt}`).toEqual([]);
        expect(ownedState(fake), `state after the death at ${dyingAt}`).toEqual(expected);

        fake.restart();
        const later = await run(fake, decide, NOW_SECONDS + 2);
        expect(later.writes, `writes of the tick after the repair of the death at ${dyingAt}`).toEqual([]);
        expect(contestedIn(later)).toEqual([]);
      }
    },
  );

  it('any of whose writes fails is finished by the next one', async () => {
    const { fake: whole, writes } = await unkilled();
    const expected = ownedState(whole);
    for (let failing = 1; failing <= writes; failing += 1) {
      const fake = world();
      fake.writeFailures.set(failing, new Error('no answer'));
      await run(fake, decide, NOW_SECONDS);
      fake.restart();
      const next = await run(fake, decide, NOW_SECONDS + 1);
      expect(contestedIn(next), `contested after the failure of ${failing}`).toEqual([]);
      expect(ownedState(fake), `state after the failure of ${failing}`).toEqual(expected);
    }
  });
});
