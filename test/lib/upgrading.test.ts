import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { KarpenterVersion } from '../../lib';
import { versions } from '../e2e/cluster/modules';
import { built, newCluster } from './support/fixture';

const page = readFileSync(join(__dirname, '../../docs/upgrading.md'), 'utf8');
const section = page.slice(page.indexOf('## Components'), page.indexOf('## Kubernetes'));
const rows = new Map(
  [...section.matchAll(/^\| ([^|]+) \| (\d[^|]*) \| [^|]+ \| ([^|]+) \|$/gm)].map(([, name = '', installed = '', onBed = '']) => [
    name,
    { installed, onBed },
  ]),
);

const { template } = built((stack) => {
  newCluster(stack);
});

/** Versions of the charts, by the name of the chart. */
const charts = new Map(
  Object.values(template.findResources('Custom::AWSCDK-EKS-HelmChart')).map(({ Properties: { Chart, Version } }) => [Chart, Version]),
);

describe('the page of upgrades', () => {
  it.each([
    ['Karpenter', 'karpenter'],
    ['KEDA', 'keda'],
    ['AWS Load Balancer Controller', 'aws-load-balancer-controller'],
    ['device plugin of NVIDIA', 'nvidia-device-plugin'],
    ['device plugin of AWS Neuron', 'neuron-helm-chart'],
    ['Metrics Server', 'metrics-server'],
  ])('has the version that is deployed of %s', (name, chart) => {
    expect(rows.get(name)?.installed).toBe(charts.get(chart));
  });

  it('has every chart, and no other component', () => {
    // The CRDs of Karpenter have its version.
    expect(charts.get('karpenter-crd')).toBe(charts.get('karpenter'));
    expect(rows.size).toBe(charts.size);
  });

  it('has the version of Kubernetes, and the newest that Karpenter supports', () => {
    const [cluster] = Object.values(template.findResources('AWS::EKS::Cluster'));
    const newest = KarpenterVersion.V1_14_1.newestKubernetesMinor;
    expect(rows.get('Kubernetes')?.installed).toBe(`${cluster?.Properties.Version}, at most 1.${newest}`);
  });

  it('has the versions that the test bed runs', () => {
    const onBed = [...rows].flatMap(([name, { onBed }]) => (onBed === '-' ? [] : [[name, `v${onBed}`]]));
    expect(Object.fromEntries(onBed)).toEqual({ Kubernetes: versions.kubernetes, Karpenter: versions.karpenter, KEDA: versions.keda });
  });
});
