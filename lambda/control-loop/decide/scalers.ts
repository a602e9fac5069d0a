import type { Finding } from '../model/decision';
import type { Fleet, Unit } from '../model/fleet';
import type { FleetObservation, ScalerState } from '../model/observation';
import { fresh, freshQuantity } from '../model/signals';
import type { Unfollowed } from './following';

/**
 * The fleet within what its scalers allow: a unit has no more pods than its scaler's own maximum, and none more than it has while KEDA's
 * annotations keep it from growing, or while its Deployment does not follow its floor. Traffic and floors are then planned for the others.
 */
export const withinScalers = (fleet: Fleet, seen: FleetObservation, unfollowed: ReadonlyMap<string, Unfollowed>): Fleet => ({
  ...fleet,
  units: fleet.units.map((unit) => {
    const most = Math.min(mostReplicas(unit, seen), unfollowed.get(unit.name)?.pods ?? Number.POSITIVE_INFINITY);
    if (most >= unit.maximumReplicas) return unit;
    return { ...unit, minimumReplicas: Math.min(unit.minimumReplicas, most), maximumReplicas: most };
  }),
});

const stateOf = ({ units, nowSeconds }: FleetObservation, unit: string): ScalerState | undefined => fresh(units[unit]?.scaler, nowSeconds);

const mostReplicas = ({ name }: Unit, seen: FleetObservation): number => {
  const state = stateOf(seen, name);
  const held = state?.pause?.up ? (state.pause.replicas ?? freshQuantity(seen.units[name]?.replicas, seen.nowSeconds)) : undefined;
  return Math.min(state?.maximumReplicas ?? Number.POSITIVE_INFINITY, held ?? Number.POSITIVE_INFINITY);
};

/** Why a unit's scaler follows no change of its fields in a direction; `undefined` where it does. */
export const scalerPauseOf = (seen: FleetObservation, unit: string, direction: 'up' | 'down'): string | undefined => {
  const pause = stateOf(seen, unit)?.pause;
  return pause?.[direction] ? `${pause.annotation} pauses its ScaledObject` : undefined;
};

/** What scalers keep the fleet from, one finding each. */
export const scalerFindings = (stated: Fleet, seen: FleetObservation): readonly Finding[] =>
  stated.units.flatMap(({ name, scaler, maximumReplicas }): readonly Finding[] => {
    const { maximumReplicas: own, pause, problem } = stateOf(seen, name) ?? {};
    const finding = (message: string): Finding => ({ code: 'Scaler', subject: name, message });
    const replicas = seen.units[name]?.replicas;
    return [
      ...(replicas?.known === false && replicas.isMissing ? [finding(replicas.reason)] : []),
      ...(own !== undefined && own < maximumReplicas
        ? [finding(`${scaler.kind} ${scaler.name} allows ${own} pods, the fleet ${maximumReplicas}: the smaller number counts`)]
        : []),
      ...(pause === undefined ? [] : [finding(pauseText(pause))]),
      ...(problem === undefined ? [] : [finding(`KEDA cannot carry out ${scaler.kind} ${scaler.name}: ${problem}`)]),
    ];
  });

const pauseText = ({ annotation, up, down, replicas }: NonNullable<ScalerState['pause']>): string => {
  if (!up) return `${annotation} keeps its pods from becoming fewer`;
  const at = replicas === undefined ? 'the pods that it has' : `${replicas} pods`;
  return down ? `${annotation} holds it at ${at}: nobody follows its floor and target` : `${annotation} keeps it from growing beyond ${at}`;
};
