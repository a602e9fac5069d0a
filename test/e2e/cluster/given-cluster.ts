import { join } from 'node:path';
import { startAwsSide } from '../aws/aws-side';
import { createApiOn } from './api';
import { describeCluster } from './describe';
import { takePorts } from './free-ports';
import { givenKubeconfig } from './given';
import { readyNodeClass } from './given-check';
import { createKubectl, findKubectl } from './kubectl';
import { connectByKubectl, type Identity } from './kubectl-proxy';
import { createLedger } from './ledger';
import { ensureMoto } from './moto';
import { createProcesses } from './processes';
import type { TestCluster } from './test-bed';

const CLUSTER_NAME = 'test-bed';

/**
 * The cluster of `KUBECONFIG`, with an AWS that is played for the loop alone: Karpenter and KEDA of that cluster call what they are set
 * up to call. What tests create is remembered, and removed when it stops.
 */
export const startGivenCluster = async (loop: Identity): Promise<TestCluster> => {
  // Whatever ends the run ends this process too: nothing is made once the guard of the run has begun to remove.
  process.once('disconnect', () => process.exit(1));
  const kubeconfig = givenKubeconfig() ?? '';
  const python = await ensureMoto();
  const bare = createKubectl(await findKubectl(), kubeconfig);
  const nodeClass = (await readyNodeClass(bare)).spec;
  const { ports, files, giveBack } = await takePorts(2);
  const processes = createProcesses();
  files.forEach(processes.removeAtEnd);
  try {
    const admin = await connectByKubectl(processes, bare, 'admin');
    const loopConnection = await connectByKubectl(processes, bare, 'loop', {
      ...loop,
      groups: [...loop.groups, 'system:authenticated'],
    });
    const aws = await startAwsSide({
      processes,
      python,
      ports: { moto: ports[0] ?? 0, proxy: ports[1] ?? 0 },
      // Nobody asks EKS for it: the loop has its connection.
      cluster: { name: CLUSTER_NAME, version: '1.36', endpoint: 'https://127.0.0.1:1', certificateAuthorityPem: '' },
      prices: await listPrices(),
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
      nodeClass,
      loopConnection,
      describe: () => describeCluster(kubectl),
      stop: async () => {
        try {
          await ledger.remove();
        } finally {
          await aws.stop();
          await processes.stop();
          giveBack();
        }
      },
    };
  } catch (error) {
    await processes.stop();
    giveBack();
    throw error;
  }
};

interface Priced {
  readonly name: string;
  readonly priceUsdPerHour?: number;
}

/** On-demand prices of the catalogue of `lib`, for which nothing must be built. It is loaded by a path that the compiler does not follow. */
const listPrices = async (): Promise<ReadonlyMap<string, number>> => {
  const { Accelerator } = (await import(join(import.meta.dirname, '../../../lib/accelerator/accelerator.ts'))) as {
    readonly Accelerator: { all(): readonly { readonly instanceTypes: readonly Priced[] }[] };
  };
  return new Map(
    Accelerator.all()
      .flatMap(({ instanceTypes }) => instanceTypes)
      .flatMap(({ name, priceUsdPerHour }) => (priceUsdPerHour === undefined ? [] : [[name, priceUsdPerHour] as const])),
  );
};
