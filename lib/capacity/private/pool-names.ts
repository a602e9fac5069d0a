import type { IConstruct } from 'constructs';
import { complain } from '../../private/validation';

const claimed = new WeakMap<IConstruct, Map<string, string>>();

/** NodePools are named cluster-wide: two pools of one name on one cluster would overwrite each other. */
export function claimPoolName(pool: IConstruct, cluster: IConstruct, name: string): void {
  const names = claimed.get(cluster) ?? new Map<string, string>();
  claimed.set(cluster, names);
  const owner = names.get(name);
  if (owner !== undefined) {
    complain(pool, {
      wrong: `the cluster has a pool of that name already, ${owner}`,
      given: name,
      expected: 'a name of its own for every pool of a cluster',
      fix: 'Set `name`, or share the pool that exists.',
    });
  }
  names.set(name, pool.node.path);
}
