import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, it } from 'vitest';
import { readChoices } from '../../bin/app/context';
import { vllmUnit } from '../../bin/app/units';
import { Accelerator, AdaptiveInference } from '../../lib';
import { idsOf, kubectlLayer } from '../lib/support/fixture';

/** EBS: dollars a month for a GiB of gp3, and for a MiB/s beyond 125. https://aws.amazon.com/ebs/pricing/ */
const GIB_MONTH = 0.08;
const MIBPS_MONTH = 0.04;
const HOURS_A_MONTH = 730;

describe('the table of costs in docs/cost.md', () => {
  let rows: ReadonlyMap<string, number>;
  let together: number;
  let template: Template;

  beforeAll(async () => {
    const page = await readFile(join(__dirname, '../../docs/cost.md'), 'utf8');
    const section = /## What it costs an hour.*?\n(\|.*?)\n\n/s.exec(page)?.[1] ?? '';
    const cells = [...section.matchAll(/^\| (.+?) +\| +(\S+) \|$/gm)].map(([, what = '', price = '']) => [what, price] as const);
    rows = new Map(cells.filter(([, price]) => /^[\d.]+$/.test(price)).map(([what, price]) => [what, Number(price)]));
    together = Number(cells.find(([what]) => what === '**together**')?.[1]?.replaceAll('*', ''));

    const stack = new Stack(new App(), 'App', { env: { account: '123456789012', region: 'us-west-2' } });
    const { accelerators, model, spot } = readChoices(() => undefined);
    new AdaptiveInference(stack, 'Chat', {
      objective: { latency: Duration.seconds(5) },
      units: accelerators.map((accelerator) => vllmUnit(accelerator, model, spot)),
      clusterOptions: { kubectlLayer: kubectlLayer(stack) },
    });
    template = Template.fromStack(stack);
  });

  const priceOf = (beginning: string): number => {
    const found = [...rows].filter(([what]) => what.startsWith(beginning));
    if (found.length !== 1) throw new Error(`${found.length} rows begin with ${beginning}`);
    return found[0]![1];
  };

  it('sums what it lists', () => {
    const sum = [...rows.values()].reduce((total, price) => total + price, 0);
    expect(together).toBeCloseTo(sum, 4);
  });

  it.each([
    [Accelerator.INFERENTIA2, 'inf2.xlarge'],
    [Accelerator.A10G, 'g5.xlarge'],
    [Accelerator.L4, 'g6.xlarge'],
  ])('has the price of the catalogue for %o', ({ instanceTypes }, name) => {
    expect(priceOf(`1 x ${name}`)).toBe(instanceTypes.find((type) => type.name === name)?.priceUsdPerHour);
  });

  it('has the volumes of the pools at their size and throughput', () => {
    const month = 3 * (200 * GIB_MONTH + (500 - 125) * MIBPS_MONTH);
    expect(priceOf('3 volumes of 200 GiB and 500 MiB/s')).toBeCloseTo(month / HOURS_A_MONTH, 4);
  });

  it('has everything that the default app is billed for by the hour', () => {
    const counts = [
      'AWS::EKS::Cluster',
      'AWS::EC2::NatGateway',
      'AWS::EC2::EIP',
      'AWS::ElasticLoadBalancingV2::LoadBalancer',
      'AWS::EKS::Nodegroup',
    ].map((type) => idsOf(template, type).length);
    expect(counts).toEqual([1, 1, 1, 1, 1]);
    const interfaceEndpoints = Object.values(template.findResources('AWS::EC2::VPCEndpoint')).filter(
      ({ Properties }) => Properties.VpcEndpointType === 'Interface',
    );
    expect(interfaceEndpoints).toEqual([]);
    template.hasResourceProperties('AWS::EKS::Nodegroup', { InstanceTypes: ['m6i.large'], ScalingConfig: { DesiredSize: 2 } });
    template.hasResourceProperties('AWS::ElasticLoadBalancingV2::LoadBalancer', { Scheme: 'internal' });
  });
});
