/** Kubeconfig of a cluster that the tests use in the place of their own; `undefined`: they start their own. */
export const givenKubeconfig = (): string | undefined => process.env.KUBECONFIG || undefined;

/** Whether tests must be skipped, because they do to a cluster what cannot be done to one that is not theirs; then says so. */
export const cannot = (what: string): boolean => {
  if (givenKubeconfig() === undefined) return false;
  process.stderr.write(`[e2e] skipped on the given cluster: tests that ${what}\n`);
  return true;
};
