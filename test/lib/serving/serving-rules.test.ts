import { App, Stack, Validations } from 'aws-cdk-lib';
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { AwsSolutionsChecks } from 'cdk-nag';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Accelerator, AcceleratorPool, DeploymentUnit, Scaler, WeightedRouter } from '../../../lib';
import { newCluster } from '../support/fixture';
import { IMAGE, PROFILE } from './served-fleet';

/** A fleet behind an internal router, one behind a router that faces the internet, and one without any. */
const build = (stack: Stack): void => {
  const cluster = newCluster(stack);
  const pools = [new AcceleratorPool(stack, 'Pool', { cluster, accelerator: Accelerator.A10G })];
  const units = [{ name: 'g5' }];
  const unit = { cluster, name: 'g5', accelerator: Accelerator.A10G, pools, profile: PROFILE, container: { image: IMAGE } };
  const inside = new WeightedRouter(stack, 'Inside', { vpc: cluster.vpc, units });
  new DeploymentUnit(stack, 'Internal', { ...unit, fleetName: 'internal', router: inside });
  const outside = new WeightedRouter(stack, 'Outside', {
    vpc: cluster.vpc,
    units,
    internetFacing: true,
    certificates: [elbv2.ListenerCertificate.fromArn('arn:aws:acm:us-west-2:123456789012:certificate/mine')],
    webAclArn: 'arn:aws:wafv2:us-west-2:123456789012:regional/webacl/mine/1',
  });
  new DeploymentUnit(stack, 'Public', { ...unit, fleetName: 'public', router: outside });
  const scaler = { scaler: Scaler.HORIZONTAL_POD_AUTOSCALER, externalMetric: { name: 'requests' } };
  new DeploymentUnit(stack, 'Alone', { ...unit, fleetName: 'alone', ...scaler });
};

/** Synthesizes under the rules that CDK has of CloudFormation and those of AwsSolutions; each violation is an error. */
const judged = (): string => {
  const app = new App({ context: { '@aws-cdk/core:validateAgainstDefaultRules': true } });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  build(new Stack(app, 'Judged'));
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

  it('find nothing in units and routers, in any account and region', () => {
    expect(judged()).toBe('');
  });
});
