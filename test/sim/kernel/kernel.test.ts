import { describe, expect, it } from 'vitest';
import { VirtualKernel } from '../../../sim/kernel/kernel';

describe('the virtual clock', () => {
  it('runs events by time, and equal times in the order they were scheduled', async () => {
    const kernel = new VirtualKernel();
    const log: string[] = [];
    for (const [timeSeconds, name] of [
      [3, 'c1'],
      [1, 'a1'],
      [2, 'b'],
      [1, 'a2'],
      [3, 'c2'],
      [1, 'a3'],
    ] as const) {
      kernel.at(timeSeconds, () => {
        log.push(`${kernel.now} ${name}`);
      });
    }
    await kernel.runUntil(10);
    expect(log).toEqual(['1 a1', '1 a2', '1 a3', '2 b', '3 c1', '3 c2']);
    expect(kernel.now).toBe(10);
  });

  it('keeps the order of a thousand events at few times', async () => {
    const kernel = new VirtualKernel();
    const log: number[] = [];
    for (let index = 0; index < 1000; index += 1) {
      kernel.at((index * 7) % 10, () => {
        log.push(index);
      });
    }
    await kernel.runUntil(10);
    const expected = Array.from({ length: 1000 }, (_, index) => index).sort((a, b) => ((a * 7) % 10) - ((b * 7) % 10) || a - b);
    expect(log).toEqual(expected);
  });

  it('awaits an asynchronous event before it runs the next, and time stands still meanwhile', async () => {
    const kernel = new VirtualKernel();
    const log: string[] = [];
    kernel.at(1, async () => {
      log.push(`begin ${kernel.now}`);
      await Promise.resolve();
      await Promise.resolve();
      log.push(`end ${kernel.now}`);
    });
    kernel.at(1, () => {
      log.push('next');
    });
    await kernel.runUntil(2);
    expect(log).toEqual(['begin 1', 'end 1', 'next']);
  });

  it('runs events up to the time asked for, that time included, and the others later', async () => {
    const kernel = new VirtualKernel();
    const log: number[] = [];
    kernel.every(0.1, 0.1, () => {
      log.push(kernel.now);
    });
    await kernel.runUntil(0.3);
    // 0.1 + 2 * 0.1 is 0.30000000000000004 in binary floating point.
    expect(log).toEqual([0.1, 0.2]);
    await kernel.runUntil(0.35);
    expect(log).toHaveLength(3);
  });

  it('repeats without adding up rounding errors', async () => {
    const kernel = new VirtualKernel();
    let last = 0;
    kernel.every(15, 5, () => {
      last = kernel.now;
    });
    await kernel.runUntil(3 * 86_400);
    expect(last).toBe(5 + 15 * 17_279);
  });

  it('runs events that an event schedules for the same time', async () => {
    const kernel = new VirtualKernel();
    const log: string[] = [];
    kernel.at(1, () => {
      kernel.after(0, () => {
        log.push('scheduled by the first');
      });
    });
    kernel.at(1, () => {
      log.push('second');
    });
    await kernel.runUntil(1);
    expect(log).toEqual(['second', 'scheduled by the first']);
  });

  it('passes on what an event throws, and can go on', async () => {
    const kernel = new VirtualKernel();
    let ran = false;
    kernel.at(1, async () => {
      throw new Error('no');
    });
    kernel.at(2, () => {
      ran = true;
    });
    await expect(kernel.runUntil(5)).rejects.toThrow('no');
    await kernel.runUntil(5);
    expect(ran).toBe(true);
  });

  it('refuses the past, times that are none, and being run from within', async () => {
    const kernel = new VirtualKernel();
    await kernel.runUntil(10);
    expect(() => kernel.at(9, () => undefined)).toThrow('given the time 9 s, expected a finite time of at least 10 s');
    expect(() => kernel.at(Number.NaN, () => undefined)).toThrow(RangeError);
    expect(() => kernel.every(0, 10, () => undefined)).toThrow('period 0 s, expected more than 0 s');
    await expect(kernel.runUntil(9)).rejects.toThrow('expected at least 10 s');
    kernel.at(11, () => kernel.runUntil(12));
    await expect(kernel.runUntil(12)).rejects.toThrow('runs already');
  });
});
