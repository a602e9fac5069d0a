import { withCanaries } from './canaries';
import type { PolicyContext } from './policies/policy';
import { normalized } from './shares';

/** A fleet with few requests gives a probe no more than this. */
const MAX_PROBE_SHARE = 0.25;

/** The part of the traffic that a unit is to have, and why. */
export interface Wanted {
  readonly share: number;
  readonly shareReason: string;
}

/** The same with the parts of canaries, and no more for a slow one than tells whether it still is. */
export const besideCanaries = <W extends Wanted>({ fleet, sparedUnits }: PolicyContext, wanted: readonly W[]): readonly W[] => {
  const shares = withCanaries(
    fleet.units,
    wanted.map(({ share }) => share),
  );
  return wanted.map((one, index) => {
    const { name, maximumShare } = fleet.units[index]!;
    if (maximumShare === undefined) return { ...one, share: shares[index]! };
    return sparedUnits.has(name)
      ? { ...one, share: Math.min(maximumShare, one.share) }
      : { ...one, share: maximumShare, shareReason: 'its part as a canary' };
  });
};

/** The same with no more for slow units than what tells whether they still are; the others share what that leaves. */
export const withoutSlowUnits = <W extends Wanted>({ fleet, sparedUnits, demand }: PolicyContext, wanted: readonly W[]): readonly W[] => {
  if (sparedUnits.size === 0) return wanted;
  const ratePerMinute = demand.known ? demand.value.presentPerMinute : 0;
  const probes = fleet.units.map(({ name }) => Math.min(MAX_PROBE_SHARE, (sparedUnits.get(name) ?? 0) / Math.max(ratePerMinute, 1)));
  const left = 1 - probes.reduce((sum, share) => sum + share, 0);
  const isSpared = fleet.units.map(({ name }) => sparedUnits.has(name));
  const hasShare = wanted.some(({ share }, index) => !isSpared[index] && share > 0);
  const others = normalized(wanted.map(({ share }, index) => (isSpared[index] ? 0 : hasShare ? share : 1)));
  return wanted.map((one, index) => {
    const rate = sparedUnits.get(fleet.units[index]!.name);
    if (rate === undefined) return { ...one, share: left * others[index]! };
    const shareReason = `slower than the objective with any number of pods${rate > 0 ? ', and probed' : ''}`;
    return { ...one, share: probes[index]!, shareReason };
  });
};
