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

/** When an Event was last seen: it is counted up in place rather than written again, in one of two ways. */
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

/** EC2 instance types: `g5.xlarge`, `trn1.32xlarge`, `u-6tb1.metal`, `m7i.metal-24xl`. */
const INSTANCE_TYPE = /\b[a-z][a-z0-9-]*\d[a-z0-9-]*\.(?:nano|micro|small|medium|\d*x?large|metal(?:-\d+xl)?)\b/g;

/** The codes by which EC2 says that a quota of the account is used up (Amazon EC2 API reference, "Error codes"). */
const QUOTA = /\b(?:MaxSpotInstanceCountExceeded|VcpuLimitExceeded)\b/;

/** Karpenter appends this to an error that it cut at 300 characters (sigs.k8s.io/karpenter `nodeclaim/lifecycle/launch.go`). */
const CUT = /\.\.\.$/;
/** Where the fleet's errors end and what the AWS provider says of the call begins. */
const AFTER_ERRORS = / \(aws-error-code=.*/s;

type Refusal = Pick<LaunchFailure, 'zone' | 'instanceType' | 'isQuota'>;

/** What a message says was refused. */
export interface Refusals {
  /** One for each zone and instance type that an error names; `unknown` and without a type where it names none. */
  readonly refused: readonly Refusal[];
  /** Whether the message was cut where it may have gone on to name others. */
  readonly mayNameMore: boolean;
}

/**
 * Reads a refusal: `..., with fleet error(s), <code>: <text>; <code>: <text> (aws-error-code=..., ...)`.
 *
 * Mostly EC2 refuses one type in one zone and tries no other; then others may still have capacity, whatever zones the text recommends.
 * Where it tried several, Karpenter lists each, in no order, and cuts the list (kubernetes-sigs/karpenter issues 3198, 2275). An error
 * that is cut before it names a zone counts for all of them, one that is cut before it names a type for all types.
 */
export const readRefusals = (message: string): Refusals => {
  const isCut = CUT.test(message) && !AFTER_ERRORS.test(message);
  const errors = message
    .replace(CUT, '')
    .replace(AFTER_ERRORS, '')
    .replace(/^.*with fleet error\(s\), /s, '')
    .split('; ');
  return { refused: unique(errors.flatMap(refusalsOf)), mayNameMore: isCut };
};

const refusalsOf = (error: string): readonly Refusal[] => {
  if (QUOTA.test(error)) return [{ zone: 'unknown', isQuota: true }];
  const text = error.replace(ALTERNATIVES, '');
  const zones = new Set(text.match(ZONE) ?? ['unknown']);
  const types = new Set<string | undefined>(text.match(INSTANCE_TYPE) ?? [undefined]);
  return [...zones].flatMap((zone) => [...types].map((instanceType) => ({ zone, ...(instanceType !== undefined && { instanceType }) })));
};

const unique = (refusals: readonly Refusal[]): readonly Refusal[] => [
  ...new Map(refusals.map((refusal) => [JSON.stringify(refusal), refusal])).values(),
];

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

/**
 * Launch failures by pool name, oldest first; one for each zone and instance type that a message names.
 *
 * Where the message was cut, Karpenter's Event on the NodePool tells whether anything was left to ask for after the refusal. If not, the
 * whole pool was refused, whatever the part that is left of the message names.
 *
 * @param events of both kinds, in any order
 */
export const launchFailures = (
  events: Iterable<KubernetesObject>,
  poolOfNodeClaim: (nodeClaim: string) => string | undefined,
): ReadonlyMap<string, readonly LaunchFailure[]> => {
  const exhausted = new Map<string, number>();
  const refusals: { readonly pool: string; readonly nodeClaim: string; readonly atSeconds: number; readonly message: string }[] = [];
  for (const event of events) {
    const { reason, involvedObject, message = '' } = event as EventBody;
    const atSeconds = lastSeen(event);
    if (involvedObject?.name === undefined || atSeconds === undefined) continue;
    const { kind, name } = involvedObject;
    if (reason === karpenterEventReasons.noCompatibleInstanceTypes && kind === resources.nodePools.kind)
      exhausted.set(name, Math.max(atSeconds, exhausted.get(name) ?? atSeconds));
    const isRefusal = reason === karpenterEventReasons.insufficientCapacity && kind === resources.nodeClaims.kind;
    const pool = isRefusal ? poolOfNodeClaim(name) : undefined;
    if (pool !== undefined) refusals.push({ pool, nodeClaim: name, atSeconds, message });
  }
  const failures = new Map<string, LaunchFailure[]>();
  for (const { pool, nodeClaim, atSeconds, message } of refusals) {
    // Names may look like zones, so the subject's own is left out of the search.
    const { refused, mayNameMore } = readRefusals(message.replaceAll(nodeClaim, ''));
    const isExhausted = (exhausted.get(pool) ?? Number.NEGATIVE_INFINITY) >= atSeconds;
    const all = mayNameMore && isExhausted ? unique([...refused, { zone: 'unknown' }]) : refused;
    const list = failures.get(pool) ?? [];
    failures.set(pool, list);
    for (const refusal of all) list.push({ ...refusal, atSeconds, message });
  }
  for (const list of failures.values())
    list.sort((a, b) => a.atSeconds - b.atSeconds || compare(a.zone, b.zone) || compare(a.message, b.message));
  return failures;
};

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
