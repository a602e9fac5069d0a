import { mapLimit } from '../concurrency';
import { poolAnnotations } from '../contract/names';
import { type Fleet, fleetKey } from '../model/fleet';
import { routingOf } from '../model/router';
import type { KubernetesObject } from '../ports';
import type { RouterAdapters } from '../routers/adapter';
import { cachedSignal } from './cached';
import type { TickCaches } from './caches';
import type { Deadline } from './deadline';

const CALLS_AT_ONCE = 10;

/** Tags change by deployments only. An owner that was read once is believed for a day. */
const OWNER_FRESHNESS = { refreshSeconds: 600, retrySeconds: 60, maximumAgeSeconds: 86_400 };

/** Namespaces that a NodePool admits; none where it does not say. */
export const namespacesOf = ({ metadata }: KubernetesObject): readonly string[] =>
  (metadata.annotations?.[poolAnnotations.namespaces] ?? '')
    .split(',')
    .map((namespace) => namespace.trim())
    .filter((namespace) => namespace !== '');

/** The fleet that the router of each fleet names, by `fleetKey`; routers that name none, or cannot be read, are left out. */
export const observeOwners = async (
  routers: RouterAdapters,
  caches: TickCaches,
  deadline: Deadline,
  fleets: readonly Fleet[],
  nowSeconds: number,
): Promise<ReadonlyMap<string, string>> => {
  const owners = await mapLimit(fleets, CALLS_AT_ONCE, async (fleet): Promise<readonly (readonly [string, string])[]> => {
    const routing = routingOf(fleet);
    if (routing === undefined) return [];
    const { splitter } = routers[routing.router.kind];
    const name = splitter.nameOf(routing.router);
    const key = `owner ${routing.router.kind} ${splitter.resourcesOf(routing)[0]}`;
    const owner = await cachedSignal(caches, key, `tags of ${name}`, OWNER_FRESHNESS, { nowSeconds, deadline }, () =>
      splitter.readOwner(routing.router),
    );
    return owner.known && owner.value !== undefined ? [[fleetKey(fleet), owner.value]] : [];
  });
  return new Map(owners.flat());
};
