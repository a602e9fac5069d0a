import type { Fleet } from '../../model/fleet';
import type { LearnedProfile } from '../../model/learned-profile';

/**
 * The fleet as it performs: each unit with its learned profile in place of the stated one, where one is learned.
 *
 * @param learned by unit name
 */
export const effectiveFleet = (fleet: Fleet, learned: Readonly<Record<string, LearnedProfile | undefined>>): Fleet => ({
  ...fleet,
  units: fleet.units.map((unit) => {
    const own = learned[unit.name];
    if (own === undefined) return unit;
    const { throughputPerMinute, latencySeconds, coldStartSeconds } = own;
    return { ...unit, profile: { throughputPerMinute, latencySeconds, coldStartSeconds } };
  }),
});
