import type { Pool } from '../model/fleet';
import type { PoolOfferings } from './circuits';

/** Families of instance types that one quota of running on-demand instances covers (Amazon EC2 User Guide, "Amazon EC2 service quotas"). */
const ON_DEMAND_QUOTAS: readonly (readonly [RegExp, string])[] = [
  [/^(g|vt)\d/, 'Running On-Demand G and VT instances'],
  [/^p\d/, 'Running On-Demand P instances'],
  [/^inf\d/, 'Running On-Demand Inf instances'],
  [/^trn\d/, 'Running On-Demand Trn instances'],
  [/^dl\d/, 'Running On-Demand DL instances'],
];

/** The same of Spot Instances (Amazon EC2 User Guide, "Spot Instance quotas"). */
const SPOT_QUOTAS: readonly (readonly [RegExp, string])[] = [
  [/^(g|vt)\d/, 'All G and VT Spot Instance Requests'],
  [/^p[2-4]/, 'All P4, P3 and P2 Spot Instance Requests'],
  [/^p5/, 'All P5 Spot Instance Requests'],
  [/^inf\d/, 'All Inf Spot Instance Requests'],
  [/^trn\d/, 'All Trn Spot Instance Requests'],
  [/^dl\d/, 'All DL Spot Instance Requests'],
];

/**
 * The quota of the AWS account that all instance types of a pool count against, as Service Quotas names it; `undefined` where there is
 * none that all of them count against, and for reserved capacity, whose instances were counted when it was reserved.
 */
export const quotaOf = ({
  capacityType,
  instanceTypes,
}: Pick<Pool, 'capacityType'> & Pick<PoolOfferings, 'instanceTypes'>): string | undefined => {
  if (capacityType === 'reserved') return undefined;
  const quotas = capacityType === 'spot' ? SPOT_QUOTAS : ON_DEMAND_QUOTAS;
  const names = new Set(instanceTypes.map(({ name }) => quotas.find(([pattern]) => pattern.test(name))?.[1]));
  return names.size === 1 ? [...names][0] : undefined;
};
