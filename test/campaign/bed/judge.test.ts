import { describe, expect, it } from 'vitest';
import { resources } from '../../../lambda/control-loop/contract/names';
import type { KubernetesObject } from '../../../lambda/control-loop/ports';
import type { TickRecord } from '../../../lambda/control-loop/tick';
import { chatSpec, chatWorld, ruleArn, targetGroupArn } from '../../support/fake-world';
import { INVARIANTS } from '../invariants';
import { contestedIn, DeadUnits, outOfBounds, secretsIn, troubleIn } from './judge';
import { Recorder } from './recorder';

describe('secrets', () => {
  it.each([
    ['a token of EKS', 'authorization: Bearer k8s-aws-v1.aHR0cHM6Ly9zdHM'],
    ['a signature', 'https://sts.amazonaws.com/?X-Amz-Signature=0a1b2c'],
    ['a session token', 'X-Amz-Security-Token=IQoJb3Jp'],
    ['a bearer token of another kind', 'Bearer eyJhbGciOi.J9'],
  ])('are found: %s', (_, text) => {
    expect(secretsIn(`{"message":"${text}"}`)).not.toEqual([]);
  });

  it('are found by their text, and shown in part', () => {
    expect(secretsIn('token 0123456789abcdef', ['0123456789abcdef'])).toEqual(['012345...']);
  });

  it('are not seen where there are none', () => {
    expect(secretsIn('401 Unauthorized: the token was refused twice: look at the access entry of its role', ['secret'])).toEqual([]);
  });
});

const record = (change: Partial<TickRecord>): TickRecord =>
  ({
    fleets: [{ fleet: 'default/chat', outcome: 'Acted' }],
    writes: [],
    decision: { fleets: [{ fleet: 'default/chat', findings: [] }], pools: {} },
    ...change,
  }) as unknown as TickRecord;

const fleetWith = (...conditions: readonly (readonly [string, string])[]): KubernetesObject => ({
  metadata: { name: 'chat' },
  status: { conditions: conditions.map(([type, status]) => ({ type, status, message: 'why' })) },
});

const write = (outcome: TickRecord['writes'][number]['outcome']) => ({
  fleets: ['default/chat'],
  object: 'NodePool g5-spot',
  fields: { limit: '8' },
  previous: {},
  outcome,
  message: 'conflict',
});

describe('a tick', () => {
  it('is without trouble where all was seen, decided and written', () => {
    expect(
      troubleIn(record({ writes: [write('Done')] }), fleetWith(['Valid', 'True'], ['Observed', 'True'], ['Contested', 'False'])),
    ).toEqual([]);
  });

  it.each<[string, TickRecord, KubernetesObject]>([
    ['an outcome', record({ fleets: [{ fleet: 'default/chat', outcome: 'Conflict' }] }), fleetWith()],
    ['a write', record({ writes: [write('Failed')] }), fleetWith()],
    ['signals', record({}), fleetWith(['Observed', 'False'])],
    ['the spec', record({}), fleetWith(['Valid', 'False'])],
  ])('is in trouble by %s', (_, tick, fleet) => {
    expect(troubleIn(tick, fleet)).toHaveLength(1);
  });

  it('tells contested fields from trouble, also those that only the API server refused', () => {
    const tick = record({ writes: [write('Contested')] });
    expect(troubleIn(tick, fleetWith())).toEqual([]);
    expect(contestedIn(tick)).toEqual(['NodePool g5-spot limit: conflict']);
  });
});

describe('bounds', () => {
  const planned = { name: 'chat', namespace: 'default', spec: chatSpec() };
  const scaler = (name: string, minReplicaCount: number): KubernetesObject => ({ metadata: { name }, spec: { minReplicaCount } });
  const pool = (name: string, device: string, limit: string): KubernetesObject => ({
    metadata: { name },
    spec: { limits: { [device]: limit } },
  });
  const sound = {
    scalers: [scaler('inf2', 1), scaler('g5', 2)],
    pools: [pool('inf2-spot', 'aws.amazon.com/neuron', '8'), pool('g5-spot', 'nvidia.com/gpu', '8'), pool('g5-od', 'nvidia.com/gpu', '8')],
    weights: { inf2: 0, g5: 1 },
  };
  const judged = ({ scalers, pools, weights }: typeof sound) => outOfBounds(planned, scalers, pools, weights);

  it('hold a sound fleet', () => {
    expect(judged(sound)).toEqual([]);
  });

  it.each<[string, Partial<typeof sound>]>([
    ['a floor below the minimum', { scalers: [scaler('inf2', 0), scaler('g5', 1)] }],
    ['a limit above the maximum', { pools: [...sound.pools.slice(0, 2), pool('g5-od', 'nvidia.com/gpu', '9')] }],
    ['no limit', { pools: sound.pools.slice(0, 2) }],
    ['weights that are all zero', { weights: { inf2: 0, g5: 0 } }],
  ])('do not hold %s', (_, change) => {
    expect(judged({ ...sound, ...change })).toHaveLength(1);
  });
});

describe('a dead unit', () => {
  const weights = { inf2: 600, g5: 399 };

  it('that keeps traffic beside a living one for two ticks is blamed, once', () => {
    const dead = new DeadUnits();
    const judge = () => dead.judge(true, { inf2: 0, g5: 3 }, { inf2: 0, g5: 3 }, weights);
    expect([judge(), judge(), judge()].map((found) => found.length)).toEqual([0, 1, 0]);
  });

  it.each<[string, Parameters<DeadUnits['judge']>]>([
    ['the loop cannot see it', [false, { inf2: 0, g5: 3 }, { inf2: 0, g5: 3 }, weights]],
    ['no other unit lives', [true, { inf2: 0, g5: 0 }, { inf2: 0, g5: 0 }, weights]],
    ['the other dies meanwhile', [true, { inf2: 0, g5: 3 }, { inf2: 0, g5: 0 }, weights]],
    ['it comes back meanwhile', [true, { inf2: 0, g5: 3 }, { inf2: 1, g5: 3 }, weights]],
    ['it has left the rule', [true, { inf2: 0, g5: 3 }, { inf2: 0, g5: 3 }, { inf2: 0, g5: 999 }]],
  ])('is not blamed where %s', (_, given) => {
    const dead = new DeadUnits();
    expect([dead.judge(...given), dead.judge(...given), dead.judge(...given)]).toEqual([[], [], []]);
  });
});

describe('the recorder', () => {
  const before = new Map<string, unknown>([
    ['nodepools /g5-od/spec/limits/nvidia.com/gpu', '8'],
    [`rule ${ruleArn('chat')} ${targetGroupArn('g5')}`, 400],
  ]);
  const recorded = () => {
    const fake = chatWorld();
    const recorder = new Recorder(chatSpec());
    recorder.begin(before);
    return { recorder, ports: recorder.wrap(fake.ports) };
  };

  it('keeps what a write changes, also where it is refused', async () => {
    const { recorder, ports } = recorded();
    const manifest = { metadata: { name: 'g5-od' }, spec: { weight: 101, limits: { 'nvidia.com/gpu': '99' } } };
    await ports.kubernetes.apply(resources.nodePools, manifest, 'loop').catch(() => undefined);
    // The field of a pod that is the loop's own, as a JSON Patch names it.
    const path = '/metadata/annotations/controller.kubernetes.io~1pod-deletion-cost';
    await ports.kubernetes.jsonPatch(resources.pods, 'any', 'default', [{ op: 'add', path, value: '-1' }]).catch(() => undefined);
    const tick = {
      world: { fleets: [{ name: 'chat', namespace: 'default', spec: chatSpec() }] },
      before,
      after: recorder.after,
      ready: {},
      refused: {},
      blinded: new Set<string>(),
    };
    const broken = Object.entries(INVARIANTS).flatMap(([name, judge]) => (judge(tick).length > 0 ? [name] : []));
    expect(broken).toEqual([
      'weights of pools are whole numbers from 1 to 100',
      'limits of pools are from 0 to the maximum that the fleets state',
    ]);
  });

  it('judges a write by what the loop saw, where another writer was faster', async () => {
    const { recorder, ports } = recorded();
    const path = '/spec/minReplicaCount';
    const place = `scaledobjects default/chat-g5${path}`;
    recorder.begin(new Map([...before, [place, 6]]));
    // Since then somebody has set it to 1, and the loop raises it.
    const raise = [
      { op: 'test', path, value: 1 },
      { op: 'replace', path, value: 5 },
    ] as const;
    await ports.kubernetes.jsonPatch(resources.scaledObjects, 'chat-g5', 'default', raise).catch(() => undefined);
    expect([recorder.before.get(place), recorder.after.get(place)]).toEqual([1, 5]);
  });

  it('kills the loop at a write: that one and all that follows is refused', async () => {
    const { recorder, ports } = recorded();
    recorder.killAtWrite(2);
    const create = () => ports.kubernetes.create(resources.events, { metadata: { name: 'one', namespace: 'default' } });
    await create();
    await expect(create()).rejects.toThrow('killed');
    await expect(ports.kubernetes.list(resources.pods)).rejects.toThrow('killed');
  });
});
