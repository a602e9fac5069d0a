import { Duration } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as eks from 'aws-cdk-lib/aws-eks-v2';
import type { Construct, IDependable } from 'constructs';
import { defined } from '../../private/defined';
import { secondsWithin } from '../../private/validation';
import type { InferenceHelmChartOptions } from './helm-chart';

/** Where manifests and charts are applied, and what they depend on. */
export interface KubernetesTarget {
  readonly cluster: eks.ICluster;
  /** Must exist before anything is applied, and until everything is deleted. */
  readonly reachedThrough: readonly IDependable[];
  /** Must exist before a pod of a chart runs, and until it is gone. */
  readonly runsOn: readonly IDependable[];
}

/** Applies one object to a cluster. */
export function applyManifest(
  target: KubernetesTarget,
  scope: Construct,
  id: string,
  manifest: { readonly [key: string]: unknown },
): eks.KubernetesManifest {
  const applied = new eks.KubernetesManifest(scope, id, {
    cluster: target.cluster,
    manifest: [manifest],
    // A manifest has one object: there is nothing to prune, and prune labels would change with the construct tree.
    prune: false,
  });
  applied.node.addDependency(...target.reachedThrough);
  return applied;
}

/** Installs one chart on a cluster. */
export function installChart(target: KubernetesTarget, scope: Construct, id: string, options: InferenceHelmChartOptions): eks.HelmChart {
  const chart = new eks.HelmChart(
    scope,
    id,
    defined({
      cluster: target.cluster,
      chart: options.chart,
      repository: options.repository,
      version: options.version,
      release: options.release,
      namespace: options.namespace ?? 'kube-system',
      createNamespace: options.namespace !== undefined && options.namespace !== 'kube-system',
      values: options.values,
      wait: options.wait ?? true,
      timeout: chartTimeout(scope, id, options.timeout),
    }),
  );
  chart.node.addDependency(...target.reachedThrough, ...target.runsOn);
  return chart;
}

/** Seconds of the function that runs Helm: at the end of them it dies without an answer, and CloudFormation waits an hour for one. */
const HELM_SECONDS = 900;

/** How long Helm waits: it must give up before the function does that runs it (aws/aws-cdk#22257). */
function chartTimeout(scope: Construct, chart: string, timeout: Duration = Duration.minutes(10)): Duration {
  secondsWithin(scope, `timeout of chart ${chart}`, timeout, { min: 1, max: HELM_SECONDS - 60 });
  return timeout;
}

/** The routes out of private subnets, over which controllers call AWS until they are deleted. */
export const routesOf = (vpc: ec2.IVpc): IDependable[] => vpc.privateSubnets.map((subnet) => subnet.internetConnectivityEstablished);
