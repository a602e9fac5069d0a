import type { Command } from 'commander';

/** Options of every command for live clusters, named as in kubectl. */
export interface ClusterOptions {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly namespace?: string;
}

/** Adds the options of `ClusterOptions`. */
export const withClusterOptions = (command: Command): Command =>
  command
    .option('--kubeconfig <file>', 'use only this kubeconfig')
    .option('--context <name>', 'context of the kubeconfig; default: the current context')
    .option('-n, --namespace <name>', 'namespace of the fleet; default: the namespace of the context');

export const FLEET_ARGUMENT = 'name or namespace/name of an InferenceFleet';

/** The end of the help of these commands. */
export const CLUSTER_HELP = `The kubeconfig is found as kubectl finds it: --kubeconfig, else the files in KUBECONFIG, else ~/.kube/config.

Exit codes: 0 done, 1 cluster unreachable or request refused, 2 invalid input or not found`;
