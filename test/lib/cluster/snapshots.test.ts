import { describe, expect, it } from 'vitest';
import { Accelerator, AcceleratorPool, CapacityType, EndpointVisibility, InferenceCluster } from '../../../lib';
import { kubernetesObjects, maskedTemplate } from '../../../lib/assertions';
import { built, kubectlLayer, newCluster } from '../support/fixture';
import { importedCluster } from '../support/imported-cluster';

describe('the template of', () => {
  it('a cluster with everything at its default', () => {
    expect(maskedTemplate(built((stack) => newCluster(stack)).template)).toMatchSnapshot();
  });

  it('a cluster with a public endpoint and on-demand capacity only', () => {
    const { template } = built((stack) => {
      const cluster = newCluster(stack, { endpointVisibility: EndpointVisibility.PUBLIC });
      new AcceleratorPool(stack, 'Pool', { cluster, accelerator: Accelerator.A10G, capacityType: CapacityType.ON_DEMAND });
    });
    expect(maskedTemplate(template)).toMatchSnapshot();
  });

  it('an existing cluster with a spot pool', () => {
    const { template } = built((stack) => {
      const cluster = InferenceCluster.fromCluster(stack, 'Cluster', {
        cluster: importedCluster(stack),
        kubectlLayer: kubectlLayer(stack),
      });
      new AcceleratorPool(stack, 'Pool', { cluster, accelerator: Accelerator.INFERENTIA2 });
    });
    expect(maskedTemplate(template)).toMatchSnapshot();
  });
});

describe('the pools of', () => {
  it('every accelerator', () => {
    const all = Object.values(Accelerator).filter((value): value is Accelerator => value instanceof Accelerator);
    expect(all).toHaveLength(9);
    const { template } = built((stack) => {
      const cluster = newCluster(stack);
      for (const accelerator of all) {
        const prices = accelerator === Accelerator.TRAINIUM2 ? { prices: { 'trn2.48xlarge': 40 } } : {};
        new AcceleratorPool(stack, accelerator.name, { cluster, accelerator, ...prices });
      }
    });
    expect(kubernetesObjects(template).map(({ body }) => body)).toMatchSnapshot();
  });
});
