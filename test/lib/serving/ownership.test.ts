import { Duration } from 'aws-cdk-lib';
import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { Accelerator, ClusterAddon, Scaler } from '../../../lib';
import { type Changes, IMAGE, objectOf, PATCH, PROFILE, patchesOf, servedFleet } from './served-fleet';

/** What the control loop owns, wherever it might be mentioned. */
const OWNED = /minReplicaCount|targetMetricValue|minReplicas|averageValue/;

const KUBERNETES = 'Custom::AWSCDK-EKS-KubernetesResource';

type Resources = Record<string, { Type: string; Properties?: Record<string, unknown> }>;

const resourcesOf = (template: Template): Resources => template.toJSON().Resources;

/** Resources that a second deployment would send anything for. */
const changed = (before: Template, after: Template): Resources => {
  const old = resourcesOf(before);
  return Object.fromEntries(Object.entries(resourcesOf(after)).filter(([id, it]) => JSON.stringify(it) !== JSON.stringify(old[id])));
};

const autoscaled = {
  scaler: Scaler.HORIZONTAL_POD_AUTOSCALER,
  externalMetric: { name: 'requests_per_minute', labels: { unit: 'g5' } },
};

const UNRELATED: [string, Changes][] = [
  ['image', { unit: { container: { image: `${IMAGE}-next` } } }],
  ['environment', { unit: { container: { image: IMAGE, environment: { MODEL: 'other' } } } }],
  ['port', { unit: { container: { image: IMAGE, port: 9000 } } }],
  ['maximum', { unit: { maximumReplicas: 7 } }],
  ['minimum', { unit: { minimumReplicas: 3 } }],
  ['profile', { unit: { profile: { throughputPerMinute: 300, latency: Duration.seconds(2), coldStart: Duration.hours(1) } } }],
  ['cost share', { unit: { costShare: 0.9 } }],
  ['maximum share', { unit: { maximumShare: 0.05 } }],
  ['drain', { unit: { drain: Duration.seconds(90) } }],
  ['objective', { router: { latencyObjective: Duration.seconds(25) } }],
  ['health path', { router: { units: [{ name: 'g5', healthPath: '/ready' }, { name: 'inf2' }] } }],
  ['web ACL', { router: { webAclArn: 'arn:aws:wafv2:us-west-2:123456789012:regional/webacl/mine/1' } }],
  ['an add-on', { cluster: { addons: { cloudWatchObservability: ClusterAddon.install() } } }],
];

describe.each<[string, Changes['unit'], typeof UNRELATED]>([
  ['ScaledObject', {}, UNRELATED],
  ['HorizontalPodAutoscaler', autoscaled, UNRELATED.filter(([name]) => ['image', 'maximum', 'profile'].includes(name))],
])('what the control loop wrote to a fleet scaled by a %s', (kind, scaled, unrelated) => {
  const build = ({ unit, ...others }: Changes = {}) => servedFleet({ ...others, unit: { ...scaled, ...unit } }).template;
  const before = build();

  it.each(unrelated)('survives another %s', (_, changes) => {
    const after = build(changes);
    for (const [id, resource] of Object.entries(changed(before, after))) {
      if (resource.Type === KUBERNETES || resource.Type === PATCH) expect(JSON.stringify(resource), id).not.toMatch(OWNED);
      expect(resource.Type, id).not.toMatch(/ListenerRule$/);
    }
    expect(JSON.stringify(objectOf(after, kind))).toBe(JSON.stringify(objectOf(before, kind)));
  });

  it('is mentioned by its seed only', () => {
    const mentions = Object.entries(resourcesOf(before)).filter(([, resource]) =>
      OWNED.test(JSON.stringify(resource.Properties?.Manifest ?? '')),
    );
    expect(mentions.map(([id]) => id)).toEqual([expect.stringMatching(/^UnitScaler(ScaledObject|Autoscaler)/)]);
    for (const { operations } of patchesOf(before)) {
      for (const { path } of operations) expect(path).not.toMatch(/(targetMetricValue|minReplicaCount|minReplicas|target)$/);
    }
  });
});

describe('the seed of a scaler', () => {
  // These texts are an interface: a release that changes one resets the target of every unit that is deployed.
  it.each<[string, Changes['unit'], string]>([
    [
      'ScaledObject',
      {},
      '[{"apiVersion":"keda.sh/v1alpha1","kind":"ScaledObject","metadata":{"name":"chat-g5","namespace":"default"},' +
        '"spec":{"scaleTargetRef":{"name":"chat-g5"},"triggers":[{"type":"aws-cloudwatch","metricType":"AverageValue",' +
        '"metadata":{"targetMetricValue":"60"}},{"type":"aws-cloudwatch","metricType":"AverageValue",' +
        '"metadata":{"targetMetricValue":"1"}}]}}]',
    ],
    [
      'HorizontalPodAutoscaler',
      autoscaled,
      '[{"apiVersion":"autoscaling/v2","kind":"HorizontalPodAutoscaler","metadata":{"name":"chat-g5","namespace":"default"},' +
        '"spec":{"scaleTargetRef":{"apiVersion":"apps/v1","kind":"Deployment","name":"chat-g5"},"maxReplicas":1,' +
        '"metrics":[{"type":"External","external":{"metric":{"name":"adaptive-inference-unset"},' +
        '"target":{"type":"AverageValue","averageValue":"60"}}}]}}]',
    ],
  ])('%s never changes', (kind, unit, seed) => {
    const manifests = Object.values(resourcesOf(servedFleet({ unit: unit ?? {} }).template))
      .filter(({ Type }) => Type === KUBERNETES)
      .map(({ Properties }) => Properties as { Manifest: unknown })
      .filter(({ Manifest }) => JSON.stringify(Manifest).includes(kind));
    expect(manifests).toHaveLength(1);
    const { ServiceToken: _, ClusterName, ...properties } = manifests[0] as Record<string, unknown>;
    expect(ClusterName).toEqual({ Ref: expect.any(String) });
    expect(properties).toEqual({ Manifest: seed });
  });
});

describe('what CDK owns of a ScaledObject', () => {
  const [patch] = patchesOf(servedFleet({ unit: { maximumReplicas: 12 } }).template);
  const value = (path: string) => patch?.operations.find((operation) => operation.path === path)?.value;
  const metadataOf = (index: number) => {
    const prefix = `/spec/triggers/${index}/metadata/`;
    const own = (patch?.operations ?? []).filter(({ path }) => path.startsWith(prefix));
    return Object.fromEntries(own.map(({ path, value: given }) => [path.slice(prefix.length), given]));
  };

  it('is set field by field, as JSON Patch', () => {
    expect(patch?.resource.Properties).toMatchObject({
      ResourceName: 'scaledobjects.keda.sh/chat-g5',
      ResourceNamespace: 'default',
      PatchType: 'json',
      RestorePatchJson: '[]',
    });
    for (const { op } of patch?.operations ?? []) expect(op).toBe('add');
    expect(patch?.operations.map(({ path }) => path).filter((path) => !/^\/spec\/triggers\/[01]\/metadata\//.test(path))).toEqual([
      '/spec/maxReplicaCount',
      '/spec/fallback',
      '/spec/advanced',
      '/spec/triggers/0/authenticationRef',
      '/spec/triggers/1/authenticationRef',
    ]);
  });

  it('is not undone when the stack goes: the object goes too', () => {
    expect(patch?.resource.DeletionPolicy).toBe('Retain');
    expect(patch?.resource.UpdateReplacePolicy).toBe('Retain');
  });

  const pinned = {
    namespace: 'AWS/ApplicationELB',
    dimensionName: 'LoadBalancer;TargetGroup',
    dimensionValue: '<token>;targetgroup/<token>',
    metricUnit: 'Count',
    metricStatPeriod: '60',
    metricCollectionTime: '300',
    metricEndTimeOffset: '60',
    minMetricValue: '0',
    activationTargetMetricValue: '0',
    awsRegion: 'us-west-2',
  };

  it('pins metric, period and unit, and takes no requests for zero', () => {
    expect(metadataOf(0)).toEqual({ ...pinned, metricName: 'RequestCount', metricStat: 'Sum', ignoreNullValues: 'true' });
  });

  it('tells silence from lost metrics by one that is reported without requests too, and fails without it', () => {
    expect(metadataOf(1)).toEqual({ ...pinned, metricName: 'UnHealthyHostCount', metricStat: 'Maximum', ignoreNullValues: 'false' });
  });

  it('keeps what runs when the metric fails, and leaves damping to the loop', () => {
    expect(value('/spec/fallback')).toEqual({ failureThreshold: 3, replicas: 1, behavior: 'currentReplicas' });
    expect(value('/spec/maxReplicaCount')).toBe(12);
    expect(value('/spec/advanced')).toEqual({
      horizontalPodAutoscalerConfig: {
        behavior: {
          scaleUp: {
            stabilizationWindowSeconds: 0,
            selectPolicy: 'Max',
            policies: [
              { type: 'Pods', value: 4, periodSeconds: 15 },
              { type: 'Percent', value: 100, periodSeconds: 15 },
            ],
          },
          scaleDown: {
            stabilizationWindowSeconds: 300,
            selectPolicy: 'Max',
            policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
          },
        },
      },
    });
  });

  it('asks CloudWatch with the role of KEDA itself', () => {
    const { template } = servedFleet();
    expect(value('/spec/triggers/0/authenticationRef')).toEqual({ name: 'chat-g5' });
    expect(objectOf<{ spec: unknown }>(template, 'TriggerAuthentication').spec).toEqual({ podIdentity: { provider: 'aws' } });
  });
});

describe('what CDK owns of a HorizontalPodAutoscaler', () => {
  it('is its maximum, its behaviour and its metric', () => {
    const [patch] = patchesOf(servedFleet({ unit: { ...autoscaled, maximumReplicas: 12 } }).template);
    expect(patch?.resource.Properties).toMatchObject({ ResourceName: 'horizontalpodautoscalers.autoscaling/chat-g5', PatchType: 'json' });
    expect(patch?.operations).toEqual([
      { op: 'add', path: '/spec/maxReplicas', value: 12 },
      { op: 'add', path: '/spec/behavior', value: expect.objectContaining({ scaleUp: expect.anything(), scaleDown: expect.anything() }) },
      {
        op: 'add',
        path: '/spec/metrics/0/external/metric',
        value: { name: 'requests_per_minute', selector: { matchLabels: { unit: 'g5' } } },
      },
    ]);
  });
});

describe('a unit whose name changes', () => {
  it('is another Deployment and another scaler, created anew', () => {
    const before = servedFleet().template;
    const after = servedFleet({ unit: { name: 'inf2', accelerator: Accelerator.A10G, profile: PROFILE } }).template;
    const ids = (template: Template) => Object.keys(resourcesOf(template)).filter((id) => /^Unit/.test(id));
    expect(ids(before).filter((id) => ids(after).includes(id))).toEqual([]);
  });
});
