import { describe, expect, it } from 'vitest';
import { lastDecision, MAX_RECORD_BYTES } from '../../../../lambda/control-loop/act/last-decision';
import { resources } from '../../../../lambda/control-loop/contract/names';
import { decide } from '../../../../lambda/control-loop/decide/decide';
import { decidedFleet } from '../../../../lambda/control-loop/model/decided-fleet';
import { type Fleet, fleetKey } from '../../../../lambda/control-loop/model/fleet';
import type { LastDecision } from '../../../../lambda/control-loop/model/last-decision';
import { createTickCaches, tick } from '../../../../lambda/control-loop/tick';
import type { FakePorts } from '../../../support/fake-ports';
import { addShortageEvent, chatWorld, NOW_SECONDS, rfc3339, ruleName } from '../../../support/fake-world';
import { failure, fleetOf, inputOf, NOW, observationOf, poolOf, unitOf } from '../decide/fixtures';

const run = async (fake: FakePorts): Promise<LastDecision> => {
  await tick(fake.ports, { deadlineSeconds: fake.nowSeconds + 50, trigger: 'schedule', caches: createTickCaches() });
  const { status } = fake.kubernetes.read(resources.inferenceFleets, 'chat', 'default');
  return status.lastDecision;
};

describe('the last decision in the status of a fleet', () => {
  it('tells when, why and how the loop decided', async () => {
    expect(await run(chatWorld())).toMatchObject({
      time: '2026-03-01T12:00:00Z',
      trigger: 'schedule',
      enforcement: 'Enforce',
      policy: 'TwoMode',
      strategy: 'CostOptimized',
      strategyReason: 'every unit has a pool free of shortage',
      strategySince: '2026-03-01T12:00:00Z',
    });
  });

  it('shows each input with its age, or why it is not known', async () => {
    const fake = chatWorld();
    fake.failures.set('kubernetes.list deployments', new Error('down'));
    const { units, pools, routerWeights } = await run(fake);
    expect(units.g5!.inputs).toMatchObject({
      requestsPerMinute: { value: 60, ageSeconds: 60 },
      latencySeconds: { value: 0.5, ageSeconds: 60 },
      readyPodsByPool: { value: { 'g5-spot': 1 }, ageSeconds: 0 },
      floor: { value: 1, ageSeconds: 0 },
      replicas: { unknown: expect.stringContaining('down') },
    });
    expect(pools['g5-spot']!.inputs).toMatchObject({
      weight: { ageSeconds: 0 },
      limitDevices: { ageSeconds: 0 },
      runningDevices: { value: 1, ageSeconds: 0 },
      launchFailures: { value: 0, ageSeconds: 0 },
    });
    expect(pools['g5-spot']!.inputs).not.toHaveProperty('uid');
    expect(routerWeights).toEqual({ value: { inf2: 500, g5: 500 }, ageSeconds: 0 });
  });

  it('shows what was decided with its reason, and the writes that were to be made', async () => {
    const { pools, poolOrder, writes } = await run(chatWorld());
    expect(pools['g5-od']!.decided).toEqual({
      weight: { value: expect.any(Number), reason: expect.stringMatching(/^place \d of 2: on-demand, 1\.0060 USD per device-hour/) },
      limit: { value: 8, reason: 'circuit breaker closed' },
    });
    expect(poolOrder.map(({ pool }) => pool).toSorted()).toEqual(['g5-od', 'g5-spot', 'inf2-spot']);
    expect(writes).toContainEqual({
      object: 'NodePool g5-od',
      changes: { 'weight/g5-od': { to: pools['g5-od']!.decided.weight!.value }, 'limit/g5-od': { to: 8 } },
    });
    const rule = writes.find(({ object }) => object === ruleName('chat'));
    expect(rule?.changes['share/g5']).toMatchObject({ from: 500 });
  });

  it('shows what was wanted where it is not what was decided', async () => {
    const fake = chatWorld({}, { annotations: { 'adaptive-inference.dev/pause': 'up' } });
    const { units, findings } = await run(fake);
    expect(units.g5).toMatchObject({
      wanted: { floor: { value: expect.any(Number), reason: expect.any(String) } },
      decided: { floor: { reason: expect.stringMatching(/desired, paused up at 1$/) } },
    });
    expect(units.g5!.decided.floor).not.toHaveProperty('value');
    expect(findings).toContainEqual({ code: 'Paused', subject: 'g5 floor', message: expect.stringContaining('paused up') });
  });

  it('shows the shortages with their next probe', async () => {
    const fake = chatWorld();
    addShortageEvent(fake, 'g5-spot-abcde', 'InsufficientInstanceCapacity', { lastTimestamp: rfc3339(NOW_SECONDS - 30) });
    const { shortages, findings } = await run(fake);
    expect(shortages).toEqual([
      expect.objectContaining({ pool: 'g5-spot', zone: 'unknown', failures: 1, nextProbeSeconds: NOW_SECONDS - 30 + 120 }),
    ]);
    expect(findings).toContainEqual(expect.objectContaining({ code: 'Shortage', subject: 'g5-spot' }));
  });

  it('costs no write of its own', async () => {
    const fake = chatWorld();
    await run(fake);
    expect(fake.writes.filter(({ method }) => method === 'kubernetes.replaceStatus')).toHaveLength(1);
  });

  it('stays when the spec is later refused', async () => {
    const fake = chatWorld();
    const before = await run(fake);
    const object = fake.kubernetes.read(resources.inferenceFleets, 'chat', 'default');
    fake.kubernetes.put(resources.inferenceFleets, { ...object, metadata: { ...object.metadata, generation: 2 }, spec: { units: [] } });
    fake.nowSeconds += 60;
    expect(await run(fake)).toEqual(before);
    expect(fake.kubernetes.read(resources.inferenceFleets, 'chat', 'default').status.strategy).toBe('Invalid');
  });
});

describe('the size of the last decision', () => {
  const named = (count: number, prefix: string) => Array.from({ length: count }, (_, index) => `${prefix}-${index}`);

  /** A fleet whose pools are all in shortage in three zones. */
  const fleetWith = (units: number, pools: number): Fleet => {
    const poolNames = named(pools, 'accelerated-computing-pool');
    return fleetOf({
      units: named(units, 'deployment-unit').map((name) => unitOf(name, { pools: poolNames.slice(0, 50) })),
      pools: poolNames.map((name) => poolOf(name)),
    });
  };

  const recordOf = (fleet: Fleet, reason = ''): LastDecision => {
    const observed = observationOf(
      fleet,
      {},
      Object.fromEntries(fleet.pools.map(({ name }) => [name, { failures: ['a', 'b', 'c'].map((zone) => failure(NOW - 10, zone)) }])),
    );
    const decision = decide([inputOf(fleet)], observed);
    const [own] = decision.fleets;
    const findings = own!.findings.map((finding) => ({ ...finding, message: `${finding.message}${reason}` }));
    return lastDecision(decidedFleet(fleet, { ...own!, fleet: fleetKey(fleet), findings }, decision.pools, observed), [], 'schedule');
  };

  const bytesOf = (record: LastDecision): number => Buffer.byteLength(JSON.stringify(record));

  it('of five units on six pools is whole, a fraction of the bound', () => {
    const record = recordOf(fleetWith(5, 6));
    expect(record.cut).toBeUndefined();
    expect(bytesOf(record)).toBeLessThan(MAX_RECORD_BYTES / 3);
  });

  it.each([
    [20, 20],
    [50, 50],
    [50, 100],
  ])('of %i units on %i pools in shortage stays within the bound, and the record says what was left out', (units, pools) => {
    const record = recordOf(fleetWith(units, pools), ' 例'.repeat(100));
    expect(bytesOf(record)).toBeLessThanOrEqual(MAX_RECORD_BYTES);
    expect(record.cut?.[0]).toBe('advisory signals');
    expect(record).toMatchObject({ strategy: 'CapacityOptimized', policy: 'TwoMode' });
    expect(record.findings.length).toBeGreaterThan(0);
  });

  it('cuts long texts of services and people', () => {
    const { findings } = recordOf(fleetWith(1, 1), 'x'.repeat(5000));
    expect(Math.max(...findings.map(({ message }) => message.length))).toBe(240);
  });
});
