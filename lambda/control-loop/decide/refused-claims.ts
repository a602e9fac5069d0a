import { poolAnnotations } from '../contract/names';
import { ALL_NAMESPACES, type Claims } from '../model/claims';
import type { Fleet } from '../model/fleet';

/** A fleet that claims pools, scalers and a router by naming them. */
export interface Claimant {
  /** See `fleetKey`. */
  readonly key: string;
  readonly fleet: Fleet;
  /** When the fleet was created, in seconds since the epoch; `undefined` where it does not say. */
  readonly createdSeconds: number | undefined;
  /** Its router and backends, by names that no others have. */
  readonly routerResources: readonly string[];
}

/**
 * The fleets that may not steer what they name, with the reason. A fleet steers only what names it back:
 *
 * - pools whose NodePool admits the namespace of the fleet;
 * - a router that names this fleet, or no fleet;
 * - a router, target groups and scalers that no elder fleet enforces decisions on.
 *
 * A fleet that is refused holds no claim, nor does one that does not enforce its decisions.
 */
export const refusedClaims = (claimants: readonly Claimant[], claims: Claims): ReadonlyMap<string, string> => {
  const refused = new Map<string, string>();
  const holders = new Map<string, string>();
  for (const claimant of [...claimants].sort(byAge)) {
    const reason = refusedByPool(claimant, claims) ?? refusedByRouter(claimant, claims) ?? refusedByElder(claimant, holders);
    if (reason !== undefined) {
      refused.set(claimant.key, reason);
    } else if (claimant.fleet.enforcement === 'Enforce') {
      for (const resource of exclusiveResources(claimant)) holders.set(resource, claimant.key);
    }
  }
  return refused;
};

const byAge = (a: Claimant, b: Claimant): number => {
  const difference = (a.createdSeconds ?? Number.POSITIVE_INFINITY) - (b.createdSeconds ?? Number.POSITIVE_INFINITY);
  if (difference !== 0 && !Number.isNaN(difference)) return difference;
  return a.key < b.key ? -1 : 1;
};

const refusedByPool = ({ fleet }: Claimant, { namespacesByPool }: Claims): string | undefined => {
  for (const { name } of fleet.pools) {
    const admitted = namespacesByPool.get(name);
    if (admitted === undefined || admitted.includes(fleet.namespace) || admitted.includes(ALL_NAMESPACES)) continue;
    return (
      `pool ${name}: given a fleet in namespace ${fleet.namespace}, expected one of the namespaces that the NodePool admits ` +
      `(${admitted.join(', ') || 'none'}); whoever owns the NodePool can add ${fleet.namespace} to its annotation ${poolAnnotations.namespaces}`
    );
  }
  return undefined;
};

const refusedByRouter = ({ key, routerResources }: Claimant, { ownerByFleet }: Claims): string | undefined => {
  const owner = ownerByFleet.get(key);
  if (owner === undefined || owner === key) return undefined;
  return `router ${routerResources[0]}: given fleet ${key}, expected the fleet that its tags name, ${owner}; a router serves one fleet`;
};

const refusedByElder = (claimant: Claimant, holders: ReadonlyMap<string, string>): string | undefined => {
  if (claimant.fleet.enforcement !== 'Enforce') return undefined;
  const taken = exclusiveResources(claimant).find((resource) => holders.has(resource));
  if (taken === undefined) return undefined;
  return `${taken}: given fleet ${claimant.key}, expected the elder fleet ${holders.get(taken)}, which steers it; it serves one fleet`;
};

const exclusiveResources = ({ fleet, routerResources }: Claimant): readonly string[] => [
  ...routerResources,
  ...fleet.units.map(({ scaler }) => `${scaler.kind} ${fleet.namespace}/${scaler.name}`),
];
