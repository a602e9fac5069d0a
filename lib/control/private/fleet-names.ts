import type { IConstruct } from 'constructs';
import { complain } from '../../private/validation';

const claimed = new WeakMap<IConstruct, Map<string, string>>();

/** Fleets are named by namespace: two of one name would be one object, written by two owners. */
export function claimFleetName(fleet: IConstruct, cluster: IConstruct, namespace: string, fleetName: string): void {
  const names = claimed.get(cluster) ?? new Map<string, string>();
  claimed.set(cluster, names);
  const key = `${namespace}/${fleetName}`;
  const owner = names.get(key);
  if (owner !== undefined) {
    complain(fleet, {
      wrong: `the namespace has a fleet of that name already, ${owner}`,
      given: key,
      expected: 'a name of its own for every fleet of a namespace',
      fix: 'Choose another `fleetName` or `namespace` for its units.',
    });
  }
  names.set(key, fleet.node.path);
}
