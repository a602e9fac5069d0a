import { Duration } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as eks from 'aws-cdk-lib/aws-eks-v2';
import type { Construct, IDependable } from 'constructs';
import { defined } from '../../private/defined';
import type { InferenceHelmChartOptions } from './helm-chart';

/** What every manifest and chart is put through, whichever kind of cluster it is for. */
export interface KubernetesTarget {
  readonly cluster: eks.ICluster;
  /** What must be there before, and stay until after, anything is applied. */
  readonly reachedThrough: readonly IDependable[];
  /** What must be there before, and stay until after, a pod of a chart runs. */
  readonly runsOn: readonly IDependable[];
}

/** Puts one object on a cluster. */
export function applyManifest(
  target: KubernetesTarget,
  scope: Construct,
  id: string,
  manifest: { readonly [key: string]: unknown },
): eks.KubernetesManifest {
  const applied = new eks.KubernetesManifest(scope, id, {
    cluster: target.cluster,
    manifest: [manifest],
    // One object a manifest: there is nothing to prune, and prune labels would change with the construct tree.
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

/** The routes out of private subnets, on which controllers call AWS until the very end. */
export const routesOf = (vpc: ec2.IVpc): IDependable[] => vpc.privateSubnets.map((subnet) => subnet.internetConnectivityEstablished);
