import { karpenterEventReasons, resources } from '../contract/names';
import type { LaunchFailure } from '../model/observation';
import { parseRfc3339 } from '../model/times';
import type { KubernetesObject } from '../ports';

interface EventBody {
  readonly reason?: string;
  readonly message?: string;
  readonly involvedObject?: { readonly kind?: string; readonly name?: string };
  readonly series?: { readonly lastObservedTime?: string };
  readonly lastTimestamp?: string;
  readonly eventTime?: string;
  readonly firstTimestamp?: string;
}

/** When an Event was last seen: it is counted up in place rather than written anew, in one of two ways. */
const lastSeen = (event: KubernetesObject): number | undefined => {
  const body = event as EventBody;
  let latest: number | undefined;
  for (const time of [body.series?.lastObservedTime, body.lastTimestamp, body.eventTime, body.firstTimestamp]) {
    const seconds = parseRfc3339(time);
    if (seconds !== undefined && (latest === undefined || seconds > latest)) latest = seconds;
  }
  return latest ?? parseRfc3339(event.metadata.creationTimestamp);
};

/** AWS zones: `us-west-2a`, `us-gov-west-1b`, local zones `us-west-2-lax-1a`. */
const ZONE =
  /\b(?:us|eu|ap|sa|ca|me|af|il|mx|cn|eusc)-(?:gov-|iso[a-z]?-|de-)?(?:north|south|east|west|central|northeast|northwest|southeast|southwest)-\d(?:-[a-z]{3}-\d)?[a-z]\b/g;

/** EC2 ends its refusal by naming the zones that do have capacity: "... or choosing us-west-2b, us-west-2c." */
const ALTERNATIVES = /\bchoosing\b[^.]*/g;

/** The zones a refusal is about. */
export const refusedZones = (message: string): readonly string[] => [...new Set(message.replace(ALTERNATIVES, '').match(ZONE) ?? [])];

/** The API server cuts a generated name's prefix to 58 characters before it adds 5 random ones. */
const MAX_PREFIX = 58;
const RANDOM_SUFFIX = /^[a-z0-9]{1,10}$/;

/** Finds the pool of a NodeClaim by its name, as its labels are gone with it: `<pool>-<random>`; the longest pool name wins. */
export const poolFinder = (poolNames: Iterable<string>): ((nodeClaim: string) => string | undefined) => {
  const byPrefix = new Map<string, string>();
  for (const pool of poolNames) byPrefix.set(`${pool}-`.slice(0, MAX_PREFIX), pool);
  return (nodeClaim) => {
    for (let length = Math.min(nodeClaim.length - 1, MAX_PREFIX); length > 1; length -= 1) {
      const pool = byPrefix.get(nodeClaim.slice(0, length));
      if (pool !== undefined && RANDOM_SUFFIX.test(nodeClaim.slice(length))) return pool;
    }
    return undefined;
  };
};

/** Launch failures by pool name, oldest first; one for each zone that a message names. */
export const launchFailures = (
  events: Iterable<KubernetesObject>,
  poolOfNodeClaim: (nodeClaim: string) => string | undefined,
): ReadonlyMap<string, readonly LaunchFailure[]> => {
  const failures = new Map<string, LaunchFailure[]>();
  for (const event of events) {
    const body = event as EventBody;
    const subject = body.involvedObject;
    if (subject?.name === undefined) continue;
    const pool =
      body.reason === karpenterEventReasons.insufficientCapacity && subject.kind === resources.nodeClaims.kind
        ? poolOfNodeClaim(subject.name)
        : undefined;
    const atSeconds = pool === undefined ? undefined : lastSeen(event);
    if (pool === undefined || atSeconds === undefined) continue;
    const message = body.message ?? '';
    // Names may look like zones, so the subject's own is left out of the search.
    const zones = refusedZones(message.replaceAll(subject.name, ''));
    const list = failures.get(pool) ?? [];
    failures.set(pool, list);
    for (const zone of zones.length > 0 ? zones : ['unknown']) list.push({ zone, atSeconds, message });
  }
  for (const list of failures.values())
    list.sort((a, b) => a.atSeconds - b.atSeconds || compare(a.zone, b.zone) || compare(a.message, b.message));
  return failures;
};

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
