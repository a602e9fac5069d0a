import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { progress } from './cluster/cache';
import { givenKubeconfig } from './cluster/given';
import { checkGivenCluster } from './cluster/given-check';
import { findKubectl } from './cluster/kubectl';
import { journalFile, REMOVE_SECONDS } from './cluster/ledger';
import { ensureModules } from './cluster/modules';
import { ensureMoto } from './cluster/moto';
import { FLEET_POOLS } from './support/fleet';
import { CONSTRUCT_POOLS } from './support/synthesized';

/** Builds what is missing before the first test, so that no test's deadline runs meanwhile. What comes after the last test is returned. */
export const setup = async (): Promise<() => void> => {
  const kubeconfig = givenKubeconfig();
  if (kubeconfig !== undefined) await checkGivenCluster([...FLEET_POOLS, ...CONSTRUCT_POOLS]);
  else await ensureModules(['etcd', 'kubernetes', 'kwok', 'karpenter', 'keda']);
  await ensureMoto();
  return kubeconfig === undefined ? () => undefined : guardGivenCluster(await findKubectl(), kubeconfig);
};

/** Has what the tests made removed should this process end before its tests, by Ctrl-C or otherwise. What is returned ends the watch. */
const guardGivenCluster = (kubectl: string, kubeconfig: string): (() => void) => {
  const guard = spawn(process.execPath, [join(import.meta.dirname, 'cluster/guard.mjs')], {
    stdio: ['pipe', 'ignore', 'inherit'],
    detached: true,
  });
  guard.unref();
  (guard.stdin as typeof guard.stdin & { unref?: () => void }).unref?.();
  guard.stdin.on('error', () => undefined);
  const journal = journalFile();
  guard.stdin.write(`sweep ${JSON.stringify({ kubectl, kubeconfig, journal, seconds: REMOVE_SECONDS })}\n`);
  return () => {
    guard.stdin.end('sweep null\n');
    if (existsSync(journal)) progress(`left in the given cluster: kubectl delete --ignore-not-found --filename ${journal}`);
  };
};
