import { apiVersionOf, resources, scalingBehavior, scalingFallback, scalingTrigger } from '../generated/contract';
import { defined } from '../private/defined';

/**
 * What scales a unit, in two parts, because it has two owners.
 *
 * The control loop owns the floor and the target. The target stands in a list (`spec.triggers`, `spec.metrics`), and an apply replaces
 * lists of these kinds whole: `kubectl apply` of anything with that list would reset what the loop wrote, after which the loop, finding
 * a value that it did not write, would leave the field alone for good. So the object itself is created from a **seed** that says nothing
 * but names and constants, whose text therefore never changes and is never applied again; and what CDK owns is put in by a JSON Patch
 * (RFC 6902) that names single fields, which may change as often as anyone likes.
 *
 * Changing what a seed says, in any release of this library, is a breaking change: it would reset the target of every unit.
 */
export interface ScalerIdentity {
  readonly name: string;
  readonly namespace: string;
  readonly deploymentName: string;
}

/** Requests per minute and pod that a scaler holds until the control loop writes its first target, a minute later. */
const SEED_TARGET = '60';

/** Seed of a ScaledObject: what KEDA asks of one at the least. Without a metric it scales nothing until the patch names one. */
export const scaledObjectSeed = ({ name, namespace, deploymentName }: ScalerIdentity) => ({
  apiVersion: apiVersionOf(resources.scaledObjects),
  kind: resources.scaledObjects.kind,
  metadata: { name, namespace },
  spec: {
    scaleTargetRef: { name: deploymentName },
    triggers: [{ type: scalingTrigger.type, metricType: scalingTrigger.metricType, metadata: { targetMetricValue: SEED_TARGET } }],
  },
});

/** Seed of a HorizontalPodAutoscaler: what Kubernetes asks of one at the least. Its metric is the only thing the patch must replace. */
export const autoscalerSeed = ({ name, namespace, deploymentName }: ScalerIdentity) => ({
  apiVersion: apiVersionOf(resources.horizontalPodAutoscalers),
  kind: resources.horizontalPodAutoscalers.kind,
  metadata: { name, namespace },
  spec: {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: deploymentName },
    maxReplicas: 1,
    metrics: [
      {
        type: 'External',
        external: { metric: { name: 'adaptive-inference-unset' }, target: { type: 'AverageValue', averageValue: SEED_TARGET } },
      },
    ],
  },
});

/** An operation of RFC 6902. On a member of an object `add` sets it, whether it was there or not. */
interface JsonPatchOperation {
  readonly op: 'add';
  readonly path: string;
  readonly value: unknown;
}

const set = (path: string, value: unknown): JsonPatchOperation => ({ op: 'add', path, value });

export interface ScaledObjectSettings {
  readonly maximumReplicas: number;
  readonly authentication: string;
  readonly region: string;
  readonly loadBalancer: string;
  readonly targetGroup: string;
}

/**
 * Fields of a ScaledObject that CDK owns.
 *
 * @see https://keda.sh/docs/2.20/scalers/aws-cloudwatch/
 * @see https://keda.sh/docs/2.20/reference/scaledobject-spec/
 */
export const scaledObjectPatch = (settings: ScaledObjectSettings): readonly JsonPatchOperation[] => [
  set('/spec/maxReplicaCount', settings.maximumReplicas),
  set('/spec/fallback', scalingFallback),
  set('/spec/advanced', { horizontalPodAutoscalerConfig: { behavior: scalingBehavior } }),
  set('/spec/triggers/0/authenticationRef', { name: settings.authentication }),
  ...Object.entries({
    ...scalingTrigger.metadata,
    dimensionValue: `${settings.loadBalancer};${settings.targetGroup}`,
    awsRegion: settings.region,
  }).map(([field, value]) => set(`/spec/triggers/0/metadata/${field}`, value)),
];

export interface AutoscalerSettings {
  readonly maximumReplicas: number;
  readonly metricName: string;
  readonly metricLabels: { readonly [label: string]: string } | undefined;
}

/** Fields of a HorizontalPodAutoscaler that CDK owns. */
export const autoscalerPatch = (settings: AutoscalerSettings): readonly JsonPatchOperation[] => [
  set('/spec/maxReplicas', settings.maximumReplicas),
  set('/spec/behavior', scalingBehavior),
  set(
    '/spec/metrics/0/external/metric',
    defined({ name: settings.metricName, selector: settings.metricLabels && { matchLabels: { ...settings.metricLabels } } }),
  ),
];

/** KEDA asks CloudWatch as its own operator, which EKS Pod Identity gives a role that may read metrics. */
export const triggerAuthenticationManifest = (name: string, namespace: string) => ({
  apiVersion: apiVersionOf(resources.scaledObjects),
  kind: 'TriggerAuthentication',
  metadata: { name, namespace },
  spec: { podIdentity: { provider: 'aws' } },
});
