import { existsSync } from 'node:fs';
import type { KubernetesObject } from '../../../lambda/control-loop/ports';
import { progress } from './cache';
import { givenKubeconfig } from './given';
import { createKubectl, findKubectl, type Kubectl } from './kubectl';
import { journalFile } from './ledger';

const NEEDED = ['nodepools.karpenter.sh', 'ec2nodeclasses.karpenter.k8s.aws', 'scaledobjects.keda.sh'];
const OURS = 'inferencefleets.adaptive-inference.dev';

interface Config {
  readonly 'current-context'?: string;
  readonly clusters?: readonly { readonly cluster: { readonly server: string } }[] | null;
}

/**
 * Refuses a cluster that lacks what is needed, and one that has fleets or pools of the tests' names: it may serve real requests. Says
 * which cluster it is. Changes nothing.
 */
export const checkGivenCluster = async (pools: readonly string[]): Promise<void> => {
  const kubectl = createKubectl(await findKubectl(), givenKubeconfig() ?? '');
  const view = await kubectl.attempt(['config', 'view', '--minify', '-o', 'json']);
  if (view.code !== 0) {
    throw new Error(
      `KUBECONFIG: given ${givenKubeconfig()}, expected a kubeconfig with a current context; kubectl says: ${view.stderr.trim()}. Without KUBECONFIG the tests start clusters of their own`,
    );
  }
  const config = JSON.parse(view.stdout) as Config;
  progress(`the given cluster: context ${config['current-context']}, ${config.clusters?.[0]?.cluster.server}`);
  const has = await namesOf(kubectl, 'customresourcedefinitions');
  const missing = NEEDED.filter((name) => !has.has(name));
  if (missing.length > 0) {
    throw new Error(
      `the given cluster lacks ${missing.join(', ')}: expected a cluster with Karpenter for AWS and KEDA; nothing was changed`,
    );
  }
  const inTheWay = [
    ...(has.has(OURS) ? [`customresourcedefinition/${OURS}`] : []),
    ...(
      await Promise.all(['nodepools.karpenter.sh', 'ec2nodeclasses.karpenter.k8s.aws'].map((kind) => among(kubectl, kind, pools)))
    ).flat(),
  ];
  if (inTheWay.length > 0) {
    throw new Error(
      [
        `the given cluster has ${inTheWay.join(', ')}: it may serve real requests, which the tests would disturb; nothing was changed.`,
        'Expected a cluster without fleets, and without pools of the names that the tests give theirs.',
        ...(existsSync(journalFile())
          ? [`An earlier run was cut short; what it left is removed by: kubectl delete --ignore-not-found --filename ${journalFile()}`]
          : []),
      ].join(' '),
    );
  }
  const { metadata } = await readyNodeClass(kubectl);
  progress(`pools of the tests use the spec of EC2NodeClass ${metadata.name}`);
};

const namesOf = async (kubectl: Kubectl, kind: string): Promise<ReadonlySet<string>> =>
  new Set((await kubectl(['get', kind, '-o', 'name'])).split('\n').map((line) => line.slice(line.indexOf('/') + 1)));

const among = async (kubectl: Kubectl, kind: string, names: readonly string[]): Promise<readonly string[]> => {
  const has = await namesOf(kubectl, kind);
  return names.filter((name) => has.has(name)).map((name) => `${kind}/${name}`);
};

/** The EC2NodeClass that `E2E_NODE_CLASS` names, otherwise the first that is ready: only the cluster's owner knows its subnets. */
export const readyNodeClass = async (kubectl: Kubectl): Promise<KubernetesObject> => {
  const wanted = process.env.E2E_NODE_CLASS || undefined;
  const { items } = JSON.parse(await kubectl(['get', 'ec2nodeclasses.karpenter.k8s.aws', '-o', 'json'])) as { items: KubernetesObject[] };
  const ready = items.filter(({ status }) =>
    (status?.conditions ?? []).some(({ type, status: is }: { type: string; status: string }) => type === 'Ready' && is === 'True'),
  );
  const found = ready.find(({ metadata }) => wanted === undefined || metadata.name === wanted);
  if (found === undefined) {
    const names = ready.map(({ metadata }) => metadata.name).join(', ') || 'none';
    throw new Error(
      `the given cluster has no ready EC2NodeClass${wanted === undefined ? '' : ` ${wanted}, which E2E_NODE_CLASS names`} (ready: ${names}): every pool of the tests needs its subnets, security groups and role; nothing was changed`,
    );
  }
  return found;
};
