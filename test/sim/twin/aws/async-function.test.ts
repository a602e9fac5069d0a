import { describe, expect, it } from 'vitest';
import { VirtualKernel } from '../../../../sim/kernel/kernel';
import { AsyncFunction, type AsyncFunctionOptions } from '../../../../sim/twin/aws/async-function';

/** A function, and when it ran for which event. */
const world = (options: Partial<AsyncFunctionOptions<string>> = {}) => {
  const kernel = new VirtualKernel();
  const runs: [string, number][] = [];
  const loop = new AsyncFunction<string>({
    kernel,
    concurrency: 1,
    maxEventAgeSeconds: 60,
    durationSeconds: 3,
    handler: async (trigger) => {
      runs.push([trigger, kernel.now]);
    },
    ...options,
  });
  const at = (seconds: number, ...triggers: string[]): void => {
    for (const trigger of triggers) kernel.at(seconds, () => loop.invoke(trigger));
  };
  return { kernel, loop, runs, at };
};

describe('A function with a concurrency of one', () => {
  it('runs for each event', async () => {
    const { kernel, runs, at } = world();
    at(10, 'schedule');
    at(20, 'spot-interruption');
    await kernel.runUntil(100);
    expect(runs).toEqual([
      ['schedule', 10],
      ['spot-interruption', 20],
    ]);
  });

  it('is not folded: events that come together run one after the other, throttled ones one, two, four, ... seconds later', async () => {
    const { kernel, runs, at } = world();
    at(0, 'a', 'b', 'c');
    await kernel.runUntil(100);
    // b and c are tried at 0, 1, 3, 7 s. At 3 s the first run has ended, and b is first in the queue.
    expect(runs).toEqual([
      ['a', 0],
      ['b', 3],
      ['c', 7],
    ]);
  });

  it('gives up events that are too old, and runs no more of a burst than it can in that time', async () => {
    const { kernel, runs, loop, at } = world({ durationSeconds: 20 });
    at(0, 'a', 'b', 'c', 'd', 'e', 'f');
    await kernel.runUntil(1000);
    expect(runs.length + loop.dropped).toBe(6);
    expect(loop.dropped).toBeGreaterThan(0);
    expect(runs.every(([, seconds]) => seconds <= 60)).toBe(true);
    const starts = runs.map(([, seconds]) => seconds);
    expect(starts.slice(1).every((start, index) => start - starts[index]! >= 20)).toBe(true);
  });

  it('lets virtual time stand still while it works', async () => {
    const { kernel, runs, at } = world({
      handler: async (trigger) => {
        await Promise.resolve();
        runs.push([trigger, kernel.now]);
      },
    });
    at(5, 'a');
    await kernel.runUntil(5);
    expect(runs).toEqual([['a', 5]]);
  });
});

describe('A function with more concurrency', () => {
  it('runs for that many events at a time', async () => {
    const { kernel, runs, at } = world({ concurrency: 2 });
    at(0, 'a', 'b', 'c');
    await kernel.runUntil(100);
    expect(runs).toEqual([
      ['a', 0],
      ['b', 0],
      ['c', 3],
    ]);
  });
});
