import { deadbands } from '../../contract/limits';
import type { DesiredFleet, PolicyContext } from '../policies/policy';

/** Routers round shares by less than this: what differs by no more is what is set. */
const ROUNDING = 1e-9;

/** The share of a canary is small, and is followed to this part of it. */
const CANARY_BAND = 0.2;

/** What is set and what would be set in its place, in the order of the units. */
interface ShareChange {
  /** Present parts of the traffic. */
  readonly live: readonly number[];
  readonly decided: readonly number[];
  /** Requests per minute that each unit shall serve at most. */
  readonly capacities: readonly number[];
  readonly demandPerMinute: number;
}

/**
 * Whether new shares differ so little from those that are set that they answer noise in prices, demand and readiness.
 *
 * Every share stays within its deadband, no unit gains or loses its traffic as a whole, and none gets more than it serves, by more than
 * the same noise. What a person sets, and small shares by which a unit is tried, are followed exactly.
 */
export const isWithinDeadband = (
  { fleet, impaired, sparedUnits }: PolicyContext,
  desired: DesiredFleet,
  { live, decided, capacities, demandPerMinute }: ShareChange,
): boolean => {
  if (sparedUnits.size > 0 || Object.keys(impaired).length > 0) return false;
  if (fleet.units.some(({ name }) => desired.units[name]?.share?.isOverride)) return false;
  if (live.every((share, index) => Math.abs(decided[index]! - share) < ROUNDING)) return false;
  return live.every((share, index) => {
    const next = decided[index]!;
    const { maximumShare } = fleet.units[index]!;
    const band = maximumShare === undefined ? deadbands.share : Math.min(deadbands.share, CANARY_BAND * maximumShare);
    if (share > 0 !== next > 0 || Math.abs(next - share) > band) return false;
    return share <= next || share * demandPerMinute <= capacities[index]! * (1 + deadbands.load);
  });
};
