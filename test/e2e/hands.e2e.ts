import { expect, it } from 'vitest';
import { resources } from '../../lambda/control-loop/contract/names';
import type { KubernetesObject, Ports } from '../../lambda/control-loop/ports';
import type { TickRecord } from '../../lambda/control-loop/tick';
import { until } from './cluster/wait';
import { describeOnTestBed, useTestBed } from './support/bed';
import { addChatFleet, type ChatFleet, putTraffic } from './support/fleet';
import { createLoop, type Loop } from './support/loop';
import { grantLoopRights } from './support/loop-rights';
import { nodeClaimsOf } from './support/pools';
import { addDisruptionBudget, isRunning, podsOf } from './support/workload';

/** What people and other controllers do to the objects of a fleet, and what the loop makes of it. */

let fleet: ChatFleet;
let loop: Loop;

const UNITS = ['inf2', 'g5'];
const SCALER = 'chat-g5';

const bed = useTestBed('hold up drains and change objects in mid-tick', { keda: true }, async (started) => {
  fleet = await addChatFleet(started, {}, { replicas: 2 });
  await grantLoopRights(started);
  loop = createLoop(started);
  await until('a running pod of each unit', 120, async () => (await readyPods()).every((pods) => pods > 0));
});

const readyPods = (): Promise<readonly number[]> =>
  Promise.all(UNITS.map(async (unit) => (await podsOf(bed(), { fleet: 'chat', unit })).filter(isRunning).length));

/** A load of each unit, and a tick under it. */
const tickAt = async (requestsPerMinute: number, by: Loop = loop): Promise<TickRecord> => {
  bed().aws.metrics.clear();
  for (const unit of UNITS) putTraffic(bed(), fleet.router, unit, { requestsPerMinute, latencySeconds: 0.5, healthyHosts: 2 });
  return by.tick();
};

const said = ({ decision }: TickRecord, code: string): readonly string[] =>
  decision.fleets[0]!.findings.filter((finding) => finding.code === code).map(({ subject, message }) => `${subject}: ${message}`);

const scaler = (): Promise<KubernetesObject> => bed().api.get(resources.scaledObjects, SCALER, 'default');

const adopt = async (...fields: readonly string[]): Promise<void> => {
  const annotations = { 'adaptive-inference.dev/adopt': `${fields.join(' ')} at ${new Date().toISOString()}` };
  await bed().api.patch(resources.inferenceFleets, 'chat', 'default', { metadata: { annotations } });
};

describeOnTestBed('a drain that is held up', () => {
  const BUDGET = 'poddisruptionbudgets';
  /** Light enough for one unit, so that its floor is reached. */
  const LIGHT = 80;
  const podsOfG5 = async () => (await podsOf(bed(), { fleet: 'chat', unit: 'g5' })).filter(isRunning);
  const claimsOfG5 = async () => [...(await nodeClaimsOf(bed(), 'g5-spot')), ...(await nodeClaimsOf(bed(), 'g5-od'))];
  const namesOf = (objects: readonly KubernetesObject[]) => objects.map(({ metadata }) => metadata.name);

  it('of NodeClaims that someone deleted leaves its pods their traffic, but for the minutes in which it may be a notice of EC2', async () => {
    const old = await until('a floor that is reached', 180, async () => {
      const { decision } = await tickAt(LIGHT);
      const ready = await podsOfG5();
      return ready.length >= 2 && decision.fleets[0]!.units.g5!.floor.value === ready.length && ready;
    });
    await addDisruptionBudget(bed(), { fleet: 'chat', unit: 'g5' });
    await bed().kubectl(['patch', BUDGET, 'chat-g5', '--type=merge', '--patch', '{"spec":{"maxUnavailable":0}}']);
    const claims = await claimsOfG5();
    await Promise.all(claims.map(({ metadata }) => bed().api.remove(resources.nodeClaims, metadata.name)));
    const record = await until('traffic on pods that leave, and pods to take their place', 200, async () => {
      const one = await tickAt(LIGHT);
      const { floor } = one.decision.fleets[0]!.units.g5!;
      return ((await fleet.router.weights()).g5 ?? 0) > 0 && /more while pods leave their nodes/.test(floor.reason) && one;
    });
    expect(record.decision.fleets[0]!.units.g5!.floor.value).toBeGreaterThan(old.length);
    expect(namesOf(await podsOfG5())).toEqual(expect.arrayContaining(namesOf(old)));
    expect(namesOf((await claimsOfG5()).filter(({ metadata }) => metadata.deletionTimestamp !== undefined))).toEqual(
      expect.arrayContaining(namesOf(claims)),
    );
    await bed().kubectl(['delete', BUDGET, 'chat-g5']);
    await until('the old nodes to be gone', 180, async () => {
      await tickAt(LIGHT);
      const now = namesOf(await claimsOfG5());
      return claims.every(({ metadata }) => !now.includes(metadata.name));
    });
  });
});

describeOnTestBed('a controller that touches the metadata of the fleet during each tick', () => {
  it('keeps nothing from being written', async () => {
    let touches = 0;
    const touch = (ports: Ports): Ports => ({
      ...ports,
      kubernetes: {
        ...ports.kubernetes,
        list: async (resource, options) => {
          const page = await ports.kubernetes.list(resource, options);
          if (resource.plural === resources.inferenceFleets.plural) {
            touches += 1;
            await bed().api.patch(resource, 'chat', 'default', { metadata: { annotations: { 'example.com/touched': String(touches) } } });
          }
          return page;
        },
      },
    });
    const touched = createLoop(bed(), { wrap: touch });
    const records: TickRecord[] = [];
    for (const requestsPerMinute of [60, 500, 60]) {
      const before = (await fleet.read()).status.lastTickTime as string;
      records.push(await tickAt(requestsPerMinute, touched));
      expect((await fleet.read()).status.lastTickTime).not.toBe(before);
    }
    expect(touches).toBeGreaterThanOrEqual(3);
    expect(records.map(({ fleets }) => fleets[0]!.outcome)).toEqual(['Acted', 'Acted', 'Acted']);
    const writes = records.flatMap(({ writes: made }) => made);
    expect(writes.length).toBeGreaterThan(0);
    expect(writes.filter(({ outcome }) => outcome !== 'Done')).toEqual([]);
  });
});

describeOnTestBed('fields that someone removes again and again', () => {
  it.each([
    ['limit', '/spec/limits'],
    ['weight', '/spec/weight'],
  ])('are restored, then contested and said: the %s of a NodePool', async (kind, path) => {
    await adopt(`${kind}/g5-od`);
    const contested: boolean[] = [];
    for (let tick = 0; tick < 4; tick += 1) {
      await tickAt(60);
      await bed().api.jsonPatch(resources.nodePools, 'g5-od', undefined, [{ op: 'remove', path }]);
      const record = await tickAt(60);
      contested.push(said(record, 'Contested').some((line) => line.startsWith(`g5-od ${kind}`)));
      if (contested.at(-1)) break;
    }
    expect(contested.at(-1)).toBe(true);
    expect(contested[0]).toBe(false);
    await adopt(`${kind}/g5-od`);
    await tickAt(60);
    const { spec } = await bed().api.get(resources.nodePools, 'g5-od');
    expect(kind === 'limit' ? spec.limits : spec.weight).toBeDefined();
  });
});

describeOnTestBed('a ScaledObject with triggers of Prometheus', () => {
  const prometheus = (threshold: string) => ({
    type: 'prometheus',
    metadata: { serverAddress: 'http://127.0.0.1:9', query: 'up', threshold },
  });
  const targetOf = async (trigger: number, field: string): Promise<number> =>
    Number((await scaler()).spec.triggers[trigger].metadata[field]);

  it('put before ours has its own threshold left, and ours is found behind it', async () => {
    const { triggers } = (await scaler()).spec;
    await bed().api.patch(resources.scaledObjects, SCALER, 'default', { spec: { triggers: [prometheus('7'), ...triggers] } });
    const target = await until('a target to be written', 60, async () => {
      const record = await tickAt(60);
      expect(said(record, 'Contested').filter((line) => line.startsWith('g5 target'))).toEqual([]);
      const { targetThroughputPerMinute: decided } = record.decision.fleets[0]!.units.g5!;
      return (await targetOf(1, 'targetMetricValue')) === decided.value && decided.value;
    });
    expect(target).toBeGreaterThan(0);
    expect(await targetOf(0, 'threshold')).toBe(7);
  });

  it('alone has its threshold steered', async () => {
    // A target is lowered at once, and raised with caution.
    await bed().api.patch(resources.scaledObjects, SCALER, 'default', { spec: { triggers: [prometheus('900')] } });
    await adopt('target/g5');
    const record = await tickAt(60);
    const { value } = record.decision.fleets[0]!.units.g5!.targetThroughputPerMinute;
    expect(value).toBeLessThan(900);
    expect(await targetOf(0, 'threshold')).toBe(value);
  });
});
