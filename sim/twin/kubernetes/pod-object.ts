import { resources } from '../../../lambda/control-loop/contract/names';
import type { KubernetesObject } from '../../../lambda/control-loop/ports';
import { rfc3339 } from './names';
import { condition, deviceResourceOf, podLabels } from './objects';
import { type ContainerState, epochSeconds, type TwinPod, type World } from './world';

const CONTAINER = 'server';

/** A pod as a reader of the API sees it, with the conditions and container statuses by which people find out why it does not serve. */
export const podObject = (pod: TwinPod, world: World): KubernetesObject => {
  const { fleet, unit } = pod;
  const annotations = world.api.read(resources.pods, pod.name, fleet.namespace)?.metadata.annotations;
  return {
    metadata: {
      name: pod.name,
      namespace: fleet.namespace,
      creationTimestamp: rfc3339(epochSeconds(world, pod.createdSeconds)),
      ...(pod.phase === 'terminating' ? { deletionTimestamp: rfc3339(epochSeconds(world)) } : {}),
      labels: podLabels(pod),
      ...(annotations && { annotations }),
      ownerReferences: [{ kind: 'ReplicaSet', name: pod.name.slice(0, pod.name.lastIndexOf('-')), uid: '' }],
    },
    spec: {
      ...(pod.node ? { nodeName: pod.node.nodeName } : {}),
      containers: [{ name: CONTAINER, resources: { limits: { [deviceResourceOf(pod)]: String(unit.devicesPerPod) } } }],
    },
    status: {
      phase: pod.container.startedSeconds === undefined ? 'Pending' : 'Running',
      conditions: conditionsOf(pod, world),
      ...(pod.node ? { containerStatuses: [containerStatus(pod, world)] } : {}),
    },
  };
};

const conditionsOf = (pod: TwinPod, world: World): readonly Record<string, unknown>[] => {
  const created = epochSeconds(world, pod.createdSeconds);
  if (pod.boundSeconds === undefined) {
    return [condition('PodScheduled', false, created, 'Unschedulable', unschedulableMessage(pod, world))];
  }
  const bound = epochSeconds(world, pod.boundSeconds);
  const isReady = pod.phase === 'ready';
  const since = isReady ? epochSeconds(world, pod.readySeconds) : pod.phase === 'terminating' ? epochSeconds(world) : bound;
  const message = `containers with unready status: [${CONTAINER}]`;
  return [
    condition('PodScheduled', true, bound),
    condition('Initialized', true, bound),
    condition('ContainersReady', isReady, since, 'ContainersNotReady', message),
    condition('Ready', isReady, since, 'ContainersNotReady', message),
  ];
};

/** What kube-scheduler writes of a pod that no node fits (`pkg/scheduler/framework/types.go`, `FitError`). */
const unschedulableMessage = (pod: TwinPod, world: World): string => {
  const nodes = [...world.nodes.values()].filter(({ phase }) => phase === 'initialized' || phase === 'draining');
  if (nodes.length === 0) return 'no nodes available to schedule pods';
  const counts = new Map<string, number>();
  for (const node of nodes) {
    const reason =
      node.phase === 'draining'
        ? 'node(s) had untolerated taint {karpenter.sh/disrupted: }'
        : pod.unit.pools.includes(node.pool.name)
          ? `Insufficient ${deviceResourceOf(pod)}`
          : "node(s) didn't match Pod's node affinity/selector";
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  const reasons = [...counts].map(([reason, count]) => `${count} ${reason}`).sort();
  return `0/${nodes.length} nodes are available: ${reasons.join(', ')}.`;
};

const containerStatus = ({ name, phase, container }: TwinPod, world: World): Record<string, unknown> => {
  const time = (seconds: number): string => rfc3339(epochSeconds(world, seconds));
  const { state, restarts, startedSeconds, crashed } = container;
  return {
    name: CONTAINER,
    ready: phase === 'ready',
    started: state === 'running',
    restartCount: restarts,
    state:
      state === 'running'
        ? { running: { startedAt: time(startedSeconds!) } }
        : { waiting: { reason: state, ...waitingMessage(container, name) } },
    ...(crashed
      ? {
          lastState: {
            terminated: {
              exitCode: 1,
              reason: 'Error',
              startedAt: time(crashed.startedSeconds),
              finishedAt: time(crashed.finishedSeconds),
            },
          },
        }
      : {}),
  };
};

const waitingMessage = ({ state, backOffSeconds = 0 }: ContainerState, pod: string): { readonly message?: string } => {
  switch (state) {
    case 'CrashLoopBackOff':
      return { message: `back-off ${backOffSeconds}s restarting failed container=${CONTAINER} pod=${pod}` };
    case 'ImagePullBackOff':
      return { message: 'Back-off pulling image' };
    default:
      return {};
  }
};
