import { beforeEach, describe, expect, it } from 'vitest';
import { resources } from '../../lambda/control-loop/contract/names';
import type { KubernetesObject } from '../../lambda/control-loop/ports';
import type { TickRecord } from '../../lambda/control-loop/tick';
import { create } from './cluster/definitions';
import { until } from './cluster/wait';
import { useCluster } from './support/bed';
import { addChatFleet, type ChatFleet, putTraffic } from './support/fleet';
import { createLoop, type Loop } from './support/loop';
import { grantLoopRights } from './support/loop-rights';
import { autoscalerOf } from './support/scaler';
import { isRunning, podsOf } from './support/workload';

let fleet: ChatFleet;
let loop: Loop;

const UNITS = ['inf2', 'g5'];
const SCALER = 'chat-g5';

const bed = useCluster({ keda: true }, async (started) => {
  fleet = await addChatFleet(started);
  await grantLoopRights(started);
  loop = createLoop(started);
  await until('a running pod of each unit', 120, async () => {
    const pods = await Promise.all(UNITS.map((unit) => podsOf(started, { fleet: fleet.name, unit })));
    return pods.every((list) => list.some(isRunning));
  });
});

/** A load, and a tick under it. */
const tickAt = async (requestsPerMinute: number): Promise<TickRecord> => {
  bed().aws.metrics.clear();
  for (const unit of UNITS) putTraffic(bed(), fleet.router, unit, { requestsPerMinute, latencySeconds: 0.5, healthyHosts: 1 });
  return loop.tick();
};

const scaler = (): Promise<KubernetesObject> => bed().api.get(resources.scaledObjects, SCALER, 'default');
const floor = async (): Promise<number> => (await scaler()).spec.minReplicaCount;
const change = (body: unknown): Promise<KubernetesObject> => bed().api.patch(resources.scaledObjects, SCALER, 'default', body);

const adopt = (): Promise<KubernetesObject> => {
  const annotations = { 'adaptive-inference.dev/adopt': `floor/g5 at ${new Date().toISOString()}` };
  return bed().api.patch(resources.inferenceFleets, 'chat', 'default', { metadata: { annotations } });
};

const said = ({ decision }: TickRecord, code: string): readonly string[] =>
  decision.fleets[0]!.findings.filter((finding) => finding.code === code).map(({ subject, message }) => `${subject}: ${message}`);

beforeEach(async () => {
  await change({ metadata: { annotations: { 'autoscaling.keda.sh/paused': null } }, spec: { maxReplicaCount: 10 } });
});

describe('the own maximum of a ScaledObject', () => {
  it('below the floor that is wanted is respected, and everything else is still written', async () => {
    await change({ spec: { minReplicaCount: 1, maxReplicaCount: 2 } });
    const record = await tickAt(600);
    expect(said(record, 'Scaler')).toEqual(['g5: ScaledObject chat-g5 allows 2 pods, the fleet 10: the smaller number counts']);
    // KEDA's own rule refuses a minimum above the maximum.
    expect(record.writes.filter(({ outcome }) => outcome !== 'Done')).toEqual([]);
    expect(await floor()).toBeLessThanOrEqual(2);
  });
});

describe('a write that an admission policy refuses', () => {
  const NAME = 'floors-of-two';
  const GROUP = 'admissionregistration.k8s.io/v1';
  const policy = [
    {
      apiVersion: GROUP,
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name: NAME },
      spec: {
        matchConstraints: {
          resourceRules: [{ apiGroups: ['keda.sh'], apiVersions: ['v1alpha1'], operations: ['UPDATE'], resources: ['scaledobjects'] }],
        },
        validations: [{ expression: 'object.spec.minReplicaCount <= 2', message: 'two pods are enough', reason: 'Forbidden' }],
      },
    },
    {
      apiVersion: GROUP,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name: NAME },
      spec: { policyName: NAME, validationActions: ['Deny'] },
    },
  ];
  const applied = async () =>
    (await fleet.read()).status.conditions.find(({ type }: { readonly type: string }) => type === 'Applied') as {
      readonly status: string;
      readonly reason: string;
      readonly message: string;
    };

  it('is in the status of the fleet, with field and cause, until it succeeds', async () => {
    await change({ spec: { minReplicaCount: 1 } });
    await adopt();
    try {
      for (const object of policy) await create(bed().kubectl, object);
      // The API server takes a policy into use within seconds.
      await until(
        'the policy to be in use',
        60,
        async () => (await change({ spec: { minReplicaCount: 3 } }).catch(() => undefined)) === undefined,
      );
      if ((await floor()) > 1) await change({ spec: { minReplicaCount: 1 } });
      await adopt();
      await tickAt(600);
      const refused = await applied();
      expect(refused).toMatchObject({ status: 'False', reason: 'WriteFailed' });
      expect(refused.message).toMatch(/ScaledObject default\/chat-g5 floor from 1 to \d+.*: Failed, .*two pods are enough/);
    } finally {
      for (const { kind } of policy) await bed().kubectl(['delete', kind, NAME]);
    }
    await until('the policy to be out of use', 60, async () => {
      await tickAt(600);
      return (await applied()).status === 'True';
    });
    expect(await applied()).toMatchObject({ reason: 'AsDecided' });
    expect(await floor()).toBeGreaterThan(2);
  });
});

describe('a ScaledObject that is paused', () => {
  it('has no autoscaler any more, and its floor is left as it is', async () => {
    await change({ spec: { minReplicaCount: 1 } });
    await tickAt(60);
    const before = await floor();
    await change({ metadata: { annotations: { 'autoscaling.keda.sh/paused': 'true' } } });
    await until('KEDA to delete the autoscaler', 60, async () => (await autoscalerOf(bed())) === undefined);
    const record = await tickAt(600);
    expect(said(record, 'Scaler')[0]).toMatch(/^g5: autoscaling\.keda\.sh\/paused holds it at the pods that it has/);
    expect(await floor()).toBe(before);
  });
});

describe('a ScaledObject that is deleted and made anew', () => {
  it('is adopted as it is found', async () => {
    await tickAt(600);
    await tickAt(600);
    const { metadata, spec, apiVersion, kind } = await scaler();
    await bed().api.remove(resources.scaledObjects, SCALER, 'default');
    await until(
      'the ScaledObject to be gone',
      60,
      async () => (await bed().api.find(resources.scaledObjects, SCALER, 'default')) === undefined,
    );
    const { name, namespace } = metadata;
    await create(bed().kubectl, { apiVersion, kind, metadata: { name, namespace }, spec: { ...spec, minReplicaCount: 0 } });
    const record = await tickAt(600);
    expect(said(record, 'Contested')).toEqual([]);
    expect(await floor()).toBeGreaterThan(0);
  });
});

describe('a floor that someone puts back', () => {
  it('is contested the third time, and the loop’s again when an operator says adopt', async () => {
    await adopt();
    const contested: boolean[] = [];
    for (let tick = 0; tick < 4; tick += 1) {
      await change({ spec: { minReplicaCount: 1 } });
      const record = await tickAt(600);
      contested.push(said(record, 'Contested').some((line) => line.startsWith('g5 floor')));
    }
    expect(contested).toEqual([false, false, false, true]);
    expect(await floor()).toBe(1);
    await adopt();
    const record = await tickAt(600);
    expect(said(record, 'Contested').filter((line) => line.startsWith('g5 floor'))).toEqual([]);
    expect(await floor()).toBeGreaterThan(1);
  });
});

describe('the clock of the API server', () => {
  it('is told from the time that it notes for the status, which agrees with the loop’s on one machine', async () => {
    const record = await tickAt(60);
    expect(record.observation.clockOffsetSeconds).toBeUndefined();
    const { metadata, status } = await fleet.read();
    const noted = (metadata.managedFields ?? []).filter((entry) => (entry as { readonly subresource?: string }).subresource === 'status');
    expect(noted).toHaveLength(1);
    const seconds = Date.parse((noted[0] as { readonly time: string }).time) / 1000 - Date.parse(status.lastTickTime) / 1000;
    expect(Math.abs(seconds)).toBeLessThan(60);
  });
});

describe('a NodePool whose node class is gone', () => {
  it('launches nothing, is limited to what runs, and is said', async () => {
    await tickAt(60);
    const { spec } = await bed().api.get(resources.nodePools, 'g5-spot');
    const name = 'gone';
    await bed().api.patch(resources.nodePools, 'g5-spot', undefined, {
      spec: { template: { spec: { nodeClassRef: { ...spec.template.spec.nodeClassRef, name } } } },
    });
    const record = await until('the loop to say so', 300, async () => {
      const one = await tickAt(60);
      return said(one, 'NodePool').length > 0 && one;
    });
    expect(said(record, 'NodePool')[0]).toMatch(/^g5-spot: Karpenter launches nothing for it: /);
    const { runningDevices } = record.observation.pools['g5-spot']!;
    expect(record.decision.pools['g5-spot']!.limitDevices.value).toBe(runningDevices.known ? runningDevices.value : undefined);
  });
});
