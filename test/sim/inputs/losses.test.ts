import { describe, expect, it } from 'vitest';
import { loadScenario } from '../../../sim/inputs/load-scenario';
import type { Loss } from '../../../sim/inputs/losses';

/** The smoke scenario: an hour; inf2-spot has any number of devices, none from 1500 to 2700 seconds, and again any number. */
const availabilityWith = (...lose: readonly Loss[]) =>
  loadScenario('smoke', '/', { lose }).availability.map(({ timestampSeconds, pool, devices }) => [timestampSeconds, pool, devices]);

describe('A loss', () => {
  it('takes a pool away for its time, and leaves the others', () => {
    expect(availabilityWith({ of: 'g5-spot', fromSeconds: 600, durationSeconds: 300 })).toEqual([
      [0, 'inf2-spot', null],
      [600, 'g5-spot', 0],
      [900, 'g5-spot', null],
      [1500, 'inf2-spot', 0],
      [2700, 'inf2-spot', null],
    ]);
  });

  it('of a unit takes all of its pools', () => {
    const rows = availabilityWith({ of: 'g5', fromSeconds: 600, durationSeconds: 300 });
    expect(rows.filter(([at]) => at === 600)).toEqual([
      [600, 'g5-spot', 0],
      [600, 'g5-od', 0],
    ]);
  });

  it('is over whatever capacity there is, which comes back as it is by then', () => {
    // It ends within the loss that the scenario has, and so gives nothing back.
    expect(availabilityWith({ of: 'inf2-spot', fromSeconds: 1200, durationSeconds: 600 })).toEqual([
      [0, 'inf2-spot', null],
      [1200, 'inf2-spot', 0],
      [1800, 'inf2-spot', 0],
      [2700, 'inf2-spot', null],
    ]);
  });

  it('can follow and overlap another', () => {
    const [first, second] = [
      { of: 'g5-od', fromSeconds: 600, durationSeconds: 600 },
      { of: 'g5-od', fromSeconds: 900, durationSeconds: 600 },
    ];
    const g5 = availabilityWith(first, second).filter(([, pool]) => pool === 'g5-od');
    expect(g5).toEqual([
      [600, 'g5-od', 0],
      [900, 'g5-od', 0],
      [1500, 'g5-od', null],
    ]);
    // In whatever order they are given.
    expect(availabilityWith(second, first).filter(([, pool, devices]) => pool === 'g5-od' && devices === null)).toEqual([
      [1500, 'g5-od', null],
    ]);
  });

  it('may last to the end and beyond', () => {
    expect(availabilityWith({ of: 'g5-od', fromSeconds: 0, durationSeconds: 86_400 }).at(-1)).toEqual([86_400, 'g5-od', null]);
  });

  it.each([
    [
      { of: 'g6-spot', fromSeconds: 0, durationSeconds: 60 },
      '--lose: given "g6-spot", expected a pool (inf2-spot, inf2-od, g5-spot, g5-od) or a unit (inf2, g5); did you mean "g5-spot"?',
    ],
    [
      { of: 'g5', fromSeconds: 3600, durationSeconds: 60 },
      '--lose: given g5 at second 3600, expected less than 3600, the duration of the scenario in seconds',
    ],
  ])('of %o is refused', (loss, message) => {
    expect(() => availabilityWith(loss)).toThrow(message);
  });
});
