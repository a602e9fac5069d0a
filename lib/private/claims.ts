import type { IConstruct } from 'constructs';
import { complain } from './validation';

/** What may exist once on a cluster, with what to say to a second one. */
const ONCE = {
  pool: {
    wrong: (owner: string) => `the cluster has a pool of that name already, ${owner}`,
    expected: 'a name of its own for every pool of a cluster',
    fix: 'Set `name`, or share the pool that exists.',
  },
  unit: {
    wrong: (owner: string) => `the namespace has a unit whose objects have that name already, ${owner}`,
    expected: 'a name of its own for every unit of a fleet',
    fix: 'Choose another `name`, `fleetName` or `namespace`.',
  },
  fleet: {
    wrong: (owner: string) => `the namespace has a fleet of that name already, ${owner}`,
    expected: 'a name of its own for every fleet of a namespace',
    fix: 'Choose another `fleetName` or `namespace` for its units.',
  },
} as const;

/** The path of the construct that claimed a name first, by cluster, kind and name. */
const owners = new WeakMap<IConstruct, Map<string, string>>();

/** Claims a key on a cluster; returns the path of the construct that claimed it before. */
function claim(cluster: IConstruct, key: string, path: string): string | undefined {
  const claimed = owners.get(cluster) ?? new Map<string, string>();
  owners.set(cluster, claimed);
  const owner = claimed.get(key);
  if (owner === undefined) claimed.set(key, path);
  return owner;
}

/** Claims the name of an object in the cluster: two constructs of one name would overwrite each other's object. */
export function claimName(claimant: IConstruct, cluster: IConstruct, kind: keyof typeof ONCE, name: string): void {
  const owner = claim(cluster, `${kind}/${name}`, claimant.node.path);
  if (owner === undefined) return;
  const { wrong, ...rest } = ONCE[kind];
  complain(claimant, { wrong: wrong(owner), given: name, ...rest });
}

/** Claims a cluster for its one control loop. */
export function claimLoop(loop: IConstruct, cluster: IConstruct): void {
  const owner = claim(cluster, 'loop', loop.node.path);
  if (owner === undefined) return;
  complain(loop, {
    wrong: 'the cluster has a control loop already, which serves all of its fleets',
    given: owner,
    expected: 'one loop a cluster',
    fix: 'Use `addFleet` of that loop.',
  });
}
