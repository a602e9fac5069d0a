// Written from lambda/control-loop/contract/policies.ts by `npm run generate`: change it there.

/** The policies that decide floors, targets, shares and the order of pools. */
export enum FleetPolicyName {
  /** Optimizes cost until a unit has no pool left, and capacity until every unit has one again. */
  TWO_MODE = 'TwoMode',

  /** Buys the cheapest pods that serve the planned demand, also without any one pool for the part that is to survive its loss. */
  OPTIMIZER = 'Optimizer',

  /** Keeps the given shares: the baseline, and the fallback. */
  STATIC = 'Static',
}
