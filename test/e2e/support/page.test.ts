import { describe, expect, it } from 'vitest';
import { missingLines } from './page';

describe('what a page says is printed', () => {
  it.each([
    ['numbers, times and ids', 'i-0ab: 3/4 ready for 1 min 2 s, 61.1%', 'i-9f: 12/13 ready for 40 s, 7%'],
    ['columns', '  g5   1', 'g5 2'],
    ['values that change', 'floor 8 -> 9', 'floor 8'],
    ['how often', 'refused once, half-open', 'refused 3 times, half-open'],
    ['lines that are left out', '...\n  g5 1', 'inf2 3\ng5 2\ng6 3'],
  ])('is compared without %s', (_, page, printed) => {
    expect(missingLines(page, printed)).toEqual([]);
  });

  it.each([
    ['words', 'CostOptimized for 4 s', 'CapacityOptimized for 4 s'],
    ['names with numbers', 'g5-spot 100', 'g6-spot 100'],
    ['whether all are ready', 'g5 4/4', 'g5 3/4'],
    ['whether it is anything', 'g5 38.9%', 'g5 0%'],
    ['whether it is known', 'g5 0.4 s', 'g5 -'],
  ])('is compared by %s', (_, page, printed) => {
    expect(missingLines(page, printed)).toEqual([page]);
  });
});
