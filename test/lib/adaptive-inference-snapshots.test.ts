import { Duration } from 'aws-cdk-lib';
import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { Accelerator, AcceleratorPool, CapacityType, EndpointVisibility, InferenceCluster, Scaler } from '../../lib';
import { kubernetesObjects, maskedTemplate } from '../../lib/assertions';
import { built, kubectlLayer, newCluster } from './support/fixture';
import { newFleet, TWO_UNITS, unitOf } from './support/fleet';
import { importedCluster } from './support/imported-cluster';

const ON_A_METRIC = { scaler: Scaler.HORIZONTAL_POD_AUTOSCALER, externalMetric: { name: 'requests_per_minute' } };

describe('the template of a fleet', () => {
  it('with everything at its default, which makes the Kubernetes API private', () => {
    expect(maskedTemplate(built((stack) => newFleet(stack)).template)).toMatchSnapshot();
  });

  it('on a cluster with a public endpoint', () => {
    const { template } = built((stack) =>
      newFleet(stack, { cluster: newCluster(stack, { endpointVisibility: EndpointVisibility.PUBLIC }) }),
    );
    expect(maskedTemplate(template)).toMatchSnapshot();
  });

  it('on an imported cluster', () => {
    const { template } = built((stack) => {
      const cluster = InferenceCluster.fromCluster(stack, 'Cluster', {
        cluster: importedCluster(stack),
        kubectlLayer: kubectlLayer(stack),
      });
      newFleet(stack, { cluster, routerOptions: { clients: [cluster.clusterSecurityGroup] } });
    });
    expect(maskedTemplate(template)).toMatchSnapshot();
  });
});

/** What a fleet puts on a cluster, but for the CRD, which is always the same. */
const objectsIn = (template: Template) =>
  kubernetesObjects(template)
    .map(({ body }) => body)
    .filter(({ kind }) => kind !== 'CustomResourceDefinition');
const objectsOf = (build: Parameters<typeof built>[0]) => objectsIn(built(build).template);

describe('the Kubernetes objects of a fleet', () => {
  it('on on-demand capacity only', () => {
    const objects = objectsOf((stack) =>
      newFleet(stack, { units: TWO_UNITS.map((unit) => ({ ...unit, capacityTypes: [CapacityType.ON_DEMAND] })) }),
    );
    const capacity = objects.filter(({ kind }) => kind === 'NodePool' || kind === 'InferenceFleet');
    expect(JSON.stringify(capacity)).not.toContain('spot');
    expect(objects).toMatchSnapshot();
  });

  it('with autoscalers in place of KEDA', () => {
    const objects = objectsOf((stack) => newFleet(stack, { units: TWO_UNITS.map((unit) => ({ ...unit, ...ON_A_METRIC })) }));
    expect(objects.filter(({ kind }) => kind === 'ScaledObject')).toEqual([]);
    expect(objects).toMatchSnapshot();
  });

  it('without a router', () => {
    const { template } = built((stack) =>
      newFleet(stack, { withoutRouter: true, units: TWO_UNITS.map((unit) => ({ ...unit, ...ON_A_METRIC })) }),
    );
    expect(template.findResources('AWS::ElasticLoadBalancingV2::LoadBalancer')).toEqual({});
    expect(objectsIn(template)).toMatchSnapshot();
  });

  it('on every accelerator, five to a router', () => {
    const all = Object.values(Accelerator).filter((value): value is Accelerator => value instanceof Accelerator);
    expect(all).toHaveLength(9);
    const objects = objectsOf((stack) => {
      const cluster = newCluster(stack);
      // Trainium2 has no list price; a pool of the user's own says what it costs.
      const trainium2 = new AcceleratorPool(stack, 'Trainium2', {
        cluster,
        accelerator: Accelerator.TRAINIUM2,
        prices: { 'trn2.48xlarge': 40 },
      });
      const fleetOf = (id: string, accelerators: readonly Accelerator[]) =>
        newFleet(
          stack,
          {
            cluster,
            objective: { latency: Duration.seconds(1) },
            units: accelerators.map((accelerator) => unitOf({ name: accelerator.name.toLowerCase(), accelerator })),
            ...(accelerators.includes(Accelerator.TRAINIUM2) ? { pools: [trainium2] } : {}),
          },
          id,
        );
      fleetOf('First', all.slice(0, 5));
      fleetOf('Second', all.slice(5));
    });
    expect(objects.filter(({ kind }) => kind === 'Deployment')).toHaveLength(9);
    expect(objects.filter(({ kind }) => kind === 'NodePool')).toHaveLength(17);
    expect(objects.filter(({ kind }) => kind === 'InferenceFleet')).toMatchSnapshot();
  });
});
