import { describe, expect, it } from 'vitest';
import { learnColdStart } from '../../../../../lambda/control-loop/decide/profiles/cold-start';
import type { PodStart } from '../../../../../lambda/control-loop/model/observation';

const stated = { throughputPerMinute: 100, latencySeconds: 0.6, coldStartSeconds: 300 };

const MAX_SECONDS = 10_000;

/** Pods that became ready one after the other, each so long after it was created. */
const starts = (...seconds: readonly number[]): readonly PodStart[] =>
  seconds.map((duration, index) => ({
    uid: `aaaaaaaa-0000-4000-8000-${String(index).padStart(12, '0')}`,
    createdSeconds: 1000 + 100 * index - duration,
    readySeconds: 1000 + 100 * index,
    launchedNode: true,
  }));

const coldStartOf = (...seconds: readonly number[]): number => learnColdStart(stated, {}, starts(...seconds), MAX_SECONDS).coldStartSeconds;

describe('the cold start', () => {
  it('is the stated one while no pod was seen to start', () => {
    expect(learnColdStart(stated, {}, [], MAX_SECONDS)).toEqual({ coldStartSeconds: 300 });
  });

  it('follows two slow starts at once, and not a single one', () => {
    expect(coldStartOf(900)).toBe(300);
    expect(coldStartOf(900, 620)).toBe(620);
  });

  it('follows fast starts only once nine of ten are', () => {
    expect(coldStartOf(...new Array<number>(8).fill(100))).toBe(300);
    expect(coldStartOf(...new Array<number>(9).fill(100))).toBe(100);
  });

  it('is what nine of the ten youngest starts stay within', () => {
    expect(coldStartOf(9000, 9000, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100)).toBe(90);
  });

  it('does not count pods that found a node, nor what cannot be', () => {
    const found = starts(900, 900, 900).map((start) => ({ ...start, launchedNode: false }));
    expect(learnColdStart(stated, {}, found, MAX_SECONDS).coldStartSeconds).toBe(300);
    expect(coldStartOf(Number.NaN, -5, 0, Number.POSITIVE_INFINITY, Number.NaN)).toBe(300);
  });

  it('does not count a pod that was held up by something else', () => {
    expect(coldStartOf(20_000, 20_000, 20_000)).toBe(300);
  });

  it('counts each pod once, however often it is seen', () => {
    const first = learnColdStart(stated, {}, starts(900), MAX_SECONDS);
    const again = learnColdStart(stated, first, starts(900), MAX_SECONDS);
    expect(again).toEqual(first);
    expect(learnColdStart(stated, again, starts(900, 700), MAX_SECONDS).coldStartsSeconds).toEqual([900, 700]);
  });

  it('does not count a pod that becomes unready and ready again, and forgets it once it is too old for a start', () => {
    const [pod] = starts(200);
    const first = learnColdStart(stated, {}, [pod!], 1800);
    const unready = learnColdStart(stated, first, [], 1800);
    const flapped = learnColdStart(stated, unready, [{ ...pod!, readySeconds: pod!.readySeconds + 900 }], 1800);
    expect(flapped.coldStartsSeconds).toEqual([200]);
    expect(Object.keys(flapped.startedPods ?? {})).toEqual(['000000000000']);
    const late = { ...starts(0, 200)[1]!, createdSeconds: 3000, readySeconds: 3200 };
    const after = learnColdStart(stated, flapped, [late], 1800);
    expect(after.coldStartsSeconds).toEqual([200, 200]);
    expect(Object.keys(after.startedPods ?? {})).toEqual(['000000000001']);
  });
});
