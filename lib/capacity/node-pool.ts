import { apiVersionOf, nodeLabels, poolAnnotations, poolDefaults, resources } from '../generated/contract';
import type { CapacityType } from './capacity-type';

/** A taint in the form of Kubernetes. */
interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: string;
}

/** What the NodePool of a pool is made from. */
export interface NodePoolInput {
  readonly name: string;
  /** Namespaces whose fleets may use it, separated by commas. */
  readonly namespaces: string;
  readonly labels: { readonly [key: string]: string };
  readonly taints: readonly Taint[];
  readonly instanceTypes: readonly string[];
  readonly capacityType: CapacityType;
  readonly zones: readonly string[] | undefined;
  readonly expireAfter: string;
  readonly terminationGracePeriod: string;
  readonly consolidateAfter: string;
}

const oneOf = (key: string, values: readonly string[]) => ({ key, operator: 'In', values: [...values] });

/**
 * The NodePool (karpenter.sh/v1) of a pool.
 *
 * It leaves out `spec.weight` and `spec.limits`: the control loop owns both, and an apply does not touch fields that it leaves out.
 */
export const nodePoolManifest = (input: NodePoolInput) => ({
  apiVersion: apiVersionOf(resources.nodePools),
  kind: resources.nodePools.kind,
  metadata: { name: input.name, annotations: { [poolAnnotations.namespaces]: input.namespaces } },
  spec: {
    template: {
      metadata: { labels: { ...input.labels } },
      spec: {
        nodeClassRef: { group: 'karpenter.k8s.aws', kind: 'EC2NodeClass', name: input.name },
        taints: input.taints.map((taint) => ({ ...taint })),
        requirements: [
          oneOf(nodeLabels.capacityType, [input.capacityType]),
          oneOf(nodeLabels.instanceType, input.instanceTypes),
          oneOf('kubernetes.io/arch', ['amd64']),
          oneOf('kubernetes.io/os', ['linux']),
          ...(input.zones ? [oneOf(nodeLabels.zone, input.zones)] : []),
        ],
        expireAfter: input.expireAfter,
        terminationGracePeriod: input.terminationGracePeriod,
      },
    },
    disruption: {
      consolidationPolicy: poolDefaults.consolidationPolicy,
      consolidateAfter: input.consolidateAfter,
      budgets: poolDefaults.budgets.map(({ nodes, reasons }) => ({ nodes, reasons: [...reasons] })),
    },
  },
});
