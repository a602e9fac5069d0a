import type { disruptionReasons } from '../../../lambda/control-loop/contract/enums';
import type { TwinNode, World } from '../kubernetes/world';
import type { Nodes } from './nodes';

/**
 * Starts Karpenter's consolidation of empty nodes: nodes without a pod for `consolidateAfter` go, within the budgets of their pool
 * (Karpenter documentation, "Disruption": `WhenEmpty`, `consolidateAfter`, "NodePool Disruption Budgets").
 *
 * It looks every ten seconds. It looks again 15 s after it found nodes, and takes those that are still empty; then it looks again at
 * once (sigs.k8s.io/karpenter `pkg/controllers/disruption/{controller,emptiness,validation}.go`).
 */
export const startConsolidation = (world: World, nodes: Nodes): void => {
  const { kernel, settings } = world;
  const look = (): void => {
    const found = candidates(world);
    if (found.length === 0) {
      kernel.after(settings.disruptionPollSeconds, look);
      return;
    }
    kernel.after(settings.disruptionValidationSeconds, () => {
      const still = new Set(candidates(world));
      const valid = found.filter((node) => still.has(node));
      for (const node of valid) nodes.drain(node, 'Empty');
      kernel.after(valid.length > 0 ? 0 : settings.disruptionPollSeconds, look);
    });
  };
  kernel.after(settings.disruptionPollSeconds, look);
};

/** Empty nodes that may go now, by pool. */
const candidates = ({ kernel, nodes, scenario }: World): readonly TwinNode[] => {
  const { budgets, consolidateAfterSeconds } = scenario.twin.nodePool;
  const byPool = new Map<string, TwinNode[]>();
  for (const node of nodes.values()) {
    const list = byPool.get(node.pool.name) ?? [];
    byPool.set(node.pool.name, list);
    list.push(node);
  }
  const isEmpty = (node: TwinNode): boolean =>
    node.phase === 'initialized' && node.pods.size === 0 && kernel.now - node.lastPodEventSeconds >= consolidateAfterSeconds;
  return [...byPool.values()].flatMap((pool) => {
    const deleting = pool.filter((node) => node.phase === 'draining').length;
    return pool.filter(isEmpty).slice(0, Math.max(0, allowedDisruptions(budgets, 'Empty', pool.length) - deleting));
  });
};

type Budgets = World['scenario']['twin']['nodePool']['budgets'];

/**
 * Nodes of a pool that may be disrupted at once for a reason: the smallest of the budgets that bound it, a percentage rounded up
 * (sigs.k8s.io/karpenter `pkg/apis/v1/nodepool.go`, GetAllowedDisruptionsByReason).
 */
export const allowedDisruptions = (budgets: Budgets, reason: (typeof disruptionReasons)[number], nodes: number): number => {
  const binding = budgets.filter(({ reasons }) => reasons?.includes(reason) ?? true).map((budget) => budget.nodes);
  const allowed = binding.map((limit) => (limit.endsWith('%') ? Math.ceil((nodes * Number(limit.slice(0, -1))) / 100) : Number(limit)));
  return Math.min(Number.POSITIVE_INFINITY, ...allowed);
};
