import { healthCheckDefaults, ruleDefaults, scalingMetric } from '../../lambda/control-loop/contract/defaults';

/** Constants of the cluster that no scenario sets, each with its source; those that the constructs deploy come from the contract. */
export interface ClusterSettings {
  /** HPA sync period (kube-controller-manager `--horizontal-pod-autoscaler-sync-period`, default 15 s). */
  readonly hpaSyncSeconds: number;
  /** How far back the trigger looks for a data point (KEDA `metricCollectionTime`). */
  readonly metricCollectionSeconds: number;
  /** Karpenter `BATCH_IDLE_DURATION`, default 1 s. */
  readonly batchIdleSeconds: number;
  /** Karpenter `BATCH_MAX_DURATION`, default 10 s. */
  readonly batchMaximumSeconds: number;
  /** Karpenter asks again for a pod that no node fits (sigs.k8s.io/karpenter `provisioning/controller.go`: 10 s). */
  readonly podRetrySeconds: number;
  /** From the creation of a NodeClaim to the answer of CreateFleet. */
  readonly launchSeconds: number;
  /** How long Karpenter leaves out an offering that EC2 refused (karpenter-provider-aws `pkg/cache/cache.go`: 3 min). */
  readonly shortageCacheSeconds: number;
  /** Minimum time between two equal `NoCompatibleInstanceTypes` events of one NodePool (1 min). */
  readonly eventDedupeSeconds: number;
  /** How often Karpenter looks for nodes to disrupt (`disruption/controller.go`: 10 s). */
  readonly disruptionPollSeconds: number;
  /** How long Karpenter waits and then looks again before it takes an empty node (`disruption/consolidation.go`: 15 s). */
  readonly disruptionValidationSeconds: number;
  /** How often Karpenter asks again for an eviction that a PodDisruptionBudget refused (`terminator/eviction.go`: at most 10 s). */
  readonly evictionRetrySeconds: number;
  /** Part of a pod's own cold start in which its image is pulled; the rest is the load of the model. An assumption: nothing is decided by it. */
  readonly imagePullPart: number;
  /** First delay before kubelet starts a container or pulls an image again, doubled each time (Kubernetes documentation, "Pod Lifecycle": 10 s). */
  readonly backOffSeconds: number;
  /** Longest such delay (the same: five minutes). */
  readonly maxBackOffSeconds: number;
  /** From the failure of a target to the last of the health checks that must fail before it is unhealthy. */
  readonly unhealthyAfterSeconds: number;
  /** From its recovery to the last of the health checks that must succeed before it is healthy. */
  readonly healthyAfterSeconds: number;
  /** Notice before EC2 takes an instance (Amazon EC2 User Guide, "Spot Instance interruption notices": two minutes). */
  readonly noticeSeconds: number;
  /** From one custom resource of a stack to the next that depends on it: kubectl's function starts, applies, answers. An assumption. */
  readonly resourceSeconds: number;
  /** Time between two looks of the function behind listener rules at one that it waits for. */
  readonly retirementPollSeconds: number;
  /** How long the targets of a target group that goes finish their requests before it leaves the rule. */
  readonly deregistrationSeconds: number;
  /** From the end of an instance to its state `terminated`. An assumption: it starts a tick and nothing else. */
  readonly shutDownSeconds: number;
}

export const defaultSettings: ClusterSettings = {
  hpaSyncSeconds: 15,
  metricCollectionSeconds: scalingMetric.collectionSeconds,
  batchIdleSeconds: 1,
  batchMaximumSeconds: 10,
  podRetrySeconds: 10,
  launchSeconds: 2,
  shortageCacheSeconds: 180,
  eventDedupeSeconds: 60,
  disruptionPollSeconds: 10,
  disruptionValidationSeconds: 15,
  evictionRetrySeconds: 10,
  imagePullPart: 0.5,
  backOffSeconds: 10,
  maxBackOffSeconds: 300,
  unhealthyAfterSeconds: healthCheckDefaults.unhealthyThreshold * healthCheckDefaults.intervalSeconds,
  healthyAfterSeconds: healthCheckDefaults.healthyThreshold * healthCheckDefaults.intervalSeconds,
  noticeSeconds: 120,
  shutDownSeconds: 30,
  resourceSeconds: 30,
  retirementPollSeconds: ruleDefaults.pollSeconds,
  deregistrationSeconds: 60,
};
