import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { Scaler } from '../../../lib';
import { maskedTemplate } from '../../../lib/assertions';
import { IMAGE, servedFleet } from './served-fleet';

/** The resources of unit and router: those of cluster and pool have snapshots of their own. */
const served = (template: Template) =>
  Object.fromEntries(
    Object.entries(maskedTemplate(template).Resources as Record<string, unknown>).filter(([id]) => /^(Unit|Router)/.test(id)),
  );

describe('the resources of', () => {
  it('a unit with everything at its default, behind a router', () => {
    expect(served(servedFleet().template)).toMatchSnapshot();
  });

  it('a unit scaled by a plain autoscaler, with a server of its own kind', () => {
    const { template } = servedFleet({
      unit: {
        scaler: Scaler.HORIZONTAL_POD_AUTOSCALER,
        externalMetric: { name: 'requests_per_minute', labels: { unit: 'g5' } },
        container: { image: IMAGE, args: ['--model', 'small'], modelCache: { mountPath: '/models' }, runAsRoot: true },
      },
    });
    expect(served(template)).toMatchSnapshot();
  });
});
