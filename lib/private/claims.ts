import type { IConstruct } from 'constructs';
import { complain } from './validation';

/** Names that only one construct may use on a cluster, and the mistake of the second one. */
const UNIQUE_NAMES = {
  pool: {
    code: 'DuplicatePoolName',
    wrong: (owner: string) => `the cluster already has a pool with this name, ${owner}`,
    expected: 'a name that no other pool of the cluster has',
    fix: 'Set `name`, or share the existing pool.',
  },
  unit: {
    code: 'DuplicateUnitName',
    wrong: (owner: string) => `the namespace already has a unit whose objects have this name, ${owner}`,
    expected: 'a name that no other unit of the namespace has',
    fix: 'Choose another `name`, `fleetName` or `namespace`.',
  },
  fleet: {
    code: 'DuplicateFleetName',
    wrong: (owner: string) => `the namespace already has a fleet with this name, ${owner}`,
    expected: 'a name that no other fleet of the namespace has',
    fix: 'Choose another `fleetName` or `namespace` for its units.',
  },
} as const;

/** Path of the construct that claimed a key first, by cluster and key. */
const owners = new WeakMap<IConstruct, Map<string, string>>();

/** Claims a key on a cluster; returns the path of the construct that claimed it before. */
function claim(cluster: IConstruct, key: string, path: string): string | undefined {
  const claimed = owners.get(cluster) ?? new Map<string, string>();
  owners.set(cluster, claimed);
  const owner = claimed.get(key);
  if (owner === undefined) claimed.set(key, path);
  return owner;
}

/** Claims a name on a cluster. Two constructs with the same name would overwrite each other's Kubernetes objects. */
export function claimName(claimant: IConstruct, cluster: IConstruct, kind: keyof typeof UNIQUE_NAMES, name: string): void {
  const owner = claim(cluster, `${kind}/${name}`, claimant.node.path);
  if (owner === undefined) return;
  const { wrong, ...rest } = UNIQUE_NAMES[kind];
  complain(claimant, { wrong: wrong(owner), given: name, ...rest });
}

/** Claims a cluster for its only control loop. */
export function claimLoop(loop: IConstruct, cluster: IConstruct): void {
  const owner = claim(cluster, 'loop', loop.node.path);
  if (owner === undefined) return;
  complain(loop, {
    code: 'SecondControlLoop',
    wrong: 'the cluster already has a control loop, which serves all of its fleets',
    given: owner,
    expected: 'one control loop for each cluster',
    fix: 'Call `addFleet` of the existing loop.',
  });
}
