import type { TestBed } from '../cluster/test-bed';
import { until } from '../cluster/wait';
import type { Synthesized } from './synthesized';

/** One resource of the template that was deleted, for whoever wants to know in which order. */
export interface Deleted {
  readonly logicalId: string;
  readonly type: string;
  readonly seconds: number;
}

interface Destruction {
  /** Ends what starts ticks. */
  readonly stopTicks: () => Promise<void>;
}

const DRAIN_SECONDS = 300;
const DELETE_SECONDS = 240;

/**
 * Deletes what a stack put on a cluster, as CloudFormation does: a resource goes once nothing is left that needs it, what may go at the
 * same time goes at the same time.
 */
export const destroy = async (bed: TestBed, synthesized: Synthesized, destruction: Destruction): Promise<readonly Deleted[]> => {
  const { resources, prerequisitesOf } = synthesized;
  const needs = new Map(Object.keys(resources).map((id) => [id, new Set(prerequisitesOf(id))]));
  const deleted: Deleted[] = [];
  while (needs.size > 0) {
    const free = [...needs.keys()].filter((id) => ![...needs.values()].some((others) => others.has(id)));
    if (free.length === 0) throw new Error(`a circle among ${[...needs.keys()].join(', ')}`);
    await Promise.all(
      free.map(async (logicalId) => {
        const started = performance.now();
        const acted = await remove(bed, synthesized, logicalId, destruction);
        if (acted) deleted.push({ logicalId, type: resources[logicalId]?.Type ?? '', seconds: (performance.now() - started) / 1000 });
      }),
    );
    for (const id of free) needs.delete(id);
  }
  return deleted;
};

/** Whether there was anything to do on the cluster. */
const remove = async (bed: TestBed, synthesized: Synthesized, logicalId: string, { stopTicks }: Destruction): Promise<boolean> => {
  const { Type: type, Properties: properties } = synthesized.resources[logicalId] ?? { Type: '', Properties: {} };
  switch (type) {
    case 'Custom::AWSCDK-EKS-KubernetesResource':
      // As CDK's kubectl provider does; kubectl waits until the finalizers are done.
      await bed.kubectl(['delete', `--timeout=${DELETE_SECONDS}s`, '--filename', '-'], synthesized.objectsOf(logicalId));
      return true;
    case 'Custom::AdaptiveInferenceNodeDrain':
      await until(`the instances of ${properties.NodePool} to be gone`, DRAIN_SECONDS, async () =>
        (await bed.aws.instances.list()).every(({ pool, state }) => pool !== properties.NodePool || state === 'terminated'),
      );
      return true;
    case 'Custom::AWSCDK-EKS-HelmChart':
      return removeChart(bed, String(properties.Chart));
    case 'AWS::Scheduler::Schedule':
      await stopTicks();
      return true;
    default:
      return false;
  }
};

const removeChart = async (bed: TestBed, chart: string): Promise<boolean> => {
  switch (chart) {
    case 'karpenter':
      await bed.karpenter.stop();
      return true;
    case 'karpenter-crd':
      await removeDefinitions(bed, /\.(karpenter\.k8s\.aws|karpenter\.sh|autoscaling\.x-k8s\.io)$/);
      return true;
    case 'keda':
      await bed.keda?.operator.stop();
      await bed.keda?.adapter.stop();
      await removeDefinitions(bed, /\.keda\.sh$/);
      return true;
    default:
      return false;
  }
};

const removeDefinitions = async (bed: TestBed, pattern: RegExp): Promise<void> => {
  const names = (await bed.kubectl(['get', 'crd', '-o', 'name'])).split('\n').filter((name) => pattern.test(name));
  await bed.kubectl(['delete', `--timeout=${DELETE_SECONDS}s`, ...names]);
};
