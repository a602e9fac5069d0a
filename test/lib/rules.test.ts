import { App, type Environment, Stack, Validations } from 'aws-cdk-lib';
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import settings from '../../cdk.json';
import {
  Accelerator,
  AcceleratorPool,
  ClusterAddon,
  DeploymentUnit,
  EndpointVisibility,
  InferenceCluster,
  Scaler,
  WeightedRouter,
} from '../../lib';
import { ENV, kubectlLayer, newCluster } from './support/fixture';
import { newFleet, TWO_UNITS, unitOf } from './support/fleet';
import { importedCluster } from './support/imported-cluster';

interface Place {
  readonly env?: Environment;
  readonly context?: { readonly [flag: string]: unknown };
}

/** What CDK's rules of CloudFormation and cdk-nag's AwsSolutions find in a stack; each violation is an error. */
const violations = (build: (stack: Stack) => void, { env, context }: Place): string => {
  const app = new App({ context: { ...context, '@aws-cdk/core:validateAgainstDefaultRules': true } });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  build(env ? new Stack(app, 'Judged', { env }) : new Stack(app, 'Judged'));
  const printed: string[] = [];
  const stderr = vi.spyOn(process.stderr, 'write').mockImplementation((text) => printed.push(String(text)) > 0);
  const console_ = vi.spyOn(console, 'error').mockImplementation((...text) => void printed.push(text.join(' ')));
  try {
    app.synth();
  } catch (error) {
    printed.push(String(error));
  } finally {
    stderr.mockRestore();
    console_.mockRestore();
  }
  return printed.join('\n');
};

const ON_A_METRIC = { scaler: Scaler.HORIZONTAL_POD_AUTOSCALER, externalMetric: { name: 'requests_per_minute' } };

/** A fleet, and what no fleet has by default: further add-ons and rights, and a unit behind a router that faces the internet. */
const everything = (stack: Stack): void => {
  const cluster = newCluster(stack, {
    addons: { cloudWatchObservability: ClusterAddon.install(), networkPolicyAgent: ClusterAddon.install(), onlyTaggedTargetGroups: true },
    karpenter: { instanceProfiles: true },
  });
  newFleet(stack, { cluster });
  const router = new WeightedRouter(stack, 'Outside', {
    vpc: cluster.vpc,
    units: [{ name: 'g5' }],
    internetFacing: true,
    certificates: [elbv2.ListenerCertificate.fromArn('arn:aws:acm:us-west-2:123456789012:certificate/mine')],
    webAclArn: 'arn:aws:wafv2:us-west-2:123456789012:regional/webacl/mine/1',
  });
  const pools = [new AcceleratorPool(stack, 'Pool', { cluster, accelerator: Accelerator.A10G, name: 'outside' })];
  new DeploymentUnit(stack, 'Unit', { cluster, ...unitOf(), fleetName: 'public', pools, router, restrictNetwork: true });
};

/** A fleet on a public endpoint, without a router. */
const withoutRouter = (stack: Stack): void => {
  const cluster = newCluster(stack, { endpointVisibility: EndpointVisibility.PUBLIC });
  newFleet(stack, { cluster, withoutRouter: true, units: TWO_UNITS.map((unit) => ({ ...unit, ...ON_A_METRIC })) });
};

/** Two fleets on an imported cluster. */
const onImportedCluster = (stack: Stack): void => {
  const cluster = InferenceCluster.fromCluster(stack, 'Cluster', { cluster: importedCluster(stack), kubectlLayer: kubectlLayer(stack) });
  const routerOptions = { clients: [cluster.clusterSecurityGroup] };
  newFleet(stack, { cluster, routerOptions }, 'Chat');
  newFleet(stack, { cluster, routerOptions }, 'Summaries');
};

describe('the rules of CloudFormation and AwsSolutions', () => {
  beforeAll(() => void vi.stubEnv('CDK_VALIDATION', 'true'));
  afterAll(() => void vi.unstubAllEnvs());

  it.each<[string, (stack: Stack) => void, Place]>([
    ['everything, in an account and region', everything, { env: ENV }],
    ['everything, in any account and region', everything, {}],
    ['everything, with every feature flag that CDK recommends', everything, { env: ENV, context: settings.context }],
    ['a fleet on a public endpoint, with autoscalers and without a router', withoutRouter, {}],
    ['two fleets on an imported cluster', onImportedCluster, { env: ENV }],
  ])('find nothing in %s', (_, build, place) => {
    expect(violations(build, place)).toBe('');
  });

  it('find a violation, if there is one', () => {
    const found = violations((stack) => void new s3.Bucket(stack, 'Careless'), { env: ENV });
    expect(found).toContain('AwsSolutions-S1');
    expect(found).toContain('ValidationFailed');
  });
});
