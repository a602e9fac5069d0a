import { withCanaries } from '../canaries';
import { orderPools } from '../pool-order';
import { costShares } from '../shares';
import type { DesiredUnit, Policy } from './policy';

/**
 * The weights it was given: cost shares, targets from each unit's own throughput, floors at their minimum, pools in the
 * order of their price and free to grow to their maximum. It reacts to nothing: the baseline, and the way out.
 */
export const staticPolicy: Policy<'Static'> = ({ fleet, pools, nowSeconds }) => {
  const shares = withCanaries(fleet.units, costShares({ fleet, pools, isFree: () => true, nowSeconds }));
  const units: Record<string, DesiredUnit> = {};
  for (const [index, unit] of fleet.units.entries()) {
    units[unit.name] = {
      share: { value: shares[index]!, reason: unit.costShare === undefined ? 'cost share by throughput, price and latency' : 'as stated' },
      targetThroughputPerMinute: {
        value: unit.profile.throughputPerMinute * fleet.policy.targetUtilization,
        reason: `${fleet.policy.targetUtilization} of the throughput of ${unit.profile.throughputPerMinute}/min`,
      },
      floor: { value: unit.minimumReplicas, reason: 'minimumReplicas' },
    };
  }
  return {
    strategy: 'Static',
    strategyReason: 'the policy is Static',
    units,
    poolOrder: orderPools({ fleet, pools, nowSeconds, circuits: {} }),
    limits: Object.fromEntries(fleet.pools.map((pool) => [pool.name, { value: pool.maximumDevices, reason: 'maximumDevices' }])),
    findings: [],
  };
};
