import { type PolicyName as LoopPolicyName, policyNames as loopPolicyNames, policies } from '../../lambda/control-loop/contract/policies';
import type { Decide } from '../../lambda/control-loop/decide/decide';
import { baselines as others } from '../baselines/baselines';
import { curveValue } from '../inputs/curve';
import type { Arrivals } from '../inputs/loaded-scenario';
import type { Scenario } from '../inputs/scenario';
import { PUBLISHED_METRIC_PERIOD_SECONDS, paperAsPublished } from './paper-as-published';

/** How a policy named on the command line is run: as a policy of the loop itself, or as a baseline in the place of `decide`. */
export interface SimulatedPolicy {
  /** The fleet's `policy.name`, where the loop's own `decide` runs. */
  readonly loopPolicy?: LoopPolicyName;
  /** Makes the baseline's own `decide`. */
  readonly baseline?: (scenario: Scenario, startEpochSeconds: number, arrivals?: Arrivals) => Decide;
  /** The statistic period of the scaling metric, where the baseline's manifests state another. */
  readonly metricStatPeriodSeconds?: number;
  /** Another scenario than the one that is run, where the baseline deploys something else of it. */
  readonly change?: (scenario: Scenario) => Scenario;
}

/** What the loop's policies are compared with. */
const baselines = {
  'paper-as-published': {
    baseline: (scenario, start) => paperAsPublished((epochSeconds) => loadGeneratorClients(scenario, epochSeconds - start)),
    metricStatPeriodSeconds: PUBLISHED_METRIC_PERIOD_SECONDS,
  },
  ...others,
} as const satisfies Record<string, SimulatedPolicy>;

export type PolicyName = (typeof policies)[LoopPolicyName]['commandLineName'] | keyof typeof baselines;

const simulated: ReadonlyMap<string, SimulatedPolicy> = new Map([
  ...loopPolicyNames.map((loopPolicy): [string, SimulatedPolicy] => [policies[loopPolicy].commandLineName, { loopPolicy }]),
  ...Object.entries(baselines),
]);

/** Every policy of the loop, then the baselines. */
export const policyNames = [...simulated.keys()] as readonly PolicyName[];

export const simulatedPolicy = (name: string): SimulatedPolicy => {
  const policy = simulated.get(name);
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
