import type { PoolDecision } from '../../model/decision';
import type { PoolObservation } from '../../model/observation';
import { rulingFleets } from '../../model/ruling';
import type { CircuitState } from '../circuits';
import { leave } from './guarded';
import { guardLimits } from './pool-limits';
import { mergeOrders } from './pool-order';
import { type PoolFinding, type PoolRequest, viewPools } from './pool-view';
import { guardWeights } from './pool-weights';

/** One decision for each pool, however many fleets name it: its limit, and its weight in the order that its fleets desire. */
export const guardPools = (
  requests: readonly PoolRequest[],
  observations: Readonly<Record<string, PoolObservation>>,
  stateOf: (pool: string) => CircuitState,
  nowSeconds: number,
): { readonly decision: Readonly<Record<string, PoolDecision>>; readonly findings: readonly PoolFinding[] } => {
  const views = viewPools(requests, observations);
  const order = mergeOrders(views, requests);
  const fleets = rulingFleets(requests.map(({ fleet }) => fleet));
  const ruling = requests.filter(({ fleet }) => fleets.includes(fleet));
  const limits = guardLimits({ requests: ruling, views, order, stateOf, nowSeconds });
  const weights = guardWeights(ruling, views, order, nowSeconds);
  const decision: Record<string, PoolDecision> = {};
  for (const name of views.keys()) {
    decision[name] = { weight: weights.decision.get(name) ?? leave('no order is desired'), limitDevices: limits.decision.get(name)! };
  }
  return { decision, findings: [...limits.findings, ...weights.findings] };
};
