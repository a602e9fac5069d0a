import { describe, expect, it } from 'vitest';
import { known, unknown } from '../../../../lambda/control-loop/model/observation';
import { countPods, readPod } from '../../../../lambda/control-loop/observe/pods';
import { withUncreated } from '../../../../lambda/control-loop/observe/waiting-pods';
import type { KubernetesObject } from '../../../../lambda/control-loop/ports';

/** 2026-03-01T12:00:00Z and later. */
const at = (minute: number): string => `2026-03-01T12:${String(minute).padStart(2, '0')}:00Z`;
const secondsAt = (minute: number): number => 1_772_366_400 + 60 * minute;

const pod = (name: string, createdMinute: number | undefined, status: object): KubernetesObject => ({
  metadata: {
    name,
    namespace: 'default',
    ...(createdMinute !== undefined && { creationTimestamp: at(createdMinute) }),
    labels: { 'adaptive-inference.dev/fleet': 'chat', 'adaptive-inference.dev/unit': 'g5' },
  },
  spec: {},
  status,
});

const waitingOf = (...pods: readonly KubernetesObject[]) => countPods(pods.map(readPod)).get('default/chat/g5')?.waiting;

const unschedulable = (message: string) => ({
  phase: 'Pending',
  conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }],
});
const scheduled = (minute: number) => ({ type: 'PodScheduled', status: 'True', lastTransitionTime: at(minute) });
const notReady = { type: 'Ready', status: 'False', reason: 'ContainersNotReady', message: 'containers with unready status: [server]' };

// Statuses as the API server of Kubernetes 1.35 shows them.
describe('a pod that is not ready', () => {
  it('without a node waits since its creation, with what the scheduler says', () => {
    expect(waitingOf(pod('a', 5, unschedulable('0/3 nodes are available: 3 Insufficient nvidia.com/gpu.')))).toEqual([
      {
        reason: 'Unschedulable',
        message: '0/3 nodes are available: 3 Insufficient nvidia.com/gpu.',
        pods: 1,
        sinceSeconds: secondsAt(5),
      },
    ]);
  });

  it('with a node waits since it got it: for its image, then for its readiness probe', () => {
    const creating = {
      phase: 'Pending',
      conditions: [scheduled(9), notReady],
      containerStatuses: [{ restartCount: 0, state: { waiting: { reason: 'ContainerCreating' } } }],
    };
    const loading = { phase: 'Running', conditions: [scheduled(9), notReady], containerStatuses: [{ state: { running: {} } }] };
    expect(waitingOf(pod('a', 1, creating))).toEqual([{ reason: 'ContainerCreating', message: '', pods: 1, sinceSeconds: secondsAt(9) }]);
    expect(waitingOf(pod('a', 1, loading))).toEqual([
      { reason: 'ContainersNotReady', message: 'containers with unready status: [server]', pods: 1, sinceSeconds: secondsAt(9) },
    ]);
  });

  it('whose image cannot be pulled is failing, an init container included', () => {
    const cause = { reason: 'ImagePullBackOff', message: 'Back-off pulling image "example/chat:typo"' };
    const status = (key: string) => ({ phase: 'Pending', conditions: [scheduled(2)], [key]: [{ state: { waiting: cause } }] });
    const expected = [{ ...cause, pods: 1, sinceSeconds: secondsAt(2), isFailing: true }];
    expect(waitingOf(pod('a', 1, status('containerStatuses')))).toEqual(expected);
    expect(waitingOf(pod('a', 1, status('initContainerStatuses')))).toEqual(expected);
  });

  it('that crashes again and again is in a crash loop, also while its container runs for a moment', () => {
    const backOff = 'back-off 40s restarting failed container=server';
    const ended = { restartCount: 3, lastState: { terminated: { reason: 'OOMKilled', exitCode: 137 } } };
    const status = (state: object) => ({
      phase: 'Running',
      conditions: [scheduled(2), notReady],
      containerStatuses: [{ ...ended, state }],
    });
    const message = '3 restarts; last end: OOMKilled, exit code 137';
    const loop = { reason: 'CrashLoopBackOff', pods: 1, sinceSeconds: secondsAt(2), isFailing: true };
    expect(waitingOf(pod('a', 1, status({ waiting: { reason: 'CrashLoopBackOff', message: backOff } })))).toEqual([
      { ...loop, message: `${message}; ${backOff}` },
    ]);
    expect(waitingOf(pod('a', 1, status({ running: {} })))).toEqual([{ ...loop, message }]);
  });

  it('whose container ended once only starts again', () => {
    const container = { restartCount: 1, state: { running: {} }, lastState: { terminated: { reason: 'Error', exitCode: 1 } } };
    const status = { phase: 'Running', conditions: [scheduled(2), notReady], containerStatuses: [container] };
    expect(waitingOf(pod('a', 1, status))).toMatchObject([{ reason: 'ContainersNotReady' }]);
    expect(waitingOf(pod('a', 1, status))![0]).not.toHaveProperty('isFailing');
  });

  it('is counted with those of its reason; the oldest speaks for all', () => {
    const pods = [pod('a', 7, unschedulable('young')), pod('b', 3, unschedulable('old')), pod('c', 5, unschedulable('between'))];
    expect(waitingOf(...pods)).toEqual([{ reason: 'Unschedulable', message: 'old', pods: 3, sinceSeconds: secondsAt(3) }]);
  });

  it('of unknown age is in no group, and a ready one neither', () => {
    const ready = { phase: 'Running', conditions: [scheduled(2), { type: 'Ready', status: 'True', lastTransitionTime: at(4) }] };
    expect(waitingOf(pod('a', undefined, unschedulable('?')), pod('b', 1, ready))).toEqual([]);
  });
});

describe('a replica without a pod', () => {
  const message = 'pods "g5-7" is forbidden: exceeded quota: devices';
  const condition = (status: string) => ({ type: 'ReplicaFailure', status, reason: 'FailedCreate', message, lastTransitionTime: at(4) });
  const deployment = (replicas: number, status: object): KubernetesObject => ({ metadata: { name: 'g5' }, spec: { replicas }, status });

  it('waits with the reason for which the API server refuses its pod', () => {
    expect(withUncreated(known([], 1), deployment(6, { replicas: 4, conditions: [condition('True')] }))).toEqual(
      known([{ reason: 'FailedCreate', message, pods: 2, sinceSeconds: secondsAt(4), isFailing: true }], 1),
    );
  });

  it('is none where every replica has its pod, where nothing failed, and where the Deployment or the pods are unknown', () => {
    expect(withUncreated(known([], 1), deployment(4, { replicas: 4, conditions: [condition('True')] }))).toEqual(known([], 1));
    expect(withUncreated(known([], 1), deployment(6, { replicas: 4, conditions: [condition('False')] }))).toEqual(known([], 1));
    expect(withUncreated(known([], 1), deployment(6, {}))).toEqual(known([], 1));
    expect(withUncreated(known([], 1), undefined)).toEqual(known([], 1));
    expect(withUncreated(unknown('forbidden'), deployment(6, { conditions: [condition('True')] }))).toEqual(unknown('forbidden'));
  });
});

describe('a rollout', () => {
  const text = 'ReplicaSet "chat-g5-7" has timed out progressing.';
  const progressing = (status: string, reason = 'ProgressDeadlineExceeded') => ({
    type: 'Progressing',
    status,
    reason,
    message: text,
    lastTransitionTime: at(4),
  });
  const rollout = (conditions: readonly object[], updatedReplicas = 1): KubernetesObject => ({
    metadata: { name: 'g5' },
    spec: { replicas: 4 },
    status: { replicas: 5, updatedReplicas, unavailableReplicas: 1, conditions },
  });

  it('that stands still because its new pods do not become ready is named, with the old ones that serve on', () => {
    expect(withUncreated(known([], 1), rollout([progressing('False')]))).toEqual(
      known(
        [
          {
            reason: 'ProgressDeadlineExceeded',
            message: `the rollout stands still, and pods of the template before it serve on; ${text}`,
            pods: 1,
            sinceSeconds: secondsAt(4),
            isFailing: true,
          },
        ],
        1,
      ),
    );
  });

  it('that goes on, and a first deployment that is late, are not', () => {
    expect(withUncreated(known([], 1), rollout([progressing('True', 'ReplicaSetUpdated')]))).toEqual(known([], 1));
    expect(withUncreated(known([], 1), rollout([progressing('False')], 5))).toEqual(known([], 1));
  });
});
