import { describe, expect, it } from 'vitest';
import { Accelerator, AcceleratorPool } from '../../../lib';
import { maskedTemplate } from '../../../lib/assertions';
import { built, newCluster } from '../support/fixture';

describe('the resources of a pool', () => {
  it('with everything at its default', () => {
    const { template } = built(
      (stack) => new AcceleratorPool(stack, 'Pool', { cluster: newCluster(stack), accelerator: Accelerator.A10G }),
    );
    const { Resources } = maskedTemplate(template) as { Resources: Record<string, unknown> };
    const own = Object.entries(Resources).filter(([id]) => /^Pool/.test(id));
    expect(Object.fromEntries(own)).toMatchSnapshot();
  });
});
