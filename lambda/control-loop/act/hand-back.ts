import { mapLimit, messageOf } from '../concurrency';
import { apiVersionOf, FIELD_MANAGER, resources } from '../contract/names';
import type { OwnedPool } from '../model/owned-pool';
import type { WriteRecord } from '../model/write-record';
import type { KubernetesObject, KubernetesPort } from '../ports';
import { outcomeOf } from './outcome';

const CALLS_AT_ONCE = 8;

/** An apply that states no field: the API server removes those that the manager applied before and that nobody else owns. */
const released = ({ name, uid, resourceVersion }: OwnedPool): KubernetesObject => ({
  apiVersion: apiVersionOf(resources.nodePools),
  kind: resources.nodePools.kind,
  metadata: { name, uid, resourceVersion },
});

/**
 * Gives up what the loop owns of NodePools, each as it was observed or not at all.
 *
 * @param isLate whether the time of the tick is over: no write is begun after that, the next tick finishes
 */
export const handBack = (kubernetes: KubernetesPort, pools: readonly OwnedPool[], isLate: () => boolean): Promise<readonly WriteRecord[]> =>
  mapLimit(pools, CALLS_AT_ONCE, async (pool): Promise<WriteRecord> => {
    const record = { fleets: [], object: `${resources.nodePools.kind} ${pool.name}`, fields: {}, previous: pool.fields };
    if (isLate()) return { ...record, outcome: 'Skipped', message: 'the time of the tick was over' };
    try {
      await kubernetes.apply(resources.nodePools, released(pool), FIELD_MANAGER);
      return { ...record, outcome: 'Done' };
    } catch (error) {
      return { ...record, outcome: outcomeOf(error, false), message: messageOf(error) };
    }
  });
