import { Duration } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as eks from 'aws-cdk-lib/aws-eks-v2';
import type { Construct, IDependable } from 'constructs';
import { defined } from '../../private/defined';
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
      timeout: options.timeout ?? Duration.minutes(10),
    }),
  );
  chart.node.addDependency(...target.reachedThrough, ...target.runsOn);
  return chart;
}

/** The routes out of private subnets, over which controllers call AWS until they are deleted. */
export const routesOf = (vpc: ec2.IVpc): IDependable[] => vpc.privateSubnets.map((subnet) => subnet.internetConnectivityEstablished);
