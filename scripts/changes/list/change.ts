import type { App } from '../apps';

/** A change of the app, as a user makes it. */
export interface Change {
  /** In a few words: a heading of the page, so each has its own. */
  readonly title: string;
  /** What is written otherwise, as code. */
  readonly code: string;
  /** The app before; by default the base. */
  readonly before?: App;
  readonly after: App;
  /** What a user of the service or its operator notices. */
  readonly notice: string;
  /** How to avoid lost requests or a failed deployment: required where there are any, and forbidden elsewhere. */
  readonly avoid?: string;
}

/** What happens to the nodes of a pool that has changed. */
export const DRIFT =
  'Karpenter replaces the nodes of a pool one at a time. The loop starts successors of the pods there, and Karpenter evicts pods when their successors are ready.';

/** How a pool is emptied before it goes. */
export const emptied = (pool: string, deployment: string): string =>
  `empty the pool. Hold it with \`npx cdk-adaptive-inference override chat limit/${pool}=0 --reason "pool goes" --for 4h\`, cordon its nodes with \`kubectl cordon -l karpenter.sh/nodepool=${pool}\`, and start new pods elsewhere before the old ones end with \`kubectl rollout restart deployment ${deployment}\`. Deploy when \`kubectl get nodes -l karpenter.sh/nodepool=${pool}\` shows none that serves.`;

/** How a fleet gets another address, name or namespace. */
export const SIDE_BY_SIDE =
  'add a second fleet beside the first, with another construct id and the new property. When its pods serve, send the clients to its address, and remove the first fleet last.';
