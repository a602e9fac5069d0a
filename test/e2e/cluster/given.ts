/** Kubeconfig of a cluster that the tests use in the place of their own; `undefined`: they start their own. */
export const givenKubeconfig = (): string | undefined => process.env.KUBECONFIG || undefined;
