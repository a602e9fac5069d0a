import { apiVersionOf, healthTrigger, resources, scalingBehavior, scalingFallback, scalingTrigger } from '../generated/contract';
import { defined } from '../private/defined';
import type { ScalingMetrics } from './traffic-router';

/**
 * The scaler of a unit, in two parts because it has two owners.
 *
 * The control loop owns the floor and the target. The target is an element of a list (`spec.triggers`, `spec.metrics`), and an apply
 * replaces these lists as a whole: a `kubectl apply` with that list would reset the loop's target. The loop would then find a value that it
 * did not write, and leave the field alone from then on. So the object is created from a **seed** that contains only names and constants:
 * its text never changes, so it is never applied again. The fields that CDK owns are set by a JSON Patch (RFC 6902), which can change at
 * any time.
 *
 * Changing a seed in a release of this library is a breaking change: it would reset the target of every unit.
 */
export interface ScalerIdentity {
  readonly name: string;
  readonly namespace: string;
  readonly deploymentName: string;
}

/** Target, in requests per minute and pod, until the control loop writes its first one a minute later. */
const SEED_TARGET = '60';

/** Seed of a ScaledObject: the fields that KEDA requires. It scales nothing until the patch sets its metric. */
export const scaledObjectSeed = ({ name, namespace, deploymentName }: ScalerIdentity) => ({
  apiVersion: apiVersionOf(resources.scaledObjects),
  kind: resources.scaledObjects.kind,
  metadata: { name, namespace },
  spec: {
    scaleTargetRef: { name: deploymentName },
    triggers: [
      { type: scalingTrigger.type, metricType: scalingTrigger.metricType, metadata: { targetMetricValue: SEED_TARGET } },
      {
        type: healthTrigger.type,
        metricType: healthTrigger.metricType,
        metadata: { targetMetricValue: healthTrigger.metadata.targetMetricValue },
      },
    ],
  },
});

/** Seed of a HorizontalPodAutoscaler: the fields that Kubernetes requires. The patch replaces its metric. */
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

/** An operation of RFC 6902. `add` sets a member of an object whether or not it exists. */
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
  readonly metrics: ScalingMetrics;
}

/**
 * Fields of a ScaledObject that CDK owns.
 *
 * @see https://keda.sh/docs/2.20/scalers/aws-cloudwatch/
 * @see https://keda.sh/docs/2.20/reference/scaledobject-spec/
 */
export const scaledObjectPatch = ({ metrics, ...settings }: ScaledObjectSettings): readonly JsonPatchOperation[] => [
  set('/spec/maxReplicaCount', settings.maximumReplicas),
  set('/spec/fallback', scalingFallback),
  set('/spec/advanced', { horizontalPodAutoscalerConfig: { behavior: scalingBehavior } }),
  ...[
    { ...scalingTrigger.metadata, metricName: metrics.requestCount },
    { ...healthTrigger.metadata, metricName: metrics.unhealthyPods },
  ].flatMap((metadata, index) => [
    set(`/spec/triggers/${index}/authenticationRef`, { name: settings.authentication }),
    ...Object.entries({
      ...metadata,
      namespace: metrics.namespace,
      dimensionName: Object.keys(metrics.dimensions).join(';'),
      dimensionValue: Object.values(metrics.dimensions).join(';'),
      awsRegion: settings.region,
    }).flatMap(([field, value]) => (field === 'targetMetricValue' ? [] : [set(`/spec/triggers/${index}/metadata/${field}`, value)])),
  ]),
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

/** KEDA queries CloudWatch with the role of its operator, which may read metrics. */
export const triggerAuthenticationManifest = (name: string, namespace: string) => ({
  apiVersion: apiVersionOf(resources.scaledObjects),
  kind: 'TriggerAuthentication',
  metadata: { name, namespace },
  spec: { podIdentity: { provider: 'aws' } },
});
