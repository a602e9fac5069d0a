import type { Sample } from './samples';

/** How one curve of the test bed and of the twin agree. */
export interface Agreement {
  readonly curve: string;
  readonly samples: number;
  /** Samples that differ at their very time. */
  readonly unequal: number;
  /** Samples that differ by more than a shift of the tolerance explains. */
  readonly different: number;
  /** Most by which the counts differ in those. */
  readonly most: number;
  /** Times of those, in seconds: first and last of each stretch. */
  readonly stretches: readonly (readonly [fromSeconds: number, toSeconds: number])[];
}

/**
 * Compares curve by curve. A sample of one side is explained by the other side when its count lies between the least and the most that
 * the other side shows within the tolerance, in seconds, before and after. It counts as different unless each side explains the other.
 */
export const compare = (
  curves: readonly string[],
  reality: readonly Sample[],
  twin: readonly Sample[],
  toleranceSeconds: number,
): readonly Agreement[] =>
  curves.map((curve) => {
    const times = reality.map(({ atSeconds }) => atSeconds).filter((time) => twin.some(({ atSeconds }) => atSeconds === time));
    const countsOf = (samples: readonly Sample[]) => new Map(samples.map(({ atSeconds, counts }) => [atSeconds, counts[curve] ?? 0]));
    const [real, played] = [countsOf(reality), countsOf(twin)];
    const distance = (time: number, own: ReadonlyMap<number, number>, other: ReadonlyMap<number, number>): number => {
      const near = times.filter((at) => Math.abs(at - time) <= toleranceSeconds).map((at) => other.get(at) ?? 0);
      const count = own.get(time) ?? 0;
      return Math.max(0, count - Math.max(...near), Math.min(...near) - count);
    };
    const different = times
      .map((time) => ({ time, by: Math.max(distance(time, real, played), distance(time, played, real)) }))
      .filter(({ by }) => by > 0);
    return {
      curve,
      samples: times.length,
      unequal: times.filter((time) => real.get(time) !== played.get(time)).length,
      different: different.length,
      most: Math.max(0, ...different.map(({ by }) => by)),
      stretches: stretchesOf(
        different.map(({ time }) => time),
        times,
      ),
    };
  });

const stretchesOf = (found: readonly number[], times: readonly number[]): readonly (readonly [number, number])[] => {
  const place = new Map(times.map((time, index) => [time, index]));
  const stretches: [number, number][] = [];
  for (const time of found) {
    const last = stretches.at(-1);
    if (last !== undefined && place.get(time) === (place.get(last[1]) ?? 0) + 1) last[1] = time;
    else stretches.push([time, time]);
  }
  return stretches;
};
