import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as eks from 'aws-cdk-lib/aws-eks-v2';
import { Construct, type IDependable } from 'constructs';
import type { IInferenceCluster } from '../cluster/inference-cluster';
import { complain } from '../private/validation';
import { type ExternalScalingMetric, Scaler } from './scaler';
import { autoscalerPatch, autoscalerSeed, scaledObjectPatch, scaledObjectSeed, triggerAuthenticationManifest } from './scaler-manifests';
import type { ITrafficRouter } from './traffic-router';

export interface UnitScalerProps {
  readonly cluster: IInferenceCluster;
  readonly scaler: Scaler;
  readonly name: string;
  readonly namespace: string;
  readonly unitName: string;
  readonly maximumReplicas: number;
  readonly externalMetric: ExternalScalingMetric | undefined;
  readonly router: ITrafficRouter | undefined;
  /** The scaled Deployment: created before the scaler, and deleted after it. */
  readonly deployment: IDependable;
}

/** The ScaledObject or HorizontalPodAutoscaler of a unit: a seed, and a patch with the fields that CDK owns. */
export class UnitScaler extends Construct {
  constructor(scope: Construct, id: string, props: UnitScalerProps) {
    super(scope, id);
    if (props.scaler === Scaler.SCALED_OBJECT) this.createScaledObject(props);
    else this.createAutoscaler(props);
  }

  private createScaledObject(props: UnitScalerProps): void {
    const { cluster, name, namespace, router } = props;
    if (router === undefined) {
      complain(this, {
        code: 'ScaledObjectWithoutRouter',
        wrong: 'a ScaledObject scales on the requests that a router counts, and the unit has no router',
        expected: '`router`',
        fix: 'Pass the router of the fleet, or set `scaler: Scaler.HORIZONTAL_POD_AUTOSCALER` with an `externalMetric`.',
      });
    }
    if (!cluster.addons.keda.available) {
      complain(this, {
        code: 'MissingKeda',
        wrong: 'the cluster has no KEDA to scale the unit',
        given: 'no KEDA',
        expected: 'the KEDA add-on',
        fix: 'Leave that add-on at its default, set it to ClusterAddon.existing() if the cluster already has KEDA, or use Scaler.HORIZONTAL_POD_AUTOSCALER.',
      });
    }
    if (props.externalMetric !== undefined) {
      complain(this, {
        code: 'UnusedExternalMetric',
        wrong: '`externalMetric` has no effect on a ScaledObject',
        given: props.externalMetric.name,
        expected: 'no `externalMetric`',
        fix: 'Remove it, or set `scaler: Scaler.HORIZONTAL_POD_AUTOSCALER`.',
      });
    }
    const authentication = cluster.addManifest(this, `Authentication-${name}`, triggerAuthenticationManifest(name, namespace));
    authentication.node.addDependency(cluster.addons.keda);
    const seed = cluster.addManifest(this, `ScaledObject-${name}`, scaledObjectSeed({ name, namespace, deploymentName: name }));
    seed.node.addDependency(authentication, props.deployment);
    this.patch(props, seed, `scaledobjects.keda.sh/${name}`, [
      ...scaledObjectPatch({
        maximumReplicas: props.maximumReplicas,
        authentication: name,
        region: Stack.of(router).region,
        metrics: router.scalingMetrics(props.unitName),
      }),
    ]);
  }

  private createAutoscaler(props: UnitScalerProps): void {
    const { cluster, name, namespace, externalMetric } = props;
    if (externalMetric === undefined) {
      complain(this, {
        code: 'MissingExternalMetric',
        wrong: 'a HorizontalPodAutoscaler has no metric to scale on',
        expected: '`externalMetric`',
        fix: "Set it to the metric with the unit's requests per minute that an adapter provides to the cluster, or use Scaler.SCALED_OBJECT.",
      });
    }
    const seed = cluster.addManifest(this, `Autoscaler-${name}`, autoscalerSeed({ name, namespace, deploymentName: name }));
    seed.node.addDependency(props.deployment);
    this.patch(props, seed, `horizontalpodautoscalers.autoscaling/${name}`, [
      ...autoscalerPatch({
        maximumReplicas: props.maximumReplicas,
        metricName: externalMetric.name,
        metricLabels: externalMetric.labels,
      }),
    ]);
  }

  private patch({ cluster, name, namespace }: UnitScalerProps, seed: IDependable, resourceName: string, operations: object[]): void {
    const patch = new eks.KubernetesPatch(this, `Settings-${name}`, {
      cluster: cluster.cluster,
      resourceName,
      resourceNamespace: namespace,
      patchType: eks.PatchType.JSON,
      // A JSON Patch is a list, which the type of this property does not allow; CDK only turns it into text.
      applyPatch: operations as unknown as { [key: string]: unknown },
      restorePatch: [] as unknown as { [key: string]: unknown },
      // The object is deleted too, so there is nothing to restore; and a patch of a missing object would block the deletion of the stack.
      removalPolicy: RemovalPolicy.RETAIN,
    });
    patch.node.addDependency(seed);
  }
}
