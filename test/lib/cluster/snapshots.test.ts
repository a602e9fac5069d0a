import { describe, expect, it } from 'vitest';
import { InferenceCluster } from '../../../lib';
import { maskedTemplate } from '../../../lib/assertions';
import { built, kubectlLayer } from '../support/fixture';
import { importedCluster } from '../support/imported-cluster';

/** A new cluster is part of the snapshot of a whole fleet. */
describe('the resources of an imported cluster', () => {
  it('that let the deployment reach it', () => {
    const { template } = built((stack) => {
      InferenceCluster.fromCluster(stack, 'Cluster', { cluster: importedCluster(stack), kubectlLayer: kubectlLayer(stack) });
    });
    const { Resources } = maskedTemplate(template) as { Resources: Record<string, unknown> };
    const own = Object.entries(Resources).filter(([id]) => /^Cluster(KubectlAccess|AddonsPodIdentityAgent)/.test(id));
    expect(Object.fromEntries(own)).toMatchSnapshot();
  });
});
