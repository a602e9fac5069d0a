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
