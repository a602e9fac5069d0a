import type { Kubectl } from './kubectl';

const LINES = 60;

/** State of a cluster as text: events, Karpenter's objects, nodes and pods, and what the loop says of its fleets. */
export const describeCluster = async (kubectl: Kubectl): Promise<string> => {
  const fleets = '{range .items[*]}{.metadata.name}: {.status.reason}{"\\n"}{.status.conditions}{"\\n"}{.status.lastDecision}{"\\n"}{end}';
  const parts: string[] = [];
  for (const [title, args] of [
    ['events', ['get', 'events', '-A', '--sort-by=.lastTimestamp']],
    ['node pools, node classes, node claims', ['get', 'nodepools,ec2nodeclasses,nodeclaims', '-o', 'wide']],
    ['nodes and pods', ['get', 'nodes,pods', '-A', '-o', 'wide']],
    ['fleets, their conditions and last decisions', ['get', 'inferencefleets', '-A', '-o', `jsonpath=${fleets}`]],
  ] as const) {
    const { stdout, stderr } = await kubectl.attempt(args);
    parts.push(`--- ${title} ---\n${(stdout + stderr).trimEnd().split('\n').slice(-LINES).join('\n')}`);
  }
  return parts.join('\n');
};
