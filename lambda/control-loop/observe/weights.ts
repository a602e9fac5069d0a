import { mapLimit } from '../concurrency';
import { type Fleet, fleetKey } from '../model/fleet';
import { known, type Signal, unknown } from '../model/observation';
import { routingOf, type Weights } from '../model/router';
import type { RouterAdapters } from '../routers/adapter';
import { attempt, type Deadline } from './deadline';

const CALLS_AT_ONCE = 10;

/** The present weights of the fleets' routers, by `fleetKey`. A unit for which its router has no weight is left out. */
export const observeWeights = async (
  routers: RouterAdapters,
  deadline: Deadline,
  fleets: readonly Fleet[],
  nowSeconds: number,
): Promise<Readonly<Record<string, Signal<Weights>>>> => {
  const weights = await mapLimit(fleets, CALLS_AT_ONCE, async (fleet) => {
    const routing = routingOf(fleet);
    if (routing === undefined) return unknown('the fleet has no router');
    const { splitter } = routers[routing.router.kind];
    const read = await attempt(splitter.nameOf(routing.router), deadline, () => splitter.readWeights(routing));
    return read.ok ? known(read.value, nowSeconds) : unknown(read.reason);
  });
  return Object.fromEntries(fleets.map((fleet, index) => [fleetKey(fleet), weights[index]!]));
};
