import { App, type Environment, Stack, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import settings from '../../cdk.json';
import { EndpointVisibility, InferenceCluster, Scaler } from '../../lib';
import { ENV, kubectlLayer, newCluster } from './support/fixture';
import { newFleet, TWO_UNITS } from './support/fleet';
import { importedCluster } from './support/imported-cluster';

/** Synthesizes under the rules that CDK has of CloudFormation and those of AwsSolutions; each violation is an error. */
const judged = (build: (stack: Stack) => void, env?: Environment, context: { [flag: string]: unknown } = {}): string => {
  const app = new App({ context: { ...context, '@aws-cdk/core:validateAgainstDefaultRules': true } });
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

describe('the rules of CloudFormation and AwsSolutions find nothing in a whole fleet', () => {
  beforeAll(() => vi.stubEnv('CDK_VALIDATION', 'true'));
  afterAll(() => void vi.unstubAllEnvs());

  it.each<[string, Environment | undefined, { [flag: string]: unknown }]>([
    ['for an account and region', ENV, {}],
    ['for any account and region', undefined, {}],
    ['with every feature flag that CDK recommends', ENV, settings.context],
  ])('%s', (_, env, context) => {
    expect(judged((stack) => newFleet(stack), env, context)).toBe('');
  });

  it('on a public endpoint, with autoscalers and without a router', () => {
    const said = judged((stack) =>
      newFleet(stack, {
        cluster: newCluster(stack, { endpointVisibility: EndpointVisibility.PUBLIC }),
        withoutRouter: true,
        units: TWO_UNITS.map((unit) => ({
          ...unit,
          scaler: Scaler.HORIZONTAL_POD_AUTOSCALER,
          externalMetric: { name: 'requests_per_minute' },
        })),
      }),
    );
    expect(said).toBe('');
  });

  it('on an imported cluster, with two fleets', () => {
    const said = judged((stack) => {
      const cluster = InferenceCluster.fromCluster(stack, 'Cluster', {
        cluster: importedCluster(stack),
        kubectlLayer: kubectlLayer(stack),
      });
      const routerOptions = { clients: [cluster.clusterSecurityGroup] };
      newFleet(stack, { cluster, routerOptions }, 'Chat');
      newFleet(stack, { cluster, routerOptions }, 'Summaries');
    }, ENV);
    expect(said).toBe('');
  });
});
