import type { Fleet } from './fleet';

type Claim = Pick<Fleet, 'enforcement' | 'pools'>;

/** Fleets that enforce their decisions before the others: where two describe one pool, the first description counts. */
export const enforcingFirst = <F extends Claim>(fleets: readonly F[]): readonly F[] => [
  ...fleets.filter(({ enforcement }) => enforcement === 'Enforce'),
  ...fleets.filter(({ enforcement }) => enforcement !== 'Enforce'),
];

/** Fleets by which pools are decided: a fleet that only watches constrains none of those that enforce their decisions on its pools. */
export const rulingFleets = <F extends Claim>(fleets: readonly F[]): readonly F[] => {
  const enforced = new Set(fleets.flatMap(({ enforcement, pools }) => (enforcement === 'Enforce' ? pools.map(({ name }) => name) : [])));
  return fleets.filter(({ enforcement, pools }) => enforcement === 'Enforce' || !pools.some(({ name }) => enforced.has(name)));
};
