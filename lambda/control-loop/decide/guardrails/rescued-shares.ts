import { normalized } from '../shares';

/** Routers round: a share within this of the one in which a unit proves itself is that share. */
const ROUNDING = 0.001;

/** Whether a unit that does not serve has more than it is to have while another serves, or no unit that serves has anything. */
export const isToBeRescued = (live: readonly number[], ready: readonly (number | undefined)[], trials: readonly number[]): boolean => {
  if (!ready.some((pods) => pods !== undefined && pods > 0)) return false;
  return hasUnserved(live, ready, trials) || !live.some((share) => share > 0);
};

/** Whether a unit that does not serve has more than it is to have. The share in which one proves itself is rounded by the router. */
const hasUnserved = (live: readonly number[], ready: readonly (number | undefined)[], trials: readonly number[]): boolean =>
  live.some((share, index) => ready[index] === 0 && share > trials[index]! + (trials[index]! > 0 ? ROUNDING * live.length : 0));

/**
 * Live shares with those of dead units given to the units known to be ready, but for the trials; `undefined` where no dead unit has more.
 */
export const shiftFromDead = (
  live: readonly number[],
  ready: readonly (number | undefined)[],
  capacities: readonly number[],
  trials: readonly number[],
): readonly number[] | undefined => {
  const kept = live.map((share, index) => (ready[index] === 0 ? Math.min(share, trials[index]!) : share));
  const freed = live.reduce((sum, share, index) => sum + share - kept[index]!, 0);
  // Weights that are all zero send every request to nobody.
  const isNobody = !live.some((share) => share > 0);
  if (!isNobody && !hasUnserved(live, ready, trials)) return undefined;
  const byShare = live.map((share, index) => ((ready[index] ?? 0) > 0 ? share : 0));
  const takers = normalized(byShare.some((share) => share > 0) ? byShare : capacities);
  return normalized(kept.map((share, index) => share + (isNobody ? 1 : freed) * takers[index]!));
};

/**
 * Shares of a paused fleet: none for a dead unit, `undefined` for all that stays as it is. Where that would leave the traffic to nobody, the
 * units known to be ready take it over.
 */
export const savedShares = (
  live: readonly number[],
  isDead: readonly boolean[],
  ready: readonly (number | undefined)[],
  capacities: readonly number[],
): readonly (number | undefined)[] => {
  const taken = isDead.map((dead) => (dead ? 0 : undefined));
  if (live.some((share, index) => share > 0 && (ready[index] ?? 1) > 0)) return taken;
  const trials = live.map((share, index) => (isDead[index] ? 0 : share));
  return shiftFromDead(live, ready, capacities, trials) ?? taken;
};
