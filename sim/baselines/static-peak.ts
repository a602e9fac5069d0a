import { podsFor } from '../../lambda/control-loop/decide/queueing';
import { curveValue, nextCurveChange } from '../inputs/curve';
import { fleetsOf } from '../inputs/fleets';
import type { Arrivals } from '../inputs/loaded-scenario';
import type { Curve, Scenario } from '../inputs/scenario';
import { type Rule, spotFirst } from './rule';

/**
 * Pods for the peak, all the time: capacity as it is planned where nothing scales. The peak is known in advance, and the pods are as many
 * as serve it within the objective by their queue (`podsFor`), on the cheapest unit and on demand.
 *
 * The baseline of every paper on autoscaling, among them R. H. Katz et al., "Above the Clouds: A Berkeley View of Cloud Computing", 2009,
 * section 5 (provisioning for peak).
 */
export const staticPeakRule =
  (peakPerMinute: (fleet: string) => number): Rule =>
  (view) => {
    const { fleet } = view;
    const part = peakPerMinute(fleet.name) / fleet.units.length;
    return {
      units: Object.fromEntries(
        fleet.units.map(({ name, profile, maximumReplicas }) => [
          name,
          {
            floor: Math.min(maximumReplicas, Math.max(1, podsFor(part, profile, fleet.objective))),
            targetPerMinute: profile.throughputPerMinute,
            share: 1 / fleet.units.length,
          },
        ]),
      ),
      poolOrder: spotFirst(view),
    };
  };

/**
 * The highest rate of each fleet, by name; of users of a closed loop the most that they can send. Arrivals of a file are those of the
 * first fleet.
 */
export const peaksOf = (scenario: Scenario, arrivals?: Arrivals): ReadonlyMap<string, number> =>
  new Map(
    fleetsOf(scenario).map(({ name, clients, fleet }, index) => {
      if (index === 0 && arrivals !== undefined) return [name, highestOf(arrivals)];
      if (clients.kind === 'open-loop') {
        // A scenario without a rate has a file of arrivals.
        const { requestsPerMinute } = clients;
        return [name, requestsPerMinute === undefined ? 0 : highest(requestsPerMinute, scenario.durationSeconds)];
      }
      const latency = Math.min(...fleet.units.map(({ profile }) => profile.latencySeconds));
      return [name, (60 * highest(clients.users, scenario.durationSeconds)) / (clients.thinkSeconds + latency)];
    }),
  );

/** The highest rate of a file, or the most requests of any minute. */
const highestOf = (arrivals: Arrivals): number => {
  if (arrivals.kind === 'rates') return arrivals.rows.reduce((most, { requestsPerMinute }) => Math.max(most, requestsPerMinute), 0);
  const counts = new Map<number, number>();
  for (const time of arrivals.timestampsSeconds) counts.set(Math.floor(time / 60), (counts.get(Math.floor(time / 60)) ?? 0) + 1);
  return Math.max(0, ...counts.values());
};

const highest = (curve: Curve, untilSeconds: number): number => {
  let most = 0;
  for (let time = 0; time < untilSeconds; time = nextCurveChange(curve, time)) most = Math.max(most, curveValue(curve, time));
  return most;
};
