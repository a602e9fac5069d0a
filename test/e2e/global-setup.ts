import { givenKubeconfig } from './cluster/given';
import { checkGivenCluster } from './cluster/given-cluster';
import { ensureModules } from './cluster/modules';
import { ensureMoto } from './cluster/moto';

/** Builds what is missing before the first test, so that no test's deadline runs meanwhile. */
export const setup = async (): Promise<void> => {
  if (givenKubeconfig() !== undefined) await checkGivenCluster();
  // What is not needed for a given cluster is not built for it.
  await ensureModules(givenKubeconfig() === undefined ? ['etcd', 'kubernetes', 'kwok', 'karpenter', 'keda'] : ['karpenter']);
  await ensureMoto();
};
