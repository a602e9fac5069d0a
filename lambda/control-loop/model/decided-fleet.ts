import type { Decision, FleetDecision } from './decision';
import { type Fleet, fleetKey } from './fleet';
import type { ShownProfile } from './last-decision';
import { type FleetObservation, fleetObservation, type Observation } from './observation';
import { shownProfile } from './shown-profile';
import { type MissingSignal, observationGaps } from './signals';

/** A fleet with what one tick saw and decided of it: what its status, records and metrics are made of. */
export interface DecidedFleet {
  readonly fleet: Fleet;
  readonly decided: FleetDecision;
  /** Decisions on all pools, by name. */
  readonly pools: Decision['pools'];
  readonly seen: FleetObservation;
  /** Signals that the decision needed and did not have. */
  readonly gaps: readonly MissingSignal[];
  /** By unit name; a unit of which nothing was learned is left out. */
  readonly profiles: Readonly<Record<string, ShownProfile>>;
}

/** The fleets that were decided on, in the order of their decisions. */
export const decidedFleets = (fleets: readonly Fleet[], decision: Decision, observation: Observation): readonly DecidedFleet[] => {
  const byKey = new Map(fleets.map((fleet) => [fleetKey(fleet), fleet]));
  return decision.fleets.flatMap((decided) => {
    const fleet = byKey.get(decided.fleet);
    return fleet === undefined ? [] : [decidedFleet(fleet, decided, decision.pools, observation)];
  });
};

export const decidedFleet = (fleet: Fleet, decided: FleetDecision, pools: Decision['pools'], observation: Observation): DecidedFleet => {
  const seen = fleetObservation(fleet, observation);
  const profiles: Record<string, ShownProfile> = {};
  for (const { name } of fleet.units) {
    const learned = decided.memory.profiles[name];
    if (learned !== undefined) profiles[name] = shownProfile(learned);
  }
  return { fleet, decided, pools, seen, gaps: observationGaps(fleet, seen), profiles };
};
