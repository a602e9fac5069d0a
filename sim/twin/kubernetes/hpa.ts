import { programDefaults, scalingBehavior } from '../../../lambda/control-loop/contract/defaults';

/**
 * The HorizontalPodAutoscaler's algorithm for metrics of type `AverageValue`.
 *
 * Sources: https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/ ("Algorithm details",
 * "Configurable scaling behavior") and kubernetes/kubernetes `pkg/controller/podautoscaler/{horizontal,replica_calculator}.go`.
 */

interface ScalingPolicy {
  readonly type: 'Pods' | 'Percent';
  readonly value: number;
  readonly periodSeconds: number;
}

export interface ScalingRules {
  readonly stabilizationWindowSeconds: number;
  readonly selectPolicy: 'Max' | 'Min' | 'Disabled';
  readonly policies: readonly ScalingPolicy[];
}

export interface ScalingBehavior {
  readonly scaleUp: ScalingRules;
  readonly scaleDown: ScalingRules;
  /** Ratio of metric to target may differ from 1 by this much before anything is done; default 0.1. */
  readonly tolerance: number;
}

/** As the constructs deploy it. */
export const defaultBehavior: ScalingBehavior = { ...scalingBehavior, tolerance: programDefaults.scalingTolerance };

/**
 * Replicas that bring the average per replica to the target: ceil(total / target), or the current ones while the ratio of average
 * to target is within the tolerance of 1. The controller counts in thousandths; an external metric counts all replicas, ready or not.
 */
export const replicasForAverageValue = (total: number, target: number, currentReplicas: number, tolerance: number): number => {
  const totalMilli = Math.round(total * 1000);
  const targetMilli = Math.round(target * 1000);
  const ratio = totalMilli / (targetMilli * currentReplicas);
  return Math.abs(1 - ratio) > tolerance ? Math.ceil(totalMilli / targetMilli) : currentReplicas;
};

interface Timed {
  readonly atSeconds: number;
  readonly value: number;
}

/** A metric of an autoscaler. */
export interface HpaMetric {
  /** Sum over all pods; `undefined` when it cannot be had. */
  readonly total: number | undefined;
  readonly targetAverage: number;
}

export interface HpaInput {
  /** `spec.replicas` of the Deployment. */
  readonly specReplicas: number;
  /** `status.replicas` of the Deployment. */
  readonly statusReplicas: number;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /**
   * The one that asks for the most replicas is followed. While one cannot be had nothing is scaled down; without any, nothing moves but to
   * the bounds (`computeReplicasForMetrics`).
   */
  readonly metrics: readonly HpaMetric[];
}

const sumSince = (events: readonly Timed[], sinceSeconds: number): number =>
  events.reduce((sum, event) => (event.atSeconds > sinceSeconds ? sum + event.value : sum), 0);

/** One HorizontalPodAutoscaler with what it remembers between syncs. */
export class HpaAlgorithm {
  private recommendations: Timed[] = [];
  private ups: Timed[] = [];
  private downs: Timed[] = [];

  constructor(private readonly behavior: ScalingBehavior) {}

  /** The replicas to ask for now. */
  sync(nowSeconds: number, input: HpaInput): number {
    const { specReplicas, minReplicas, maxReplicas } = input;
    if (this.recommendations.length === 0) this.recommendations.push({ atSeconds: nowSeconds, value: specReplicas });
    const desired = this.desired(nowSeconds, input, minReplicas, maxReplicas);
    if (desired !== specReplicas) {
      const events = desired > specReplicas ? this.ups : this.downs;
      events.push({ atSeconds: nowSeconds, value: Math.abs(desired - specReplicas) });
    }
    return desired;
  }

  private desired(nowSeconds: number, input: HpaInput, minReplicas: number, maxReplicas: number): number {
    const { specReplicas, statusReplicas, metrics } = input;
    if (specReplicas === 0) {
      return 0; // Autoscaling is disabled at zero; KEDA wakes the unit.
    }
    if (specReplicas > maxReplicas) return maxReplicas;
    if (specReplicas < minReplicas) return minReplicas;
    const asked = metrics.flatMap(({ total, targetAverage }) =>
      total === undefined ? [] : [replicasForAverageValue(total, targetAverage, statusReplicas, this.behavior.tolerance)],
    );
    if (asked.length === 0) return specReplicas;
    const recommended = Math.max(...asked);
    if (asked.length < metrics.length && recommended < specReplicas) return specReplicas;
    const stabilized = this.stabilized(nowSeconds, specReplicas, recommended);
    return this.limited(nowSeconds, specReplicas, stabilized, minReplicas, maxReplicas);
  }

  /** Up to no more than the minimum, down to no less than the maximum recommended in the respective window. */
  private stabilized(nowSeconds: number, current: number, recommended: number): number {
    const upSince = nowSeconds - this.behavior.scaleUp.stabilizationWindowSeconds;
    const downSince = nowSeconds - this.behavior.scaleDown.stabilizationWindowSeconds;
    let minimum = recommended;
    let maximum = recommended;
    for (const { atSeconds, value } of this.recommendations) {
      if (atSeconds > upSince) minimum = Math.min(minimum, value);
      if (atSeconds > downSince) maximum = Math.max(maximum, value);
    }
    const oldest = Math.min(upSince, downSince);
    this.recommendations = this.recommendations.filter((entry) => entry.atSeconds > oldest);
    this.recommendations.push({ atSeconds: nowSeconds, value: recommended });
    return Math.min(Math.max(current, minimum), maximum);
  }

  private limited(nowSeconds: number, current: number, desired: number, minReplicas: number, maxReplicas: number): number {
    if (desired > current) {
      const limit = Math.max(this.limit(nowSeconds, current, this.behavior.scaleUp, 1), current);
      return Math.min(desired, limit, maxReplicas);
    }
    if (desired < current) {
      const limit = Math.min(this.limit(nowSeconds, current, this.behavior.scaleDown, -1), current);
      return Math.max(desired, limit, minReplicas);
    }
    return desired;
  }

  /** How far the policies let the replicas go from what they were at the start of each policy's period. */
  private limit(nowSeconds: number, current: number, rules: ScalingRules, direction: 1 | -1): number {
    if (rules.selectPolicy === 'Disabled') return current;
    const longest = Math.max(
      0,
      ...[...this.behavior.scaleUp.policies, ...this.behavior.scaleDown.policies].map((policy) => policy.periodSeconds),
    );
    this.ups = this.ups.filter((event) => event.atSeconds > nowSeconds - longest);
    this.downs = this.downs.filter((event) => event.atSeconds > nowSeconds - longest);
    const limits = rules.policies.map(({ type, value, periodSeconds }) => {
      const since = nowSeconds - periodSeconds;
      const atStart = current - sumSince(this.ups, since) + sumSince(this.downs, since);
      if (type === 'Pods') return atStart + direction * value;
      const scaled = atStart + (direction * atStart * value) / 100;
      // Both round away from where the replicas were: more pods up, more pods down.
      return direction === 1 ? Math.ceil(scaled) : Math.trunc(scaled);
    });
    const isFarthest = rules.selectPolicy === 'Max';
    return (direction === 1) === isFarthest ? Math.max(...limits) : Math.min(...limits);
  }
}
