import { resources } from '../../../lambda/control-loop/contract/names';
import { type Decide, decide } from '../../../lambda/control-loop/decide/decide';
import type { KubernetesPort, Ports } from '../../../lambda/control-loop/ports';
import type { TestCluster } from '../cluster/test-bed';
import { FLEET_POOLS } from './fleet';
import { createLoop, type Loop } from './loop';

/** The loop with another way of doing some calls to the API server. */
export const loopWith = (bed: TestCluster, change: (kubernetes: KubernetesPort) => Partial<KubernetesPort>): Loop =>
  createLoop(bed, {
    wrap: (ports: Ports) => ({ ...ports, kubernetes: { ...ports.kubernetes, ...change(ports.kubernetes) } }),
  });

/** A policy that gives every pool the same limit, which no other does: whose decision was carried out is seen by it. */
export const withLimits =
  (limitDevices: number): Decide =>
  (...given) => {
    const decision = decide(...given);
    const pools = Object.fromEntries(
      Object.entries(decision.pools).map(([name, pool]) => [name, { ...pool, limitDevices: { value: limitDevices, reason: 'test' } }]),
    );
    return { ...decision, pools };
  };

/** Limits of the pools of the fleet `chat` as they stand. */
export const limitsOf = async ({ api }: TestCluster): Promise<readonly number[]> => {
  const pools = await Promise.all(FLEET_POOLS.map((name) => api.get(resources.nodePools, name)));
  return pools.map(({ spec }) => Number(Object.values(spec.limits ?? {})[0] ?? Number.NaN));
};
