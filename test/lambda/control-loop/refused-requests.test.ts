import { describe, expect, it } from 'vitest';
import { resources } from '../../../lambda/control-loop/contract/names';
import { createTickCaches, type TickRecord, tick } from '../../../lambda/control-loop/tick';
import type { FakePorts } from '../../support/fake-ports';
import { addPod, chatWorld, steadyMetrics } from '../../support/fake-world';

/** Every pod of the chat fleet has lost its readiness, and the load balancer answers all of 600 requests a minute with 503. */
const outage = (): FakePorts => {
  const fake = chatWorld({}, { floors: { inf2: 8, g5: 7 } });
  for (const { metadata } of fake.kubernetes.all(resources.pods)) {
    const unit = metadata.labels!['adaptive-inference.dev/unit']!;
    addPod(fake, metadata.name, { fleet: 'chat', unit, isReady: false });
  }
  fake.metric = ({ metricName }) =>
    ({ HealthyHostCount: 0, HTTPCode_ELB_5XX_Count: 600, HTTPCode_ELB_503_Count: 600 })[metricName] ?? undefined;
  return fake;
};

const run = async (fake: FakePorts, ticks: number): Promise<TickRecord> => {
  const caches = createTickCaches();
  let record: TickRecord | undefined;
  for (let count = 0; count < ticks; count += 1) {
    record = await tick(fake.ports, { deadlineSeconds: fake.nowSeconds + 50, trigger: 'schedule', caches });
    fake.nowSeconds += 60;
  }
  return record!;
};

const floorsOf = (fake: FakePorts) =>
  fake.kubernetes.all(resources.scaledObjects).map(({ spec }) => (spec as { minReplicaCount: number }).minReplicaCount);

describe('while the load balancer refuses every request', () => {
  it('what it refuses is the demand, and no floor falls in half an hour', async () => {
    const fake = outage();
    const { observation } = await run(fake, 30);
    const unit = observation.units['default/chat/inf2']!;
    expect(unit.requestsPerMinute.known && unit.requestsPerMinute.value.values.at(-1)).toBe(300);
    const [g5, inf2] = floorsOf(fake);
    expect(inf2).toBeGreaterThanOrEqual(8);
    expect(g5).toBeGreaterThanOrEqual(7);
  });

  it('floors fall again once healthy pods answer and nobody is refused', async () => {
    const fake = outage();
    await run(fake, 5);
    for (const { metadata } of fake.kubernetes.all(resources.pods)) {
      const unit = metadata.labels!['adaptive-inference.dev/unit']!;
      addPod(fake, metadata.name, { fleet: 'chat', unit, node: `${unit}-spot-node-default-chat-${unit}-0` });
    }
    fake.metric = steadyMetrics(30);
    const before = floorsOf(fake);
    await run(fake, 20);
    for (const [index, floor] of floorsOf(fake).entries()) expect(floor).toBeLessThan(before[index]!);
  });
});

describe('requests that are refused in a minute in which every unit had a healthy target', () => {
  /** Few requests, so that floors want to fall; 60 a minute are refused for some time, and at its most each unit had three healthy targets. */
  const world = (minutes: number): FakePorts => {
    const fake = chatWorld({}, { floors: { inf2: 8, g5: 7 }, ready: { inf2: { 'inf2-spot': 3 }, g5: { 'g5-spot': 3 } } });
    const steady = steadyMetrics(10);
    const refusedSince = fake.nowSeconds - 60 * minutes;
    fake.metric = (query, minuteSeconds) => {
      if (query.metricName === 'HealthyHostCount') return 3;
      if (!query.metricName.startsWith('HTTPCode_ELB')) return steady(query, minuteSeconds);
      return minuteSeconds >= refusedSince ? 60 : undefined;
    };
    return fake;
  };

  const floorOf = (fake: FakePorts, unit: string): number =>
    fake.kubernetes.read(resources.scaledObjects, unit, 'default').spec.minReplicaCount;

  it('may be those of a unit that had none for a part of it: no floor falls', async () => {
    const fake = world(3);
    const record = await run(fake, 3);
    expect([floorOf(fake, 'inf2'), floorOf(fake, 'g5')]).toEqual([8, 7]);
    expect(record.decision.fleets[0]!.findings.map(({ message }) => message)).toContainEqual(
      expect.stringMatching(/60 requests\/min are refused, though inf2 has healthy targets$/),
    );
  });

  it('are those of another rule where that goes on for more than ten minutes: floors fall', async () => {
    const fake = world(60);
    await run(fake, 3);
    expect(floorOf(fake, 'inf2')).toBeLessThan(8);
  });

  it('may be those of a unit whose pods came within these minutes: no floor falls', async () => {
    const fake = world(60);
    const [pod] = fake.kubernetes.all(resources.pods);
    const unit = pod!.metadata.labels!['adaptive-inference.dev/unit']!;
    const atSeconds = fake.nowSeconds - 300;
    addPod(fake, pod!.metadata.name, {
      fleet: 'chat',
      unit,
      node: (pod!.spec as { nodeName: string }).nodeName,
      createdSeconds: atSeconds - 60,
      readySeconds: atSeconds,
    });
    await run(fake, 3);
    expect([floorOf(fake, 'inf2'), floorOf(fake, 'g5')]).toEqual([8, 7]);
    await run(fake, 10);
    expect(floorOf(fake, 'inf2')).toBeLessThan(8);
  });
});
