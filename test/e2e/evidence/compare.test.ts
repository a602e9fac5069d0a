import { describe, expect, it } from 'vitest';
import { compare } from './compare';
import type { Sample } from './samples';

/** A sample every five seconds. */
const curve = (...counts: readonly number[]): readonly Sample[] =>
  counts.map((count, index) => ({ atSeconds: index * 5, counts: { nodes: count } }));

const agreement = (reality: readonly Sample[], twin: readonly Sample[], toleranceSeconds = 15) => {
  const [found] = compare(['nodes'], reality, twin, toleranceSeconds);
  return found;
};

describe('two curves', () => {
  it('that are equal agree', () => {
    expect(agreement(curve(1, 2, 2), curve(1, 2, 2))).toEqual({
      curve: 'nodes',
      samples: 3,
      unequal: 0,
      different: 0,
      most: 0,
      stretches: [],
    });
  });

  it('with a step that comes three samples later are unequal there, not different', () => {
    expect(agreement(curve(1, 1, 1, 2, 2, 2, 2), curve(1, 1, 1, 1, 1, 1, 2))).toMatchObject({ unequal: 3, different: 0 });
  });

  it('with a step that comes six samples later are different from where no shift explains either side', () => {
    const early = curve(1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2);
    const late = curve(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2);
    // From 30 s the one shows 2 and the other shows none before 60 s; to 55 s the other shows 1 and the one shows none after 25 s.
    expect(agreement(early, late)).toMatchObject({ unequal: 6, different: 6, most: 1, stretches: [[30, 55]] });
  });

  it('of which one climbs in steps that the other takes at once agree within the tolerance', () => {
    expect(agreement(curve(1, 2, 3, 4, 4), curve(1, 1, 4, 4, 4))).toMatchObject({ different: 0 });
  });

  it('with a peak that the other lacks differ, whichever has it', () => {
    const flat = curve(1, 1, 1, 1, 1, 1, 1, 1);
    const peak = curve(1, 1, 1, 4, 1, 1, 1, 1);
    expect(agreement(peak, flat)).toMatchObject({ different: 1, most: 3, stretches: [[15, 15]] });
    expect(agreement(flat, peak)).toMatchObject({ different: 1, most: 3, stretches: [[15, 15]] });
  });

  it('that were not sampled at a time are not compared there', () => {
    expect(agreement(curve(1, 1, 1), curve(1, 1))).toMatchObject({ samples: 2, different: 0 });
  });
});
