import type { Decide } from '../../lambda/control-loop/decide/decide';
import type { Decision, FleetDecision, Reasoned, Strategy } from '../../lambda/control-loop/model/decision';
import { type Fleet, fleetKey, unitKey } from '../../lambda/control-loop/model/fleet';
import type { Observation } from '../../lambda/control-loop/model/observation';

/**
 * The controller of the published system, with its published weaknesses (arXiv 2503.20074 and its sample repository
 * aws-samples/scalable-hw-agnostic-inference, capacity-checker): a shell loop that wakes every 300 s, looks for any
 * insufficient-capacity line of the last 300 s whichever pool it belongs to, and applies one of two files of fixed weights
 * and scaling targets. It goes back when the load generator is down to 1 to 5 replicas, not when capacity is back.
 * It knows no floors, no limits and no pool weights, and it does not look at what is ready.
 */

const POLL_SECONDS = 300;
const LOOK_BACK_SECONDS = 300;

/** The load generator runs 1 to 100 clients; at this many or fewer the published controller considers the load gone. */
const RETURN_AT_CLIENTS = 5;

/** Scaling targets of the sample's two sets of manifests by unit: `[cost-optimized, capacity-optimized]`. */
const PUBLISHED_TARGETS: Readonly<Record<string, readonly [number, number]>> = {
  inf2: [100, 70],
  trn1: [110, 70],
  'g5-triton': [90, 63],
  'g6-triton': [60, 64],
  'g5-cuda': [60, 63],
};

/**
 * The sample's KEDA triggers leave the statistic period at its default of 300 s, so a five-minute sum meets a target
 * per minute and up to five times too many pods run.
 */
export const PUBLISHED_METRIC_PERIOD_SECONDS = 300;

const keep = (reason: string): Reasoned<number> => ({ value: undefined, reason });

/**
 * Makes one instance of the controller: it holds its strategy and the time of its last poll in memory, as the shell loop does.
 *
 * @param clientsAt number of load generator clients, or a stand-in on the same scale, at a time in seconds since the epoch
 */
export const paperAsPublished = (clientsAt: (epochSeconds: number) => number): Decide => {
  let strategy: Strategy = 'CostOptimized';
  let since: number | undefined;
  let lastPollSeconds = Number.NEGATIVE_INFINITY;
  let switches = 0;
  let reason = 'the files applied at the start';
  let seen = false;

  const poll = (fleet: Fleet, observation: Observation, now: number): void => {
    const failed = fleet.pools.some((pool) => {
      const failures = observation.pools[pool.name]?.launchFailures;
      return failures?.known && failures.value.some((failure) => failure.atSeconds > now - LOOK_BACK_SECONDS);
    });
    seen = failed;
    if (strategy === 'CostOptimized' && failed) {
      strategy = 'CapacityOptimized';
      since = now;
      switches += 1;
      reason = 'a line with "insufficient capacity" in the last 300 s';
    } else if (strategy === 'CapacityOptimized' && !failed && clientsAt(now) <= RETURN_AT_CLIENTS) {
      strategy = 'CostOptimized';
      since = now;
      switches += 1;
      reason = `the load generator is down to ${RETURN_AT_CLIENTS} clients or fewer`;
    }
  };

  return (inputs, observation): Decision => {
    const nowSeconds = observation.atSeconds;
    const decisions = inputs.map(({ fleet, memory }): FleetDecision => {
      since ??= nowSeconds;
      const polls = nowSeconds - lastPollSeconds >= POLL_SECONDS;
      if (polls) {
        lastPollSeconds = nowSeconds;
        poll(fleet, observation, nowSeconds);
      }
      const capacity = strategy === 'CapacityOptimized';
      const stated = fleet.units.reduce((sum, unit) => sum + (unit.costShare ?? 0), 0);
      const units = Object.fromEntries(
        fleet.units.map((unit) => {
          const share = capacity || stated === 0 ? 1 / fleet.units.length : (unit.costShare ?? 0) / stated;
          const published = PUBLISHED_TARGETS[unit.name]?.[capacity ? 1 : 0] ?? unit.profile.throughputPerMinute;
          const live = observation.units[unitKey(fleet, unit.name)];
          return [
            unit.name,
            {
              floor: keep(live?.floor.known ? 'this controller sets no floors' : 'unknown'),
              targetThroughputPerMinute: polls ? { value: published, reason } : keep('between two polls'),
              share: polls ? { value: share, reason } : keep('between two polls'),
            },
          ];
        }),
      );
      return {
        fleet: fleetKey(fleet),
        strategy,
        strategyReason: reason,
        units,
        findings: seen ? [{ code: 'Shortage', subject: '*', message: 'a line with "insufficient capacity", pool unknown' }] : [],
        memory: { strategy, strategySinceSeconds: since, switches, shortages: [], profiles: {}, written: memory?.written ?? {} },
      };
    });
    return { fleets: decisions, pools: {} };
  };
};
