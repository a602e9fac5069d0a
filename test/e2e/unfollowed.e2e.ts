import { afterAll, beforeAll, expect, it } from 'vitest';
import type { FleetSpecInput } from '../../lambda/control-loop/api';
import { resources } from '../../lambda/control-loop/contract/names';
import type { TickRecord } from '../../lambda/control-loop/tick';
import { create } from './cluster/definitions';
import { until } from './cluster/wait';
import { describeOnTestBed, useTestBed } from './support/bed';
import { addChatFleet, addUnitToChat, type ChatFleet, putTraffic } from './support/fleet';
import { createLoop } from './support/loop';
import { grantLoopRights } from './support/loop-rights';
import { startTicking, type Ticking } from './support/ticking';
import { isRunning, podsOf } from './support/workload';

/**
 * Floors that are written, and that nothing follows: a quota refuses the pods of one unit, an admission policy the replicas of another.
 * The loop waits a cold start and three minutes, then a third unit gets what they cannot serve.
 */

const LIGHT = 60;
const HEAVY = 900;
const UNFOLLOWED_SECONDS = 260;
const POLICY = 'no-more-replicas';
const QUOTA = 'neuron';
const ADMISSION = 'admissionregistration.k8s.io/v1';
const UNITS = ['inf2', 'g5', 'g6'] as const;
type UnitName = (typeof UNITS)[number];

/** Lets the unit inf2 have so many pods and no more. */
const quotaOf = (pods: number) => ({
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: { name: QUOTA, namespace: 'default' },
  spec: { hard: { 'requests.aws.amazon.com/neuron': String(pods) } },
});

/** Lets the Deployment of the unit g5 have so many replicas and no more. */
const policyOf = (pods: number) => [
  {
    apiVersion: ADMISSION,
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name: POLICY },
    spec: {
      matchConstraints: {
        resourceRules: [{ apiGroups: ['apps'], apiVersions: ['v1'], operations: ['UPDATE'], resources: ['deployments/scale'] }],
      },
      validations: [{ expression: `object.metadata.name != 'chat-g5' || object.spec.replicas <= ${pods}`, message: 'no more' }],
    },
  },
  {
    apiVersion: ADMISSION,
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name: POLICY },
    spec: { policyName: POLICY, validationActions: ['Deny'] },
  },
];

let fleet: ChatFleet;
let ticking: Ticking;
let requestsPerMinute = LIGHT;

const bed = useTestBed('set quotas and admission policies', { keda: true }, async (started) => {
  fleet = await addChatFleet(started);
  await addUnitToChat(started, fleet, 8);
  // The wait is for as long as a cold start and three minutes.
  const { units } = (await fleet.read()).spec as FleetSpecInput;
  const quick = units.map((unit) => ({ ...unit, profile: { ...unit.profile, coldStartSeconds: 10 } }));
  await started.api.patch(resources.inferenceFleets, 'chat', 'default', { spec: { units: quick } });
  await grantLoopRights(started);
  await until('a running pod of each unit', 120, async () => (await readyPods()).every((pods) => pods > 0));
  const loop = createLoop(started);
  ticking = startTicking({ ...loop, tick: (options) => load().then(() => loop.tick(options)) }, { everySeconds: 2 });
});

afterAll(() => ticking?.stop());

const readyPods = (): Promise<readonly number[]> =>
  Promise.all(UNITS.map(async (unit) => (await podsOf(bed(), { fleet: 'chat', unit })).filter(isRunning).length));

/** Demand, as the units get it by their weights and have it answered by their ready pods. */
const load = async (): Promise<void> => {
  const weights = await fleet.router.weights();
  const ready = await readyPods();
  const total = Object.values(weights).reduce((sum, weight) => sum + weight, 0);
  bed().aws.metrics.clear();
  UNITS.forEach((unit, index) => {
    const own = (requestsPerMinute * (weights[unit] ?? 0)) / total;
    putTraffic(bed(), fleet.router, unit, { requestsPerMinute: Math.round(own), latencySeconds: 0.5, healthyHosts: ready[index]! });
  });
};

const last = (): TickRecord | undefined => ticking.records.at(-1);
const said = (code: string): readonly string[] =>
  (last()?.decision.fleets[0]?.findings ?? [])
    .filter((finding) => finding.code === code)
    .map(({ subject, message }) => `${subject}: ${message}`);
const floorOf = async (unit: UnitName): Promise<number> =>
  (await bed().api.get(resources.scaledObjects, `chat-${unit}`, 'default')).spec.minReplicaCount;

describeOnTestBed('a floor that nothing follows', () => {
  let before: readonly number[];
  let sinceSeconds: number;
  const ofInf2 = () => before[0]!;
  const ofG5 = () => before[1]!;

  beforeAll(async () => {
    before = await until('floors for a light load, reached', 180, async () => {
      const floors = await Promise.all(UNITS.map(floorOf));
      const ready = await readyPods();
      return ticking.records.length > 5 && floors.every((floor, index) => floor === ready[index]) && ready;
    });
    for (const object of [quotaOf(ofInf2()), ...policyOf(ofG5())]) await create(bed().kubectl, object);
    await until('the policy to be in use', 60, async () => {
      const { code } = await bed().kubectl.attempt(['scale', 'deployment', 'chat-g5', '--replicas=9', '--dry-run=server']);
      return code !== 0;
    });
    sinceSeconds = Date.now() / 1000;
    requestsPerMinute = HEAVY;
    await until(
      'floors above the pods that there are',
      60,
      async () => (await floorOf('inf2')) > ofInf2() && (await floorOf('g5')) > ofG5(),
    );
  });

  it('is said after a cold start and three minutes: that of the policy as what does not follow, that of the quota as what waits', async () => {
    await until('the finding', UNFOLLOWED_SECONDS, () => said('Unfollowed').length > 0, { pollSeconds: 1 });
    expect(Date.now() / 1000 - sinceSeconds).toBeGreaterThan(180);
    expect(said('Unfollowed')).toEqual([
      expect.stringMatching(
        new RegExp(`^g5: does not follow: asked for \\d+ pods, its Deployment has had ${ofG5()} for 3 min; FailedUpdateScale: .*forbidden`),
      ),
    ]);
    expect(said('Waiting')).toEqual([
      expect.stringMatching(/^inf2: \d+ pods? (has|have) waited up to \d+ min, FailedCreate: .*exceeded quota: neuron/),
    ]);
    expect(last()!.writes.filter(({ outcome }) => outcome !== 'Done')).toEqual([]);
  });

  it('is no capacity: the unit that follows grows for both, and they are asked on', async () => {
    // What a pod of each answers, by its profile.
    const others = ofInf2() * 105 + ofG5() * 90;
    await until('pods of the third unit for what the others cannot serve', 180, async () => {
      const [, , ready] = await readyPods();
      return ready! * 80 >= HEAVY - others && ready! > before[2]!;
    });
    expect(await readyPods()).toEqual([ofInf2(), ofG5(), expect.any(Number)]);
    expect(await floorOf('inf2')).toBeGreaterThan(ofInf2());
    expect(await floorOf('g5')).toBeGreaterThan(ofG5());
    const { floor } = last()!.decision.fleets[0]!.units.g5!;
    expect(floor.reason).toMatch(new RegExp(`^its Deployment has ${ofG5()} of \\d+ pods, which it is asked for until it follows$`));
  });

  it('is an Event', async () => {
    const { items } = await bed().api.list(resources.events, {
      namespace: 'default',
      fieldSelector: 'involvedObject.kind=InferenceFleet,reason=FloorUnfollowed',
    });
    expect(items.map(({ message }) => message)).toEqual([expect.stringContaining('g5: does not follow')]);
  });

  it('is over when it follows again', async () => {
    for (const { kind } of policyOf(0)) await bed().kubectl(['delete', kind, POLICY]);
    await bed().kubectl(['delete', 'resourcequota', QUOTA, '--namespace', 'default']);
    await until('nothing that does not follow', 240, () => said('Unfollowed').length === 0 && said('Waiting').length === 0, {
      explain: () => JSON.stringify([said('Unfollowed'), said('Waiting')]),
    });
    await until('pods for each floor', 180, async () => {
      const floors = await Promise.all(UNITS.map(floorOf));
      return (await readyPods()).every((ready, index) => ready >= floors[index]!);
    });
    expect(ticking.errors).toEqual([]);
  });
});
