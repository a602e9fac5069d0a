import { join } from 'node:path';
import { type HttpsConnection, NoAnswerError } from '../../../lambda/control-loop/client/http';
import type { KubernetesObject } from '../../../lambda/control-loop/ports';
import { startAwsSide } from '../aws/aws-side';
import { createApiOn } from './api';
import { progress } from './cache';
import { describeCluster } from './describe';
import { takePorts } from './free-ports';
import { givenKubeconfig } from './given';
import { createKubectl, findKubectl, type Kubectl } from './kubectl';
import { createLedger } from './ledger';
import { ensureModules } from './modules';
import { ensureMoto } from './moto';
import { createProcesses, type Processes } from './processes';
import type { TestCluster } from './test-bed';

/** Who the loop is to the cluster. */
export interface Identity {
  readonly user: string;
  readonly groups: readonly string[];
}

const CLUSTER_NAME = 'test-bed';
const PROXY_SECONDS = 30;

/**
 * The cluster of `KUBECONFIG`, with an AWS that is played for the loop alone: Karpenter and KEDA of that cluster call what they are set
 * up to call. What tests create is remembered, and removed when it stops.
 */
export const startGivenCluster = async (loop: Identity): Promise<TestCluster> => {
  const kubeconfig = givenKubeconfig() ?? '';
  const { karpenter = '' } = await ensureModules(['karpenter']);
  const python = await ensureMoto();
  const bare = createKubectl(await findKubectl(), kubeconfig);
  const { ports, files, giveBack } = await takePorts(2);
  const processes = createProcesses();
  files.forEach(processes.removeAtEnd);
  try {
    const admin = await connectThrough(processes, bare, 'kubectl-proxy');
    const asLoop = ['--as', loop.user, ...[...loop.groups, 'system:authenticated'].flatMap((group) => ['--as-group', group])];
    const loopConnection = await connectThrough(processes, bare, 'kubectl-proxy-as-loop', asLoop);
    const aws = await startAwsSide({
      processes,
      python,
      ports: { moto: ports[0] ?? 0, proxy: ports[1] ?? 0 },
      cluster: { name: CLUSTER_NAME, version: '1.36', endpoint: 'https://127.0.0.1:1', certificateAuthorityPem: '' },
      pricesFile: join(karpenter, 'prices.go'),
    });
    const ledger = createLedger(bare);
    const { kubectl } = ledger;
    return {
      clusterName: CLUSTER_NAME,
      kubeconfig,
      processes,
      api: ledger.api(createApiOn(admin)),
      kubectl,
      aws,
      nodeClass: await nodeClassOf(bare),
      loopConnection,
      describe: () => describeCluster(kubectl),
      stop: async () => {
        await ledger.remove();
        await aws.stop();
        await processes.stop();
        giveBack();
      },
    };
  } catch (error) {
    await processes.stop();
    giveBack();
    throw error;
  }
};

/** kubectl knows every way to prove who calls; it also is what speaks for someone else. */
const connectThrough = async (
  processes: Processes,
  { path }: Kubectl,
  name: string,
  args: readonly string[] = [],
): Promise<HttpsConnection> => {
  const proxy = processes.start({ name, command: path, args: ['proxy', '--port=0', ...args] });
  const port = await proxy.waitFor('to serve', PROXY_SECONDS, async () => /Starting to serve on 127\.0\.0\.1:(\d+)/.exec(proxy.log())?.[1]);
  return {
    send: async ({ method, path: where, headers, body }, signal) => {
      try {
        const answer = await fetch(`http://127.0.0.1:${port}${where}`, {
          method,
          headers,
          ...(body === undefined ? {} : { body }),
          ...(signal === undefined ? {} : { signal }),
        });
        return { status: answer.status, headers: Object.fromEntries(answer.headers), body: await answer.text() };
      } catch (error) {
        throw new NoAnswerError(error instanceof Error ? error.message : String(error), 'Unknown', { cause: error });
      }
    },
    closeIdle: () => undefined,
  };
};

/** Spec of the EC2NodeClass that `E2E_NODE_CLASS` names, otherwise of the first that is ready: only the cluster's owner knows its subnets. */
const nodeClassOf = async (kubectl: Kubectl): Promise<KubernetesObject['spec']> => {
  const wanted = process.env.E2E_NODE_CLASS;
  const { items } = JSON.parse(await kubectl(['get', 'ec2nodeclasses.karpenter.k8s.aws', '-o', 'json'])) as { items: KubernetesObject[] };
  const ready = items.filter(({ status }) =>
    (status?.conditions ?? []).some(({ type, status: is }: { type: string; status: string }) => type === 'Ready' && is === 'True'),
  );
  const found = ready.find(({ metadata }) => wanted === undefined || metadata.name === wanted);
  if (found === undefined) {
    const names = ready.map(({ metadata }) => metadata.name).join(', ') || 'none';
    throw new Error(
      `the given cluster has no ready EC2NodeClass${wanted === undefined ? '' : ` ${wanted}`} (ready: ${names}): the tests' pools need its subnets, security groups and role`,
    );
  }
  progress(`pools of the tests use the spec of EC2NodeClass ${found.metadata.name}`);
  return found.spec;
};

const NEEDED = ['nodepools.karpenter.sh', 'ec2nodeclasses.karpenter.k8s.aws', 'scaledobjects.keda.sh'];
const OURS = 'inferencefleets.adaptive-inference.dev';

/** Refuses a cluster that lacks what is needed, and one that has fleets: it may serve real requests. */
export const checkGivenCluster = async (): Promise<void> => {
  const kubeconfig = givenKubeconfig() ?? '';
  const kubectl = createKubectl(await findKubectl(), kubeconfig);
  const config = JSON.parse(await kubectl(['config', 'view', '--minify', '-o', 'json'])) as {
    'current-context': string;
    clusters: { cluster: { server: string } }[];
  };
  progress(`the given cluster: context ${config['current-context']}, ${config.clusters[0]?.cluster.server}`);
  const has = new Set((await kubectl(['get', 'customresourcedefinitions', '-o', 'name'])).split('\n').map((name) => name.split('/')[1]));
  const missing = NEEDED.filter((name) => !has.has(name));
  if (missing.length > 0)
    throw new Error(`the given cluster lacks ${missing.join(', ')}: expected a cluster with Karpenter for AWS and KEDA`);
  if (has.has(OURS)) {
    throw new Error(
      `the given cluster has ${OURS}: it may serve real requests, which the tests would disturb. Give one without fleets; if an earlier run was cut short, remove what it left: kubectl delete crd ${OURS}`,
    );
  }
};
