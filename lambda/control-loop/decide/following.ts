import type { Finding, FleetMemory, UnfollowedFloor } from '../model/decision';
import type { Fleet } from '../model/fleet';
import type { FleetObservation } from '../model/observation';
import { fresh, freshQuantity } from '../model/signals';

/** A floor is followed within half a minute, by KEDA, the autoscaler and the Deployment; this is for those that are busy. */
const MARGIN_SECONDS = 180;

/** A unit whose Deployment does not follow its floor. */
export interface Unfollowed {
  /** Pods that its Deployment has. */
  readonly pods: number;
  /** The floor that it has not reached, and for how long it has not come nearer to it. */
  readonly floor: number;
  readonly seconds: number;
  readonly cause?: string;
  /** Set where another finding says why. */
  readonly isNamed?: true;
}

/**
 * What to remember of Deployments that have fewer pods than their floors ask for. One that came nearer by a pod follows; what a pause of
 * KEDA holds is not asked for; where nothing is known, what was known stays.
 */
export const rememberUnfollowed = (
  fleet: Fleet,
  { unfollowed: before = {} }: FleetMemory,
  { units, nowSeconds }: FleetObservation,
): Readonly<Record<string, UnfollowedFloor>> =>
  Object.fromEntries(
    fleet.units.flatMap(({ name }): readonly (readonly [string, UnfollowedFloor])[] => {
      const known = before[name];
      const state = fresh(units[name]?.scaler, nowSeconds);
      if (state === undefined) return known === undefined ? [] : [[name, known]];
      const { shortfall, pause } = state;
      if (shortfall === undefined || pause?.up) return [];
      const stands = known !== undefined && shortfall.pods <= known.pods;
      return [[name, { sinceSeconds: stands ? Math.min(known.sinceSeconds, nowSeconds) : nowSeconds, pods: shortfall.pods }]];
    }),
  );

/**
 * The units whose Deployments have not followed their floors for a cold start and three minutes, by name: paused, refused or without
 * anything that scales them, whatever the cause.
 */
export const unfollowedUnits = (
  fleet: Fleet,
  remembered: Readonly<Record<string, UnfollowedFloor>>,
  { units, nowSeconds }: FleetObservation,
): ReadonlyMap<string, Unfollowed> =>
  new Map(
    fleet.units.flatMap(({ name, profile }): readonly (readonly [string, Unfollowed])[] => {
      const own = remembered[name];
      const floor = freshQuantity(units[name]?.floor, nowSeconds);
      const seconds = own === undefined ? 0 : nowSeconds - own.sinceSeconds;
      if (own === undefined || floor === undefined || seconds <= profile.coldStartSeconds + MARGIN_SECONDS) return [];
      const state = fresh(units[name]?.scaler, nowSeconds);
      const isEdited = (fresh(units[name]?.autoscalerEdits, nowSeconds) ?? []).some(({ field }) => field === 'floor');
      const isNamed = state?.shortfall?.isNamed || state?.problem !== undefined || isEdited;
      const cause = state?.shortfall?.cause;
      return [[name, { pods: own.pods, floor, seconds, ...(cause !== undefined && { cause }), ...(isNamed && { isNamed }) }]];
    }),
  );

/** A finding for each unit that does not follow, unless another finding says why. */
export const followingFindings = (unfollowed: ReadonlyMap<string, Unfollowed>): readonly Finding[] =>
  [...unfollowed].flatMap(([subject, { pods, floor, seconds, cause, isNamed }]): readonly Finding[] => {
    if (isNamed) return [];
    const message = `does not follow: asked for ${floor} pods, its Deployment has had ${pods} for ${Math.round(seconds / 60)} min`;
    return [{ code: 'Unfollowed', subject, message: cause === undefined ? message : `${message}; ${cause}` }];
  });
