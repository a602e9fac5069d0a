import { Duration } from 'aws-cdk-lib';
import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { ClusterAddon, Enforcement } from '../../lib';
import { kubernetesObjects, maskedTemplate } from '../../lib/assertions';
import { built, newCluster } from './support/fixture';
import { newFleet, TWO_UNITS } from './support/fleet';

const body = (template: Template, kind: string): { [name: string]: Record<string, unknown> } =>
  Object.fromEntries(
    kubernetesObjects(template, kind).map(({ body: object }) => [
      (object.metadata as { name: string }).name,
      object.spec as Record<string, unknown>,
    ]),
  );

/** What creates the rule of a fleet's router, and what puts target groups into it. */
const ofRule = (template: Template) => {
  const all = maskedTemplate(template).Resources as { [id: string]: { Type: string; Properties: unknown } };
  return Object.entries(all).filter(([, { Type }]) => /^Custom::AdaptiveInference(ListenerRule|RuleTarget)$/.test(Type));
};

const before = built((stack) => newFleet(stack)).template;

/** Everything about the fleet that a user may change while the loop runs, and that is not the loop's. */
const after = built((stack) =>
  newFleet(stack, {
    cluster: newCluster(stack, { systemNodes: { count: 3 }, addons: { cloudWatchObservability: ClusterAddon.install() } }),
    objective: { latency: Duration.millis(1200), percentile: 90, attainment: 0.95 },
    resilience: 0.5,
    enforcement: Enforcement.RECOMMEND,
    routerOptions: { idleTimeout: Duration.seconds(120) },
    units: TWO_UNITS.map((unit) => ({
      ...unit,
      container: { ...unit.container, image: 'example.com/server:2.0.0', cpu: '3', memory: '12Gi', environment: { LEVEL: 'debug' } },
      profile: { ...unit.profile, throughputPerMinute: unit.profile.throughputPerMinute * 2 },
      minimumReplicas: 2,
      maximumReplicas: 40,
      drain: Duration.seconds(45),
    })),
  }),
).template;

describe.each([
  ['at first', before],
  ['with everything else changed', after],
])('what the loop owns, %s,', (_, template) => {
  it('is no part of a NodePool: neither weight nor limits', () => {
    const pools = Object.values(body(template, 'NodePool'));
    expect(pools).toHaveLength(4);
    for (const spec of pools) {
      expect(spec).not.toHaveProperty('weight');
      expect(spec).not.toHaveProperty('limits');
    }
  });

  it('is no part of a Deployment: no replicas', () => {
    const deployments = Object.values(body(template, 'Deployment'));
    expect(deployments).toHaveLength(2);
    for (const spec of deployments) expect(spec).not.toHaveProperty('replicas');
  });

  it('is no part of what is patched into a scaler: neither floor nor target, nor anything they are part of', () => {
    const patches = Object.values(template.findResources('Custom::AWSCDK-EKS-KubernetesPatch'));
    expect(patches).toHaveLength(2);
    for (const { Properties } of patches) {
      const text = JSON.stringify([Properties.ApplyPatchJson, Properties.RestorePatchJson]).replaceAll('\\', '');
      const paths = [...text.matchAll(/"path":"([^"]+)"/g)].map(([, path]) => path ?? '');
      expect(paths).toContain('/spec/maxReplicaCount');
      for (const owned of ['/spec/minReplicaCount', '/spec/triggers/0/metadata/targetMetricValue']) {
        expect(paths.filter((path) => path === owned || owned.startsWith(`${path}/`))).toEqual([]);
      }
    }
  });

  it('is no part of the fleet: no status', () => {
    for (const { body: fleet } of kubernetesObjects(template, 'InferenceFleet')) expect(fleet).not.toHaveProperty('status');
  });
});

describe('a later deployment', () => {
  it('sends no ScaledObject, whose target and floor are the loop’s: the text is the same', () => {
    expect(Object.keys(body(before, 'ScaledObject'))).toEqual(['chat-inf2', 'chat-g5']);
    expect(body(after, 'ScaledObject')).toEqual(body(before, 'ScaledObject'));
  });

  it('sends nothing about the listener rule, whose weights are the loop’s', () => {
    expect(ofRule(before)).toHaveLength(3);
    expect(ofRule(after).map(([id, { Properties }]) => [id, Properties])).toEqual(
      ofRule(before).map(([id, { Properties }]) => [id, Properties]),
    );
    for (const template of [before, after]) template.resourceCountIs('AWS::ElasticLoadBalancingV2::ListenerRule', 0);
  });

  it('does send what changed', () => {
    expect(body(after, 'Deployment')).not.toEqual(body(before, 'Deployment'));
    expect(body(after, 'InferenceFleet')).not.toEqual(body(before, 'InferenceFleet'));
  });
});
