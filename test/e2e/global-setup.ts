import { ensureModules } from './cluster/modules';
import { ensureMoto } from './cluster/moto';

/** Builds what is missing before the first test, so that no test's deadline runs meanwhile. */
export const setup = async (): Promise<void> => {
  await ensureModules(['etcd', 'kubernetes', 'kwok', 'karpenter', 'keda']);
  await ensureMoto();
};
