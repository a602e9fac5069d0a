import type { OwnedPool } from '../model/owned-pool';

/**
 * NodePools that the loop hands back: it owns fields of them, and no fleet names them any more, as after its deletion.
 *
 * What it set served the load and the shortages of one moment. A limit that a shortage has lowered would keep the pool from growing for
 * ever, and the order of that moment is nobody's. Without both a NodePool is what its own manifest says, and grows as far as the maxima of
 * the scalers have it.
 *
 * @param named the pools that fleets name; `undefined` where that is not known, and then nothing is handed back
 */
export const poolsToHandBack = (owned: readonly OwnedPool[], named: ReadonlySet<string> | undefined): readonly OwnedPool[] =>
  named === undefined ? [] : owned.filter(({ name }) => !named.has(name));
