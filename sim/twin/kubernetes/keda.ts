import { healthTrigger, programDefaults, scalingTrigger } from '../../../lambda/control-loop/contract/defaults';
import { kedaAnnotations, resources } from '../../../lambda/control-loop/contract/names';
import type { KubernetesObject } from '../../../lambda/control-loop/ports';
import type { MinuteStatistics } from '../traffic/minutes';
import type { Deployments } from './deployments';
import { defaultBehavior, HpaAlgorithm, type HpaMetric, type ScalingBehavior } from './hpa';
import { settleTraffic, type World } from './world';

const SECONDS_PER_MINUTE = 60;

/** What a ScaledObject or HorizontalPodAutoscaler says now. */
interface ScalerSpec {
  /** Of the object: another one has an autoscaler that remembers nothing. */
  readonly uid: string | undefined;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly target: number;
}

const scaledObjectSpec = ({ metadata, spec }: KubernetesObject, metricIndex: number): ScalerSpec => ({
  uid: metadata.uid,
  minReplicas: Number(spec.minReplicaCount ?? 0),
  maxReplicas: Number(spec.maxReplicaCount ?? programDefaults.maximumReplicas),
  target: Number(spec.triggers?.[metricIndex]?.metadata?.targetMetricValue),
});

/** A quantity of `autoscaling/v2`: a number, or thousandths with the suffix `m`. */
const quantity = (value: unknown): number => {
  const text = String(value);
  return text.endsWith('m') ? Number(text.slice(0, -1)) / 1000 : Number(text);
};

const autoscalerSpec = ({ metadata, spec }: KubernetesObject, metricIndex: number): ScalerSpec => {
  const metric = spec.metrics?.[metricIndex];
  const source = metric?.external ?? metric?.object ?? metric?.pods;
  return {
    uid: metadata.uid,
    minReplicas: Number(spec.minReplicas ?? 1),
    maxReplicas: Number(spec.maxReplicas),
    target: quantity(source?.target?.averageValue),
  };
};

/**
 * Starts what scales one unit: a KEDA ScaledObject with the aws-cloudwatch triggers of the constructs (KEDA documentation, "AWS CloudWatch"
 * and "ScaledObject specification") and the HorizontalPodAutoscaler that KEDA makes of it; or that autoscaler alone.
 *
 * KEDA asks CloudWatch whenever the autoscaler asks KEDA, at each sync: its polling interval is for waking a unit only, and metrics are
 * cached only where a trigger says so (`useCachedMetrics`).
 * A unit at zero is woken by its floor alone: without a pod it has no requests that would. A failing trigger keeps the replicas, as the
 * autoscaler's rule for a missing metric does, and as KEDA's fallback to `currentReplicas` does later.
 */
export const startScaler = (world: World, unitIndex: number, deployments: Deployments): void => {
  const { kernel, settings } = world;
  const { scaler } = world.scenario.twin;
  const behavior: ScalingBehavior = {
    tolerance: scaler.tolerance,
    scaleUp: { ...defaultBehavior.scaleUp, stabilizationWindowSeconds: scaler.scaleUpStabilizationSeconds },
    scaleDown: { ...defaultBehavior.scaleDown, stabilizationWindowSeconds: scaler.scaleDownStabilizationSeconds },
  };
  let algorithm = new HpaAlgorithm(behavior);
  let uid: string | undefined;
  kernel.every(settings.hpaSyncSeconds, kernel.now + settings.hpaSyncSeconds, () => {
    const spec = scalerSpec(world, unitIndex);
    if (spec?.uid !== uid) algorithm = new HpaAlgorithm(behavior);
    uid = spec?.uid;
    if (!spec || world.reality.scaling.isUnscaled(world.units[unitIndex]!.unit.name, kernel.now)) return;
    const current = deployments.desired(unitIndex);
    // A floor above zero wakes a unit that sleeps: KEDA scales to `minReplicaCount` before the autoscaler decides.
    const specReplicas = current === 0 && spec.minReplicas > 0 ? spec.minReplicas : current;
    const replicas = algorithm.sync(kernel.now, {
      specReplicas,
      statusReplicas: deployments.running(unitIndex),
      minReplicas: Math.max(1, spec.minReplicas),
      maxReplicas: spec.maxReplicas,
      metrics: metricsOf(world, unitIndex, spec),
    });
    if (replicas !== current) deployments.scale(unitIndex, replicas);
  });
};

/** Whether an annotation makes KEDA delete the autoscaler (KEDA documentation, "Pausing autoscaling"). A pause at a number is not there yet. */
const isPaused = ({ metadata: { annotations = {} } }: KubernetesObject): boolean => {
  const value = annotations[kedaAnnotations.paused];
  return value !== undefined && value !== 'false';
};

const scalerSpec = ({ api, units }: World, unitIndex: number): ScalerSpec | undefined => {
  const { fleet, unit } = units[unitIndex]!;
  const { kind, name, metricIndex } = unit.scaler;
  if (kind === 'ScaledObject') {
    const object = api.read(resources.scaledObjects, name, fleet.namespace);
    return object && !isPaused(object) ? scaledObjectSpec(object, metricIndex) : undefined;
  }
  const object = api.read(resources.horizontalPodAutoscalers, name, fleet.namespace);
  return object && autoscalerSpec(object, metricIndex);
};

/** What the autoscaler scales on: of a ScaledObject both triggers, of a plain autoscaler the requests, which are missing in silence. */
const metricsOf = (world: World, unitIndex: number, { target }: ScalerSpec): readonly HpaMetric[] => {
  if (!(target > 0)) return [];
  const requests = newest(world, unitIndex, scalingTrigger.metadata.metricName, (minutes) => {
    const sum = minutes.reduce((total, minute) => total + (minute?.requests ?? 0), 0);
    // ALB reports requests only while they flow.
    return sum > 0 ? sum : undefined;
  });
  const { unit } = world.units[unitIndex]!;
  if (unit.scaler.kind !== 'ScaledObject') return [{ total: requests, targetAverage: target }];
  const unhealthy = newest(world, unitIndex, healthTrigger.metadata.metricName, (minutes) => {
    const known = minutes.flatMap((minute) => (minute?.unhealthyHosts === undefined ? [] : [minute.unhealthyHosts]));
    return known.length > 0 ? Math.max(...known) : undefined;
  });
  return [
    { total: requests ?? Number(scalingTrigger.metadata.minMetricValue), targetAverage: target },
    { total: unhealthy, targetAverage: Number(healthTrigger.metadata.targetMetricValue) },
  ];
};

/**
 * The statistic of the newest period with data, no older than the collection time; `undefined` without one. CloudWatch periods begin at
 * multiples of their length and show up late; a load balancer reports once a minute.
 */
const newest = (
  world: World,
  unitIndex: number,
  metricName: string,
  statistic: (minutes: readonly (MinuteStatistics | undefined)[]) => number | undefined,
): number | undefined => {
  const { kernel, reality, scenario, settings, startEpochSeconds, traffic } = world;
  if (reality.signals.isMissingToScalers(metricName, kernel.now)) return undefined;
  const { metricStatPeriodSeconds } = scenario.twin.scaler;
  const minutes = Math.max(1, Math.round(metricStatPeriodSeconds / SECONDS_PER_MINUTE));
  const period = minutes * SECONDS_PER_MINUTE;
  // The scenario's minutes are those of the clock; longer periods are aligned to the epoch.
  const startMinute = Math.floor(startEpochSeconds / SECONDS_PER_MINUTE);
  const visible = startMinute + Math.floor((kernel.now - scenario.twin.metricDelaySeconds) / SECONDS_PER_MINUTE);
  const collection = Math.max(settings.metricCollectionSeconds, period);
  settleTraffic(world);
  for (let end = Math.floor(visible / minutes) * minutes; end > visible - collection / SECONDS_PER_MINUTE; end -= minutes) {
    const inPeriod = Array.from({ length: minutes }, (_, index) => end - minutes + index);
    const value = statistic(
      inPeriod.map((minute) => (minute >= startMinute ? traffic.minute(unitIndex, minute - startMinute) : undefined)),
    );
    if (value !== undefined) return value;
  }
  return undefined;
};
