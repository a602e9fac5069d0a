import { App, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { CanaryStack } from '../../examples/typescript/canary';
import { ExistingClusterStack } from '../../examples/typescript/existing-cluster';
import { MinimalStack } from '../../examples/typescript/minimal';
import { OnDemandOnlyStack } from '../../examples/typescript/on-demand-only';
import { SeveralFleetsStack } from '../../examples/typescript/several-fleets';
import { kubernetesObjects } from '../../lib/assertions';

const EXAMPLES = [
  ['minimal', MinimalStack, 1, 4],
  ['existing cluster', ExistingClusterStack, 1, 4],
  ['several fleets', SeveralFleetsStack, 2, 4],
  ['on-demand only', OnDemandOnlyStack, 1, 2],
  // The canary shares the pools of its accelerator.
  ['canary', CanaryStack, 1, 4],
] as const;

describe('the example', () => {
  beforeAll(() => void vi.stubEnv('CDK_VALIDATION', 'false'));

  it.each(EXAMPLES)('%s synthesizes', (_, Example, fleets, pools) => {
    const stack: Stack = new Example(new App(), 'Example', { env: { account: '123456789012', region: 'us-west-2' } });
    const template = Template.fromStack(stack);
    expect(kubernetesObjects(template, 'InferenceFleet')).toHaveLength(fleets);
    expect(kubernetesObjects(template, 'NodePool')).toHaveLength(pools);
  });

  it('on-demand only has no spot capacity', () => {
    const template = Template.fromStack(new OnDemandOnlyStack(new App(), 'Example'));
    expect(JSON.stringify(kubernetesObjects(template, 'NodePool'))).not.toContain('"spot"');
  });
});
