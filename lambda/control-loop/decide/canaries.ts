import type { Unit } from '../model/fleet';

/** A canary is a unit that gets no more than a stated part of the traffic: it is tried, and nobody counts on it. */
export const isCanary = ({ maximumShare }: Pick<Unit, 'maximumShare'>): boolean => maximumShare !== undefined;

/** Shares with those of canaries set to their parts; the other units divide the rest among themselves as without them. */
export const withCanaries = (units: readonly Pick<Unit, 'maximumShare'>[], shares: readonly number[]): readonly number[] => {
  if (!units.some(isCanary)) return shares;
  const taken = units.reduce((sum, { maximumShare = 0 }) => sum + maximumShare, 0);
  const others = shares.filter((_, index) => !isCanary(units[index]!));
  const sum = others.reduce((total, share) => total + share, 0);
  return units.map(({ maximumShare }, index) => {
    if (maximumShare !== undefined) return maximumShare;
    return Math.max(0, 1 - taken) * (sum > 0 ? shares[index]! / sum : 1 / others.length);
  });
};

/**
 * Shares of which no unit has more than its bound: what one has too much goes to those without a bound that serve, in proportion to theirs,
 * or to what they serve where they have none. Unchanged where no such unit serves: then a canary is better than nobody.
 */
export const withinBounds = (
  shares: readonly number[],
  bounds: readonly (number | undefined)[],
  capacities: readonly number[],
): readonly number[] => {
  const isTaker = bounds.map((bound, index) => bound === undefined && capacities[index]! > 0);
  if (!isTaker.includes(true)) return shares;
  const cut = shares.map((share, index) => Math.min(share, bounds[index] ?? share));
  const excess = shares.reduce((sum, share, index) => sum + share - cut[index]!, 0);
  if (excess <= 0) return shares;
  const by = isTaker.some((is, index) => is && shares[index]! > 0) ? shares : capacities;
  const total = by.reduce((sum, value, index) => sum + (isTaker[index] ? value : 0), 0);
  return cut.map((share, index) => (isTaker[index] ? share + (excess * by[index]!) / total : share));
};
