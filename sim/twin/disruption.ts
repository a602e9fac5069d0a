import type { Nodes } from './nodes';
import type { TwinNode, World } from './world';

/**
 * Karpenter's consolidation of empty nodes: every ten seconds, nodes without a pod for `consolidateAfter` go, within the pool's budget
 * (Karpenter documentation, "Disruption": `WhenEmpty`, `consolidateAfter`, budgets as roundup(nodes * percentage) - nodes deleting).
 */
export class Disruption {
  constructor(
    private readonly world: World,
    private readonly nodes: Nodes,
  ) {
    const { kernel, settings } = world;
    kernel.every(settings.disruptionPollSeconds, kernel.now + settings.disruptionPollSeconds, () => this.run());
  }

  private run(): void {
    const { kernel, settings } = this.world;
    const byPool = new Map<string, TwinNode[]>();
    for (const node of this.world.nodes.values()) {
      const list = byPool.get(node.pool.name) ?? [];
      byPool.set(node.pool.name, list);
      list.push(node);
    }
    for (const pool of byPool.values()) {
      const empty = pool.filter(
        (node) =>
          node.phase === 'initialized' && node.pods.size === 0 && kernel.now - node.lastPodEventSeconds >= settings.consolidateAfterSeconds,
      );
      const deleting = pool.filter((node) => node.phase === 'draining').length;
      const budget = Math.ceil(pool.length * settings.disruptionBudget) - deleting;
      for (const node of empty.slice(0, Math.max(0, budget))) {
        this.nodes.drain(node);
      }
    }
  }
}
