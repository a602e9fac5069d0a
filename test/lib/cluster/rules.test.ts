import { App, type Environment, Stack, Validations } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Accelerator, AcceleratorPool, ClusterAddon, InferenceCluster } from '../../../lib';
import { ENV, kubectlLayer, newCluster } from '../support/fixture';
import { importedCluster } from '../support/imported-cluster';

/** Synthesizes under the rules that CDK has of CloudFormation and those of AwsSolutions; each violation is an error. */
const judged = (build: (stack: Stack) => void, env?: Environment): string => {
  const app = new App({ context: { '@aws-cdk/core:validateAgainstDefaultRules': true } });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  build(env ? new Stack(app, 'Judged', { env }) : new Stack(app, 'Judged'));
  const said: string[] = [];
  const hear = vi.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0);
  const hearError = vi.spyOn(console, 'error').mockImplementation((...text) => void said.push(text.join(' ')));
  try {
    app.synth();
  } catch (error) {
    said.push(String(error));
  } finally {
    hear.mockRestore();
    hearError.mockRestore();
  }
  return said.join('\n');
};

describe('the rules of CloudFormation and AwsSolutions', () => {
  beforeAll(() => vi.stubEnv('CDK_VALIDATION', 'true'));
  afterAll(() => {
    vi.unstubAllEnvs();
  });

  it.each<[string, Environment | undefined]>([
    ['an account and region', ENV],
    ['any account and region', undefined],
  ])('find nothing in a new cluster with pools, for %s', (_, env) => {
    const said = judged((stack) => {
      const cluster = newCluster(stack, { addons: { cloudWatchObservability: ClusterAddon.install() } });
      new AcceleratorPool(stack, 'Pool', { cluster, accelerator: Accelerator.A10G });
    }, env);
    expect(said).toBe('');
  });

  it('find nothing in an existing cluster with pools', () => {
    const said = judged((stack) => {
      const cluster = InferenceCluster.fromCluster(stack, 'Cluster', {
        cluster: importedCluster(stack),
        kubectlLayer: kubectlLayer(stack),
      });
      new AcceleratorPool(stack, 'Pool', { cluster, accelerator: Accelerator.A10G });
    }, ENV);
    expect(said).toBe('');
  });

  it('do find what is wrong', () => {
    const said = judged((stack) => {
      newCluster(stack);
      new s3.Bucket(stack, 'Careless');
    }, ENV);
    expect(said).toContain('AwsSolutions-S1');
    expect(said).toContain('ValidationFailed');
  });
});
