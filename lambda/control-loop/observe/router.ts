import { type Fleet, fleetKey } from '../model/fleet';
import { known, type Signal, unknown } from '../model/observation';
import type { RouterPort } from '../ports';
import { attempt, type Deadline, mapLimit } from './deadline';

const CALLS_AT_ONCE = 10;

/** Router weights by unit name, by `fleetKey`. A unit whose target group is not in the rule is left out. */
export const observeRouters = async (
  router: RouterPort,
  deadline: Deadline,
  fleets: readonly Fleet[],
  nowSeconds: number,
): Promise<Readonly<Record<string, Signal<Readonly<Record<string, number>>>>>> => {
  const weights = await mapLimit(fleets, CALLS_AT_ONCE, async (fleet) => {
    const arn = fleet.router?.listenerRuleArn;
    if (arn === undefined) return unknown('the fleet has no router');
    const rule = await attempt(`ELB DescribeRules of ${arn}`, deadline, () => router.describeRule(arn));
    return rule.ok ? known(byUnit(fleet, rule.value), nowSeconds) : unknown(rule.reason);
  });
  return Object.fromEntries(fleets.map((fleet, index) => [fleetKey(fleet), weights[index]!]));
};

/** Weights of a rule by the names of the fleet's units. */
const byUnit = (fleet: Fleet, rule: Readonly<Record<string, number>>): Readonly<Record<string, number>> => {
  const weights: Record<string, number> = {};
  for (const unit of fleet.units) {
    const weight = unit.targetGroupArn === undefined ? undefined : rule[unit.targetGroupArn];
    if (weight !== undefined) weights[unit.name] = weight;
  }
  return weights;
};
