import type { Command } from 'commander';

/** Options of every command that speaks with a cluster, as kubectl has them. */
export interface ClusterOptions {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly namespace?: string;
}

/** Adds the options of `ClusterOptions`. */
export const withClusterOptions = (command: Command): Command =>
  command
    .option('--kubeconfig <file>', 'kubeconfig to use, alone')
    .option('--context <name>', 'context of the kubeconfig; default: its current context')
    .option('-n, --namespace <name>', 'namespace of the fleet; default: that of the context');

export const FLEET_ARGUMENT = 'name or namespace/name of an InferenceFleet';

/** The end of the help of these commands. */
export const CLUSTER_HELP = `The kubeconfig is found as kubectl finds it: --kubeconfig, else the files in KUBECONFIG, else ~/.kube/config.

Exit codes: 0 done, 1 the cluster cannot be reached or refuses, 2 bad input or not found`;
