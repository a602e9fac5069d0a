import type { FleetView, Rule } from './rule';
import { spotFirst } from './rule';

/** Pods of a unit that are always there: Kubernetes' own advice for what must not be down while one is replaced. */
const LEAST_PODS = 2;

/**
 * What a competent SRE runs without this project: the autoscaler on requests per pod, at a part of the throughput that was measured,
 * Karpenter with spot before on demand, and no more. With several units each gets an equal part of the traffic, and those without a healthy
 * target none.
 *
 * Kubernetes documentation, "Horizontal Pod Autoscaling"; Karpenter documentation, "NodePools" (`karpenter.sh/capacity-type`), where a
 * pool without capacity is left out for three minutes and the next one tried.
 */
export const hpaRule =
  (utilization: number): Rule =>
  (view) => {
    const { units } = view.fleet;
    const shares = equalShares(view);
    return {
      units: Object.fromEntries(
        units.map(({ name, profile, maximumReplicas }) => [
          name,
          {
            floor: Math.min(maximumReplicas, units.length > 1 ? 1 : LEAST_PODS),
            targetPerMinute: utilization * profile.throughputPerMinute,
            share: shares[name]!,
          },
        ]),
      ),
      poolOrder: spotFirst(view),
    };
  };

const equalShares = ({ fleet, healthyHosts }: FleetView): Readonly<Record<string, number>> => {
  const healthy = fleet.units.filter(({ name }) => (healthyHosts[name] ?? 0) > 0).map(({ name }) => name);
  const served = healthy.length > 0 ? healthy : fleet.units.map(({ name }) => name);
  return Object.fromEntries(fleet.units.map(({ name }) => [name, served.includes(name) ? 1 / served.length : 0]));
};
