import type { FleetSpec } from '../../lambda/control-loop/model/fleet';
import type { Decide } from '../../lambda/control-loop/tick';
import { curveValue } from '../inputs/curve';
import type { Scenario } from '../inputs/scenario';
import { PUBLISHED_METRIC_PERIOD_SECONDS, paperAsPublished } from './paper-as-published';

/** How a policy named on the command line is run: as a policy of the loop itself, or as a baseline in the place of `decide`. */
export interface SimulatedPolicy {
  /** The fleet's `policy.name`, where the loop's own `decide` runs. */
  readonly loopPolicy?: FleetSpec['policy']['name'];
  /** Makes the baseline's own `decide`. */
  readonly baseline?: (scenario: Scenario, startEpochSeconds: number) => Decide;
  /** The statistic period of the scaling metric, where the baseline's manifests state another. */
  readonly metricStatPeriodSeconds?: number;
}

const policies = {
  'two-mode': { loopPolicy: 'TwoMode' },
  static: { loopPolicy: 'Static' },
  'paper-as-published': {
    baseline: (scenario, start) => paperAsPublished((epochSeconds) => loadGeneratorClients(scenario, epochSeconds - start)),
    metricStatPeriodSeconds: PUBLISHED_METRIC_PERIOD_SECONDS,
  },
} as const satisfies Record<string, SimulatedPolicy>;

export type PolicyName = keyof typeof policies;

export const policyNames = Object.keys(policies) as readonly PolicyName[];

export const simulatedPolicy = (name: string): SimulatedPolicy => {
  const policy = (policies as Record<string, SimulatedPolicy>)[name];
  if (policy === undefined) throw new Error(`unknown policy ${JSON.stringify(name)}; expected one of ${policyNames.join(', ')}`);
  return policy;
};

/** Clients of the load generator; for an open-loop load, the rate as a percentage of its peak. */
const loadGeneratorClients = (scenario: Scenario, timeSeconds: number): number => {
  const { clients } = scenario;
  if (clients.kind === 'closed-loop') return curveValue(clients.users, timeSeconds);
  const curve = clients.requestsPerMinute;
  if (curve === undefined) return Number.POSITIVE_INFINITY;
  const peak =
    curve.kind === 'constant' ? curve.value : curve.kind === 'cosine' ? curve.maximum : Math.max(...curve.rows.map((row) => row.value));
  return peak === 0 ? 0 : (100 * curveValue(curve, timeSeconds)) / peak;
};
