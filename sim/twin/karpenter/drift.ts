import { freeDevices, type TwinNode, type TwinPod, type World } from '../kubernetes/world';
import type { Karpenter } from './controller';
import { allowedDisruptions } from './disruption';
import type { Nodes } from './nodes';
import { plan } from './provisioning';

/**
 * Starts Karpenter's replacement of nodes that have drifted: within the budgets of their pool it launches what their pods need elsewhere,
 * waits until those nodes are initialized, and drains the old ones (Karpenter documentation, "Disruption": "Drift", "Disruption Controller";
 * sigs.k8s.io/karpenter `pkg/controllers/disruption/{drift,queue}.go`). The node is awaited, not the pod on it.
 *
 * A node whose pods would find no place stays.
 */
export const startDrift = (world: World, nodes: Nodes, karpenter: Karpenter): void => {
  const { kernel, scenario, settings } = world;
  /** Old nodes, with the new ones that are awaited. */
  const replacing = new Map<TwinNode, Set<TwinNode>>();

  const settle = (fresh: TwinNode, isThere: boolean): void => {
    for (const [old, awaited] of replacing) {
      if (!awaited.delete(fresh)) continue;
      if (!isThere) replacing.delete(old);
      else if (awaited.size === 0) {
        replacing.delete(old);
        nodes.drain(old, 'Drifted');
      }
    }
  };
  nodes.events.on('initialized', (node) => settle(node, true));
  nodes.events.on('refused', (node) => settle(node, false));

  const replace = (old: TwinNode): boolean => {
    const pods = [...old.pods].filter(({ phase }) => phase !== 'terminating');
    const others = [...world.nodes.values()].filter((node) => node !== old);
    const planned = plan(pods, karpenter.nodePools(), others);
    const homeless = pods.length - planned.reduce((sum, node) => sum + node.pods.length, 0);
    if (homeless > roomFor(pods, others)) return false;
    const launched = planned.map((node) => karpenter.launch(node));
    if (launched.length === 0) nodes.drain(old, 'Drifted');
    else replacing.set(old, new Set(launched));
    return true;
  };

  kernel.every(settings.disruptionPollSeconds, settings.disruptionPollSeconds, () => {
    for (const { name } of world.pools) {
      const own = [...world.nodes.values()].filter((node) => node.pool.name === name);
      const drifted = own.filter((node) => node.isDrifted && node.phase === 'initialized' && !replacing.has(node));
      if (drifted.length === 0) continue;
      const busy = own.filter((node) => node.phase === 'draining' || replacing.has(node)).length;
      let left = allowedDisruptions(scenario.twin.nodePool.budgets, 'Drifted', own.length) - busy;
      for (const node of drifted) {
        if (left <= 0) break;
        if (replace(node)) left -= 1;
      }
    }
  });
};

/** How many of the pods have a place on nodes that are there. */
const roomFor = (pods: readonly TwinPod[], nodes: readonly TwinNode[]): number => {
  const need = Math.max(1, ...pods.map(({ unit }) => unit.devicesPerPod));
  return nodes
    .filter(({ phase }) => phase !== 'draining')
    .reduce((sum, node) => sum + Math.max(0, Math.floor(freeDevices(node) / need)), 0);
};
