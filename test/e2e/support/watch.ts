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
  /** Floors that the last decision set or kept because they are right; a floor that it could not change is left out. */
  readonly decidedFloors: Readonly<Record<string, number | undefined>>;
  /** Why the floors are what they are, by the last decision. */
  readonly reasons: Readonly<Record<string, string>>;
  /** As the last decision knew them; `undefined` where it did not. */
  readonly requestsPerMinute: Readonly<Record<string, number | undefined>>;
}

interface DecidedUnit {
  readonly decided: { readonly floor?: { readonly value?: number; readonly reason?: string } };
  readonly inputs: { readonly requestsPerMinute?: { readonly value?: number } };
}

const DEADLINE_SECONDS = 1200;
const SETTLED_SECONDS = 480;
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
  const decidedFloors = Object.fromEntries(decided.map(([unit, { decided }]) => [unit, decided.floor?.value]));
  const reasons = Object.fromEntries(decided.map(([unit, { decided }]) => [unit, decided.floor?.reason ?? '']));
  const requestsPerMinute = Object.fromEntries(decided.map(([unit, { inputs }]) => [unit, inputs.requestsPerMinute?.value]));
  return {
    atSeconds: Date.now() / 1000,
    ready: await traffic.readyPods(),
    floors: Object.fromEntries(scalers),
    weights,
    decidedFloors,
    reasons,
    requestsPerMinute,
  };
};

/**
 * Floors that the loop would not change if it could, as many ready pods, traffic for every unit, and nothing that changes in ten seconds.
 * A unit that came later than another has no traffic until its pods have been ready for half a minute, and no floor falls for three
 * minutes after requests that the first pods came too late for.
 */
export const settled = async (bed: TestBed, served: ServedFleet): Promise<Seen> => {
  let last = '';
  let same = 0;
  return until(
    'floors and ready pods that stay',
    SETTLED_SECONDS,
    async () => {
      const now = await look(bed, served);
      const { ready, floors, weights, decidedFloors } = now;
      const text = JSON.stringify({ ready, floors, weights, decidedFloors });
      const isSettled = Object.entries(floors).every(
        ([unit, floor]) => ready[unit] === floor && decidedFloors[unit] === floor && (weights[unit] ?? 0) > 0,
      );
      same = text === last && isSettled ? same + 1 : 0;
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
