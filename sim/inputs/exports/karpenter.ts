import * as z from 'zod/mini';
import { validate } from '../../../lambda/control-loop/api/validate';
import { karpenterEventReasons } from '../../../lambda/control-loop/contract/names';
import { InvalidInputError } from '../../../lambda/control-loop/errors';
import type { FieldProblem } from '../../../lambda/control-loop/model/field-problem';
import { readRefusals } from '../../../lambda/control-loop/observe/shortage-events';
import { parseDataFile, type TextFile } from '../text-file';
import { refuseUnknownSeries } from './chosen-series';
import type { ExportFormat, Refusal } from './format';
import { INSTANT, instantOf, refuseFile } from './times';

/**
 * `kubectl get events -o json`: Events as the API server counts them up, in one of two ways
 * (https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/). Karpenter writes a Warning with reason
 * `InsufficientCapacityError` on each NodeClaim that EC2 refused (sigs.k8s.io/karpenter `nodeclaim/lifecycle/events.go`).
 */
const EventsSchema = z.object({
  items: z.array(
    z.object({
      reason: z.optional(z.nullable(z.string())),
      message: z.optional(z.nullable(z.string())),
      involvedObject: z.optional(z.object({ kind: z.optional(z.string()), name: z.optional(z.string()) })),
      metadata: z.object({ uid: z.optional(z.string()), name: z.optional(z.string()), creationTimestamp: z.optional(z.unknown()) }),
      firstTimestamp: z.optional(z.unknown()),
      lastTimestamp: z.optional(z.unknown()),
      eventTime: z.optional(z.unknown()),
      series: z.optional(z.nullable(z.object({ lastObservedTime: z.optional(z.unknown()) }))),
    }),
  ),
});
type Event = z.output<typeof EventsSchema>['items'][number];

/** How long Karpenter asks for no offering that was refused (karpenter-provider-aws `pkg/cache/cache.go`, UnavailableOfferingsTTL). */
const HOLD_SECONDS = 180;

/** A NodeClaim is named after its pool; the API server adds five characters. */
const NODE_CLAIM = /^(.+)-[a-z0-9]{5}$/;

/** Refused launches as capacity: a pool has none from a refusal until three minutes after it. */
export const karpenter: ExportFormat = {
  title: 'Karpenter: kubectl get events -A -o json',
  kind: 'availability',
  series: 'pool',
  hasValues: false,
  recognises: ({ fields }) => fields.includes('items') && fields.includes('kind'),
  read(files, { series }) {
    const seen = new Set<string>();
    const pools = new Set<string>();
    const refusals: Refusal[] = [];
    let [found, repeated, quotas, others] = [0, 0, 0, 0];
    let first: string | undefined;
    for (const file of files) {
      first ??= file.name;
      for (const event of refusedLaunches(file)) {
        found++;
        pools.add(event.pool);
        const { uid, pool, fromEpochSeconds, toEpochSeconds, isQuota } = event;
        // Events live an hour, so that files of several calls overlap; a later one may have been counted up further.
        const key = `${uid} ${toEpochSeconds}`;
        if (seen.has(key)) repeated++;
        else if (isQuota) quotas++;
        else if (series.length > 0 && !series.includes(pool)) others++;
        else refusals.push({ pool, fromEpochSeconds, toEpochSeconds: toEpochSeconds + HOLD_SECONDS });
        seen.add(key);
      }
    }
    if (found === 0) {
      refuseFile(
        first ?? 'input',
        `no Event with reason ${karpenterEventReasons.insufficientCapacity} on a NodeClaim`,
        'at least one refused launch',
        'Events are kept for an hour: collect them while it happens, with -A for all namespaces',
      );
    }
    refuseUnknownSeries(series, pools, 'pool');
    return {
      kind: 'availability',
      source: 'Karpenter, refused launches',
      found,
      entries: 'events',
      refusals,
      leftOut: [
        { count: repeated, why: 'found again in the files' },
        { count: quotas, why: 'about a quota of the account, which is no lack of capacity' },
        { count: others, why: 'of other pools' },
      ],
      notes: [
        'A pool has no devices from a refused launch until 3 minutes after it. An Event does not say what other zones and types had, so this is the worst case.',
        'Events say nothing of instances that ran on: set "availability": { "reclaim": "none" } in the scenario, or the twin takes spot instances back.',
      ],
    };
  },
};

interface RefusedLaunch extends Refusal {
  readonly uid: string;
  readonly isQuota: boolean;
}

const refusedLaunches = (file: TextFile): readonly RefusedLaunch[] => {
  const json = parseDataFile(file);
  const parsed = validate(EventsSchema, json.value);
  if (!parsed.ok) throw new InvalidInputError(json.problems(parsed.problems));
  const problems: FieldProblem[] = [];
  const launches = parsed.value.items.flatMap((event, index): readonly RefusedLaunch[] => {
    const { kind, name } = event.involvedObject ?? {};
    if (event.reason !== karpenterEventReasons.insufficientCapacity || kind !== 'NodeClaim') return [];
    const path = ['items', index];
    const pool = NODE_CLAIM.exec(name ?? '')?.[1];
    const times = timesOf(event);
    if (pool === undefined) {
      problems.push({
        path: [...path, 'involvedObject', 'name'],
        given: JSON.stringify(name) ?? 'nothing',
        expected: 'the name of a NodeClaim: its pool and five characters, g5-spot-x7k2p',
      });
    }
    if (times.length === 0) problems.push({ path, given: 'no time', expected: `as lastTimestamp ${INSTANT}` });
    if (pool === undefined || times.length === 0) return [];
    const { refused } = readRefusals((event.message ?? '').replaceAll(name!, ''));
    return [
      {
        uid: event.metadata.uid ?? event.metadata.name ?? String(index),
        pool,
        fromEpochSeconds: Math.min(...times),
        toEpochSeconds: Math.max(...times),
        isQuota: refused.every(({ isQuota }) => isQuota === true),
      },
    ];
  });
  if (problems.length > 0) throw new InvalidInputError(json.problems(problems));
  return launches;
};

/** All instants at which an Event was seen. */
const timesOf = (event: Event): readonly number[] => {
  const own = [event.firstTimestamp, event.lastTimestamp, event.eventTime, event.series?.lastObservedTime].map(instantOf);
  const known = own.filter((time) => time !== undefined);
  return known.length > 0 ? known : [instantOf(event.metadata.creationTimestamp)].filter((time) => time !== undefined);
};
