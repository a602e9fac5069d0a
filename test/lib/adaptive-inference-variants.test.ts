import { Duration } from 'aws-cdk-lib';
import { Match, type Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { FleetSpecSchema } from '../../lambda/control-loop/api';
import { Accelerator, AcceleratorPool, CapacityType, EndpointVisibility, InferenceCluster, Scaler } from '../../lib';
import { helmCharts, kubernetesObjects, maskedTemplate } from '../../lib/assertions';
import { built, idsOf, kubectlLayer, newCluster } from './support/fixture';
import { newFleet, TWO_UNITS, unitOf } from './support/fleet';
import { importedCluster } from './support/imported-cluster';

const ON_A_METRIC = { scaler: Scaler.HORIZONTAL_POD_AUTOSCALER, externalMetric: { name: 'requests_per_minute' } };
const onAMetric = TWO_UNITS.map((unit) => ({ ...unit, ...ON_A_METRIC }));

const byDefault = built((stack) => newFleet(stack)).template;

const resourcesOf = (template: Template) => maskedTemplate(template).Resources as { readonly [id: string]: unknown };

/** Logical ids of resources that only one of two templates has, or that differ. */
const differences = (one: Template, other: Template): string[] => {
  const [before, after] = [resourcesOf(one), resourcesOf(other)];
  const ids = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return ids.filter((id) => JSON.stringify(before[id]) !== JSON.stringify(after[id]));
};

const objectsIn = (template: Template, kind?: string) => kubernetesObjects(template, kind).map(({ body }) => body);
const kindsIn = (template: Template): Set<unknown> => new Set(objectsIn(template).map(({ kind }) => kind));

describe('a fleet on a public endpoint', () => {
  const { template } = built((stack) => newFleet(stack, { cluster: newCluster(stack, { endpointVisibility: EndpointVisibility.PUBLIC }) }));

  it('differs from the default only in the endpoint, and in the network of the control loop', () => {
    const cluster = idsOf(template, 'AWS::EKS::Cluster');
    expect(differences(byDefault, template).filter((id) => !cluster.includes(id) && !id.includes('ControlLoop'))).toEqual([]);
  });

  it('has a loop outside of the VPC, which reaches the endpoint from the internet', () => {
    template.hasResourceProperties('AWS::EKS::Cluster', {
      ResourcesVpcConfig: Match.objectLike({ EndpointPublicAccess: true, EndpointPrivateAccess: true }),
    });
    const loop = idsOf(template, 'AWS::Lambda::Function', /ControlLoopFunction/);
    expect(loop.map((id) => template.findResources('AWS::Lambda::Function')[id]?.Properties.VpcConfig)).toEqual([undefined]);
    expect(idsOf(template, 'AWS::EC2::SecurityGroup', /ControlLoop/)).toEqual([]);
  });
});

describe('a fleet on an imported cluster', () => {
  const { template } = built((stack) => {
    const cluster = InferenceCluster.fromCluster(stack, 'Cluster', { cluster: importedCluster(stack), kubectlLayer: kubectlLayer(stack) });
    newFleet(stack, { cluster, routerOptions: { clients: [cluster.clusterSecurityGroup] } });
  });

  it('creates neither a cluster nor a network', () => {
    for (const type of ['AWS::EKS::Cluster', 'AWS::EKS::Nodegroup', 'AWS::EC2::VPC', 'AWS::EC2::Subnet', 'AWS::KMS::Key']) {
      expect(idsOf(template, type)).toEqual([]);
    }
  });

  it('applies the same objects as on a new cluster, but for the network of its nodes', () => {
    const withoutNetwork = (body: { [key: string]: unknown }) =>
      body.kind === 'EC2NodeClass'
        ? { ...body, spec: { ...(body.spec as object), subnetSelectorTerms: 'theirs', securityGroupSelectorTerms: 'theirs' } }
        : body;
    expect(objectsIn(template).map(withoutNetwork)).toEqual(objectsIn(byDefault).map(withoutNetwork));
    for (const { spec } of objectsIn(template, 'EC2NodeClass')) {
      expect(spec).toMatchObject({
        subnetSelectorTerms: [{ id: 'subnet-0000000000000000a' }, { id: 'subnet-0000000000000000b' }],
        securityGroupSelectorTerms: [{ id: 'sg-0123456789abcdef0' }],
      });
    }
  });

  it('installs the same charts, named for the imported cluster', () => {
    const releases = (of: Template) => helmCharts(of).map(({ body }) => [body.Release, body.Version]);
    expect(releases(template)).toEqual(releases(byDefault));
    for (const { body } of helmCharts(template)) expect(body.ClusterName).toBe('theirs');
  });

  it('opens the imported security group to the load balancer and to the control loop', () => {
    const sources = Object.values(
      template.findResources('AWS::EC2::SecurityGroupIngress', { Properties: { GroupId: 'sg-0123456789abcdef0' } }),
    ).map(({ Properties }) => JSON.stringify(Properties.SourceSecurityGroupId));
    expect(sources).toEqual([expect.stringContaining('RouterSecurityGroup'), expect.stringContaining('ControlLoopSecurityGroup')]);
  });
});

describe('a fleet', () => {
  it('on on-demand capacity only has no spot pool', () => {
    const { template } = built((stack) =>
      newFleet(stack, { units: TWO_UNITS.map((unit) => ({ ...unit, capacityTypes: [CapacityType.ON_DEMAND] })) }),
    );
    expect(objectsIn(template, 'NodePool').map(({ metadata }) => (metadata as { name: string }).name)).toEqual([
      'inferentia2-on-demand',
      'a10g-on-demand',
    ]);
    expect(JSON.stringify([objectsIn(template, 'NodePool'), objectsIn(template, 'InferenceFleet')])).not.toContain('spot');
  });

  it('with autoscalers in place of KEDA has no object of KEDA', () => {
    const { template } = built((stack) => newFleet(stack, { units: onAMetric }));
    expect(objectsIn(template, 'HorizontalPodAutoscaler')).toHaveLength(TWO_UNITS.length);
    expect(kindsIn(template)).not.toContain('ScaledObject');
    expect(kindsIn(template)).not.toContain('TriggerAuthentication');
  });

  it('without a router has nothing of a load balancer', () => {
    const { template } = built((stack) => newFleet(stack, { withoutRouter: true, units: onAMetric }));
    for (const type of ['LoadBalancer', 'Listener', 'ListenerRule', 'TargetGroup']) {
      expect(idsOf(template, `AWS::ElasticLoadBalancingV2::${type}`)).toEqual([]);
    }
    for (const type of ['ListenerRule', 'RuleTarget']) expect(idsOf(template, `Custom::AdaptiveInference${type}`)).toEqual([]);
    expect(kindsIn(template)).not.toContain('TargetGroupBinding');
    expect(JSON.stringify(objectsIn(template, 'InferenceFleet'))).not.toMatch(/router|targetGroupArn/);
  });
});

describe('fleets on every accelerator of the catalogue', () => {
  const UNITS_OF_A_ROUTER = 5;
  const all = Accelerator.all();
  const { template } = built((stack) => {
    const cluster = newCluster(stack);
    /** A pool of an accelerator whose list price is not published must state one. */
    const priced = (accelerator: Accelerator): AcceleratorPool[] => {
      if (accelerator.instanceTypes.some(({ priceUsdPerHour }) => priceUsdPerHour !== undefined)) return [];
      const prices = Object.fromEntries(accelerator.instanceTypes.map(({ name }) => [name, 40]));
      return [new AcceleratorPool(stack, accelerator.name, { cluster, accelerator, prices })];
    };
    for (let from = 0; from < all.length; from += UNITS_OF_A_ROUTER) {
      const accelerators = all.slice(from, from + UNITS_OF_A_ROUTER);
      const units = accelerators.map((accelerator) => unitOf({ name: accelerator.name.toLowerCase(), accelerator }));
      const pools = accelerators.flatMap(priced);
      newFleet(stack, { cluster, objective: { latency: Duration.seconds(1) }, units, ...(pools.length > 0 && { pools }) }, `Fleet${from}`);
    }
  });

  it.each(all.map((accelerator) => ({ name: accelerator.name, accelerator })))(
    '$name: a unit that only its own pools can host',
    ({ name, accelerator }) => {
      const deployments = objectsIn(template, 'Deployment').filter((body) =>
        JSON.stringify(body).includes(`"adaptive-inference.dev/accelerator":"${name}"`),
      );
      expect(deployments).toHaveLength(1);
      expect(JSON.stringify(deployments)).toContain(`"limits":{"${accelerator.deviceResource}":"1"}`);
      const pools = objectsIn(template, 'NodePool').filter((body) =>
        JSON.stringify(body).includes(`"adaptive-inference.dev/accelerator":"${name}"`),
      );
      expect(pools.length).toBeGreaterThan(0);
      for (const pool of pools)
        expect(JSON.stringify(pool)).toContain(`"key":"${accelerator.deviceResource}","value":"true","effect":"NoSchedule"`);
    },
  );

  it('are fleets that the control loop accepts', () => {
    const fleets = objectsIn(template, 'InferenceFleet');
    expect(fleets).toHaveLength(Math.ceil(all.length / UNITS_OF_A_ROUTER));
    for (const { spec } of fleets) expect(FleetSpecSchema.safeParse(spec).error).toBeUndefined();
  });
});
