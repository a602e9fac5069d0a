import { resources } from '../../../lambda/control-loop/contract/names';
import type { TestBed } from '../cluster/test-bed';
import { until } from '../cluster/wait';
import type { ServedFleet } from './served-fleet';

/** A moment, by unit. */
export interface Seen {
  readonly atSeconds: number;
  readonly ready: Readonly<Record<string, number>>;
  readonly floors: Readonly<Record<string, number>>;
  readonly weights: Readonly<Record<string, number>>;
  /** Why the floors are what they are, by the last decision. */
  readonly reasons: Readonly<Record<string, string>>;
  /** As the last decision knew them; `undefined` where it did not. */
  readonly requestsPerMinute: Readonly<Record<string, number | undefined>>;
}

interface DecidedUnit {
  readonly decided: { readonly floor?: { readonly reason?: string } };
  readonly inputs: { readonly requestsPerMinute?: { readonly value?: number } };
}

const DEADLINE_SECONDS = 1200;
const SETTLED_SECONDS = 240;
const SAME_LOOKS = 20;

/** Ready pods, floors and weights as they stand. */
export const look = async ({ api }: TestBed, { traffic, fleet, units }: ServedFleet): Promise<Seen> => {
  const scalers = await Promise.all(
    (await units()).map(async ({ name, scaler }) => {
      const { spec } = await api.get(resources.scaledObjects, scaler.name, 'default');
      return [name, Number(spec.minReplicaCount)] as const;
    }),
  );
  const weights = await fleet.router.weights();
  const decided = Object.entries((await fleet.read()).status?.lastDecision?.units ?? {}) as [string, DecidedUnit][];
  const reasons = Object.fromEntries(decided.map(([unit, { decided }]) => [unit, decided.floor?.reason ?? '']));
  const requestsPerMinute = Object.fromEntries(decided.map(([unit, { inputs }]) => [unit, inputs.requestsPerMinute?.value]));
  return {
    atSeconds: Date.now() / 1000,
    ready: await traffic.readyPods(),
    floors: Object.fromEntries(scalers),
    weights,
    reasons,
    requestsPerMinute,
  };
};

/**
 * As many ready pods as the floors ask for, traffic for every unit, and nothing that changes in ten seconds. A unit that came later than
 * another has no traffic until its pods have been ready for half a minute.
 */
export const settled = async (bed: TestBed, served: ServedFleet): Promise<Seen> => {
  let last = '';
  let same = 0;
  return until(
    'floors and ready pods that stay',
    SETTLED_SECONDS,
    async () => {
      const now = await look(bed, served);
      const { ready, floors, weights } = now;
      const text = JSON.stringify({ ready, floors, weights });
      const isServing = Object.entries(now.floors).every(([unit, floor]) => now.ready[unit] === floor && (now.weights[unit] ?? 0) > 0);
      same = text === last && isServing ? same + 1 : 0;
      last = text;
      return same >= SAME_LOOKS && now;
    },
    { pollSeconds: 0.5, explain: () => last },
  );
};

/** All that is seen until an action is done; where the API server does not answer, nothing is. */
export const watchWhile = async (bed: TestBed, served: ServedFleet, act: () => Promise<void>): Promise<readonly Seen[]> => {
  const seen: Seen[] = [];
  let isOver = false;
  const watching = until('the end of what is watched', DEADLINE_SECONDS, async () => {
    const isLast = isOver;
    seen.push(await look(bed, served));
    return isLast;
  });
  await act().finally(() => {
    isOver = true;
  });
  await watching;
  return seen;
};

/** Moments in which the ready pods of a unit could not serve the requests that its weight gives it, by the throughput of a pod. */
export const shortIn = (
  seen: readonly Seen[],
  requestsPerMinute: number,
  throughputPerMinute: Readonly<Record<string, number>>,
): readonly string[] =>
  seen.flatMap((one) => {
    const total = Object.values(one.weights).reduce((sum, weight) => sum + weight, 0);
    return Object.entries(throughputPerMinute)
      .filter(([unit, each]) => (one.ready[unit] ?? 0) * each < (requestsPerMinute * (one.weights[unit] ?? 0)) / total)
      .map(([unit]) => `${unit}: ${JSON.stringify(one)}`);
  });

/** What changed, a line for each state. */
export const storyOf = (seen: readonly Seen[]): string => {
  const begun = seen[0]?.atSeconds ?? 0;
  let last = '';
  return seen
    .flatMap(({ atSeconds, ready, floors, weights }) => {
      const text = JSON.stringify({ ready, floors, weights }).replaceAll('"', '');
      if (text === last) return [];
      last = text;
      return [`${(atSeconds - begun).toFixed(1)} s ${text}`];
    })
    .join('\n');
};
