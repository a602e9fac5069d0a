import type { TwinNode, World } from '../world';
import type { Nodes } from './nodes';

/**
 * Karpenter's consolidation of empty nodes: nodes without a pod for `consolidateAfter` go, within the pool's budget
 * (Karpenter documentation, "Disruption": `WhenEmpty`, `consolidateAfter`, budgets as roundup(nodes * percentage) - nodes deleting).
 *
 * It looks every ten seconds. What it finds it looks at once more 15 s later, and takes those that are still empty; then it looks again at
 * once (sigs.k8s.io/karpenter `pkg/controllers/disruption/{controller,emptiness,validation}.go`).
 */
export class Disruption {
  constructor(
    private readonly world: World,
    private readonly nodes: Nodes,
  ) {
    this.lookAfter(world.settings.disruptionPollSeconds);
  }

  private lookAfter(seconds: number): void {
    this.world.kernel.after(seconds, () => this.look());
  }

  private look(): void {
    const { kernel, settings } = this.world;
    const found = this.candidates();
    if (found.length === 0) {
      this.lookAfter(settings.disruptionPollSeconds);
      return;
    }
    kernel.after(settings.disruptionValidationSeconds, () => {
      const still = new Set(this.candidates());
      const valid = found.filter((node) => still.has(node));
      for (const node of valid) this.nodes.drain(node);
      this.lookAfter(valid.length > 0 ? 0 : settings.disruptionPollSeconds);
    });
  }

  /** Empty nodes that may go now, by pool. */
  private candidates(): readonly TwinNode[] {
    const { kernel, settings } = this.world;
    const byPool = new Map<string, TwinNode[]>();
    for (const node of this.world.nodes.values()) {
      const list = byPool.get(node.pool.name) ?? [];
      byPool.set(node.pool.name, list);
      list.push(node);
    }
    return [...byPool.values()].flatMap((pool) => {
      const empty = pool.filter(
        (node) =>
          node.phase === 'initialized' && node.pods.size === 0 && kernel.now - node.lastPodEventSeconds >= settings.consolidateAfterSeconds,
      );
      const deleting = pool.filter((node) => node.phase === 'draining').length;
      const budget = Math.ceil(pool.length * settings.disruptionBudget) - deleting;
      return empty.slice(0, Math.max(0, budget));
    });
  }
}
