import { describe, expect, it } from 'vitest';
import { resources } from '../../../../lambda/control-loop/contract/names';
import { KubernetesError } from '../../../../lambda/control-loop/errors';
import { createTickCaches, tick } from '../../../../lambda/control-loop/tick';
import type { FakePorts } from '../../../support/fake-ports';
import { chatWorld } from '../../../support/fake-world';

const COST = 'controller.kubernetes.io/pod-deletion-cost';

/** One pod of g5 on spot and two on demand; spot costs 40 % of that. */
const world = (): FakePorts => chatWorld({}, { ready: { g5: { 'g5-spot': 1, 'g5-od': 2 } } });

const run = (fake: FakePorts) =>
  tick(fake.ports, { deadlineSeconds: fake.nowSeconds + 50, trigger: 'schedule', caches: createTickCaches() });

const costs = (fake: FakePorts) =>
  Object.fromEntries(fake.kubernetes.all(resources.pods).map(({ metadata }) => [metadata.name, metadata.annotations?.[COST]]));

const annotate = (fake: FakePorts, name: string, annotations: Readonly<Record<string, string>>): void => {
  const pod = fake.kubernetes.read(resources.pods, name, 'default');
  fake.kubernetes.put(resources.pods, { ...pod, metadata: { ...pod.metadata, annotations } });
};

const podWrites = (fake: FakePorts) => fake.writes.filter(({ args }) => (args[0] as { plural?: string }).plural === 'pods');

describe('the deletion cost of pods', () => {
  it('is written where a pod costs more than another of its unit could, and once', async () => {
    const fake = world();
    const { writes } = await run(fake);
    expect(costs(fake)).toMatchObject({ 'g5-g5-spot-0': undefined, 'g5-g5-od-0': '-1', 'g5-g5-od-1': '-1' });
    expect(writes.filter(({ object }) => object.startsWith('Pod '))).toEqual([
      expect.objectContaining({ object: 'Pod default/g5-g5-od-0', fields: { deletionCost: '-1' }, previous: {}, outcome: 'Done' }),
      expect.objectContaining({ object: 'Pod default/g5-g5-od-1', fields: { deletionCost: '-1' }, previous: {}, outcome: 'Done' }),
    ]);
    fake.restart();
    fake.nowSeconds += 60;
    await run(fake);
    expect(podWrites(fake)).toEqual([]);
  });

  it('keeps other annotations, and is taken back when prices turn', async () => {
    const fake = world();
    annotate(fake, 'g5-g5-spot-0', { 'example.com/owner': 'us', [COST]: '-1' });
    await run(fake);
    const { annotations } = fake.kubernetes.read(resources.pods, 'g5-g5-spot-0', 'default').metadata;
    expect(annotations).toEqual({ 'example.com/owner': 'us', [COST]: '0' });
  });

  it('is left alone where somebody else has set one', async () => {
    const fake = world();
    annotate(fake, 'g5-g5-od-0', { [COST]: '1000' });
    annotate(fake, 'g5-g5-od-1', { [COST]: '-1000' });
    await run(fake);
    expect(costs(fake)).toMatchObject({ 'g5-g5-od-0': '1000', 'g5-g5-od-1': '-1000' });
    expect(podWrites(fake)).toEqual([]);
  });

  it('is not written to a pod that was made anew meanwhile, and that is no failure', async () => {
    const fake = world();
    fake.beforeWrite.set(2, () => {
      const { metadata, ...pod } = fake.kubernetes.read(resources.pods, 'g5-g5-od-0', 'default');
      fake.kubernetes.remove(resources.pods, metadata.name, 'default');
      fake.kubernetes.put(resources.pods, { ...pod, metadata: { name: metadata.name, namespace: 'default', labels: metadata.labels! } });
    });
    const { writes } = await run(fake);
    expect(costs(fake)['g5-g5-od-0']).toBeUndefined();
    expect(writes.every(({ outcome }) => outcome === 'Done')).toBe(true);
  });

  it('that may not be written costs nothing but the order', async () => {
    const fake = world();
    fake.failures.set('kubernetes.jsonPatch pods', new KubernetesError('forbidden', 403));
    const { writes, fleets } = await run(fake);
    expect(writes.filter(({ outcome }) => outcome === 'Failed').map(({ object }) => object)).toEqual([
      'Pod default/g5-g5-od-0',
      'Pod default/g5-g5-od-1',
    ]);
    expect(fleets[0]!.outcome).toBe('Acted');
  });
});
