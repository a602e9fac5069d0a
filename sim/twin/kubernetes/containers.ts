import type { TwinPod, World } from './world';

interface ContainerListener {
  /** The state of the container changed. */
  changed(): void;
  /** The readiness probe succeeds. */
  ready(): void;
}

/**
 * Starts the container of a pod that was bound: its image is pulled, then its model is loaded, then it is ready.
 *
 * A pull that fails is tried again after a delay that doubles from time to time. A container that crashes is started again: the first
 * time at once, then after such delays (Kubernetes documentation, "Pod Lifecycle", "How Pods handle problems with containers", and
 * "Images", "ImagePullBackOff"; kubernetes/kubernetes `pkg/kubelet/kuberuntime/kuberuntime_manager.go`, `doBackOff`).
 */
export const startContainer = (pod: TwinPod, world: World, listener: ContainerListener): void => {
  const { kernel, reality, scenario, settings } = world;
  const pool = pod.node!.pool.name;
  const subject = { unit: pod.unit, pool, ordinal: pod.ordinal };
  const factor = reality.performance.coldStartFactor(pod.unit, pool, kernel.now);
  const totalSeconds = pod.coldStartSeconds * (1 - scenario.twin.nodeFraction) * factor;
  const pullSeconds = totalSeconds * settings.imagePullPart;

  /** Goes on at a time, if the pod still starts then. */
  const at = (timeSeconds: number, next: () => void): void =>
    kernel.at(Math.max(timeSeconds, kernel.now), () => {
      if (pod.phase === 'starting') next();
    });
  const become = (container: TwinPod['container']): void => {
    pod.container = container;
    listener.changed();
  };
  const backOff = (failures: number): number => Math.min(settings.maxBackOffSeconds, settings.backOffSeconds * 2 ** (failures - 1));

  const pull = (failures: number): void => {
    const begunSeconds = kernel.now;
    at(begunSeconds + pullSeconds, () => {
      if (!reality.starts.pullFails(subject, kernel.now)) {
        run(begunSeconds + totalSeconds, 0);
        return;
      }
      const backOffSeconds = backOff(failures + 1);
      become({ ...pod.container, state: 'ImagePullBackOff', backOffSeconds });
      at(kernel.now + backOffSeconds, () => pull(failures + 1));
    });
  };

  const run = (readySeconds: number, crashes: number): void => {
    const startedSeconds = kernel.now;
    const { crashed } = pod.container;
    become({ state: 'running', restarts: crashes, startedSeconds, ...(crashed ? { crashed } : {}) });
    const crashAfterSeconds = reality.starts.crashAfterSeconds(subject, startedSeconds);
    if (crashAfterSeconds === undefined) {
      at(readySeconds, listener.ready);
      return;
    }
    at(startedSeconds + crashAfterSeconds, () => {
      const finishedSeconds = kernel.now;
      const backOffSeconds = crashes === 0 ? 0 : backOff(crashes);
      const again = finishedSeconds + backOffSeconds;
      become({
        state: 'CrashLoopBackOff',
        restarts: crashes,
        startedSeconds,
        crashed: { startedSeconds, finishedSeconds },
        backOffSeconds,
      });
      at(again, () => run(again + totalSeconds - pullSeconds, crashes + 1));
    });
  };

  pull(0);
};
