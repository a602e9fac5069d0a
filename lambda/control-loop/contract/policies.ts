/**
 * Every policy, by the name that the spec of a fleet gives it: what other parts of the project need to know of it. Its function is in
 * `decide/policies`, in the file of its name on the command line. The registry there and the enum of the constructs are written from
 * this table by `npm run generate`.
 */
export const policies = {
  TwoMode: {
    /** What it does, in a sentence. */
    description: 'Optimizes cost until a unit has no pool left, and capacity until every unit has one again.',
    /** Its name on the command line. */
    commandLineName: 'two-mode',
    /** What it may be doing, and what the memory of a new fleet says. */
    strategies: ['CostOptimized', 'CapacityOptimized'],
    initialStrategy: 'CostOptimized',
    /** Strategies in which a person may hold a fleet. */
    overridableStrategies: ['CostOptimized', 'CapacityOptimized'],
    /** Whether it decides by the learned profiles of the units, in place of the stated ones. */
    usesLearnedProfiles: true,
  },
  Optimizer: {
    description:
      'Buys the cheapest pods that serve the planned demand, also without any one pool for the part that is to survive its loss.',
    commandLineName: 'optimizer',
    strategies: ['LeastCost'],
    initialStrategy: 'LeastCost',
    overridableStrategies: [],
    usesLearnedProfiles: true,
  },
  Static: {
    description: 'Keeps the given shares: the baseline, and the fallback.',
    commandLineName: 'static',
    strategies: ['Static'],
    initialStrategy: 'Static',
    overridableStrategies: [],
    usesLearnedProfiles: false,
  },
} as const;

export type PolicyName = keyof typeof policies;
export type StrategyName = (typeof policies)[PolicyName]['strategies'][number];

export const policyNames = Object.keys(policies) as readonly PolicyName[];

/** What any policy may be doing, each once. */
export const strategies: readonly StrategyName[] = [...new Set(policyNames.flatMap((name) => policies[name].strategies))];
