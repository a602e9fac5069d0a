import { beforeAll, describe, expect, it } from 'vitest';
import { createTickCaches, type TickRecord, tick } from '../../lambda/control-loop/tick';
import { decideOnce, shellFor } from '../bin/cli/live/live-cluster';
import { Harness } from '../sim/twin/harness';
import type { FakePorts } from '../support/fake-ports';
import { deployedWorld, deployFleet, type Manifest } from './deployed-fleet';

/**
 * The names by which constructs, loop, twin and command line find what the others made. Each is checked where it takes effect: in a
 * manifest that CDK deploys, in a call that the loop makes, in an object of the twin. A changed name no longer finds what is deployed
 * already, so that each is written out here.
 */

const deployed = deployFleet();
const { spec: fleetSpec } = deployed.object('InferenceFleet', 'chat');

const tickOn = (fake: FakePorts): Promise<TickRecord> =>
  tick(fake.ports, { deadlineSeconds: fake.nowSeconds + 50, trigger: 'schedule', caches: createTickCaches(), clusterName: 'prod' });

/** Signals that are unknown, as `subject signal`. */
const unknownIn = ({ observation }: TickRecord): readonly string[] =>
  Object.entries({ ...observation.units, ...observation.pools }).flatMap(([subject, signals]) =>
    Object.entries(signals).flatMap(([name, { known }]) => (known ? [] : [`${subject} ${name}`])),
  );

/** The twin of the fleet that CDK deploys, at its second 0 with one pod a unit. */
const twin = () => new Harness({ units: fleetSpec.units, pools: fleetSpec.pools, initialReplicas: { inf2: 1, g5: 1 } });

describe('a fleet that CDK deploys', () => {
  let fake: FakePorts;
  let record: TickRecord;
  beforeAll(async () => {
    fake = deployedWorld(deployed);
    record = await tickOn(fake);
  });

  const listed = (plural: string) =>
    fake.callsOf('kubernetes.list').filter(({ args }) => (args[0] as { plural: string }).plural === plural);

  it('is found by the loop, with every signal of its units and pools', () => {
    expect(record.decision.fleets.map(({ fleet }) => fleet)).toEqual(['default/chat']);
    // Nothing states a reservation here.
    const ofServices = /^(inferentia2|a10g)-(spot|on-demand) reservedDevices$/;
    expect(unknownIn(record).filter((signal) => !ofServices.test(signal))).toEqual([]);
  });

  it('has its pods counted by fleet, unit and pool', () => {
    const { units } = record.observation;
    expect(Object.entries(units).map(([unit, { readyPodsByPool }]) => [unit, readyPodsByPool])).toEqual([
      ['default/chat/g5', expect.objectContaining({ value: { 'a10g-on-demand': 1 } })],
      ['default/chat/inf2', expect.objectContaining({ value: { 'inferentia2-on-demand': 1 } })],
    ]);
  });

  it('takes every write of the loop', () => {
    expect(record.writes.length).toBeGreaterThan(0);
    expect(record.writes.filter(({ outcome }) => outcome !== 'Done')).toEqual([]);
  });

  it('is an object of the definition that CDK deploys, and that the loop lists', () => {
    const { apiVersion, kind } = deployed.object('InferenceFleet', 'chat');
    expect({ apiVersion, kind }).toEqual({ apiVersion: 'adaptive-inference.dev/v1alpha1', kind: 'InferenceFleet' });
    expect(deployed.object('CustomResourceDefinition', 'inferencefleets.adaptive-inference.dev').spec).toMatchObject({
      group: 'adaptive-inference.dev',
      names: { plural: 'inferencefleets', kind: 'InferenceFleet' },
      versions: [{ name: 'v1alpha1', served: true, storage: true }],
    });
    expect(listed('inferencefleets').map(({ args }) => args[0])).toEqual([
      { group: 'adaptive-inference.dev', version: 'v1alpha1', plural: 'inferencefleets', kind: 'InferenceFleet' },
    ]);
  });

  it('is what the command line asks the API server for', async () => {
    const { run, api } = await shellFor(fake);
    expect((await run('status chat')).exitCode).toBe(0);
    expect(api.received.map(({ path }) => path)).toEqual(['/apis/adaptive-inference.dev/v1alpha1/namespaces/default/inferencefleets/chat']);
  });
});

describe('the pods of a unit', () => {
  const LABELS = { 'adaptive-inference.dev/fleet': 'chat', 'adaptive-inference.dev/unit': 'g5' };

  it('carry the labels that the loop selects them by, in the cluster as in the twin', async () => {
    const { metadata, spec } = deployed.object('Deployment', 'chat-g5');
    expect([metadata.labels, spec.selector.matchLabels, spec.template.metadata.labels]).toEqual([LABELS, LABELS, LABELS]);
    const fake = deployedWorld(deployed);
    await tickOn(fake);
    const selectors = fake.callsOf('kubernetes.list').flatMap(({ args }) => {
      const { labelSelector } = (args[1] ?? {}) as { readonly labelSelector?: string };
      return labelSelector === undefined ? [] : [labelSelector];
    });
    expect(selectors).toEqual(['adaptive-inference.dev/fleet']);
    const pods = await twin().list('pods');
    expect(pods.map(({ metadata: { labels } }) => labels)).toContainEqual(expect.objectContaining(LABELS));
  });

  it('select nodes by the label that pools give them, in the cluster as in the twin', async () => {
    const { nodeSelector } = deployed.object('Deployment', 'chat-g5').spec.template.spec;
    expect(nodeSelector).toEqual({ 'adaptive-inference.dev/accelerator': 'A10G' });
    expect(deployed.object('NodePool', 'a10g-spot').spec.template.metadata.labels).toEqual(nodeSelector);
    const [nodePool] = (await twin().list('nodePools')).filter(({ metadata: { name } }) => name === 'a10g-spot') as Manifest[];
    expect(nodePool!.spec.template.metadata.labels).toEqual(nodeSelector);
  });
});

describe('the nodes of a pool', () => {
  it('are restricted by labels that Karpenter and Kubernetes define, in the cluster as in the twin', async () => {
    const keysOf = ({ spec }: Manifest): readonly string[] => spec.template.spec.requirements.map(({ key }: { key: string }) => key);
    const cluster = keysOf(deployed.object('NodePool', 'a10g-spot'));
    expect(cluster).toEqual(['karpenter.sh/capacity-type', 'node.kubernetes.io/instance-type', 'kubernetes.io/arch', 'kubernetes.io/os']);
    const [nodePool] = (await twin().list('nodePools')) as Manifest[];
    expect(cluster).toEqual(expect.arrayContaining([...keysOf(nodePool!)]));
  });

  it('have NodeClaims that say which pool they are of', async () => {
    const nodeClaims = await twin().list('nodeClaims');
    const labels = nodeClaims.map((nodeClaim) => nodeClaim.metadata.labels);
    for (const [pool, instanceType] of [
      ['inferentia2-spot', 'inf2.xlarge'],
      ['a10g-spot', 'g5.xlarge'],
    ]) {
      expect(labels).toContainEqual(
        expect.objectContaining({
          'karpenter.sh/nodepool': pool,
          'karpenter.sh/capacity-type': 'spot',
          'node.kubernetes.io/instance-type': instanceType,
        }),
      );
    }
  });
});

const FLEETS = { group: 'adaptive-inference.dev', version: 'v1alpha1', plural: 'inferencefleets', kind: 'InferenceFleet' };

describe('what admits a fleet', () => {
  const validityOf = async (fake: FakePorts) => {
    await tickOn(fake);
    const { conditions } = fake.kubernetes.read(FLEETS, 'chat', 'default').status;
    return (conditions as readonly Record<string, string>[]).find(({ type }) => type === 'Valid');
  };

  it('to a pool is an annotation of its NodePool, which the loop reads, in the cluster as in the twin', async () => {
    const annotations = { 'adaptive-inference.dev/namespaces': 'default' };
    const manifest = deployed.object('NodePool', 'a10g-spot');
    expect(manifest.metadata.annotations).toEqual(annotations);
    for (const { metadata } of await twin().list('nodePools')) expect(metadata.annotations).toEqual(annotations);

    const fake = deployedWorld(deployed);
    expect(await validityOf(fake)).toMatchObject({ status: 'True' });
    fake.kubernetes.put(
      { group: 'karpenter.sh', version: 'v1', plural: 'nodepools', kind: 'NodePool' },
      { ...manifest, metadata: { ...manifest.metadata, annotations: { 'adaptive-inference.dev/namespaces': 'team-a' } } },
    );
    expect(await validityOf(fake)).toMatchObject({ status: 'False', reason: 'ClaimRefused' });
  });

  it('to a listener rule is its tag, which the loop reads, in the cluster as in the twin', async () => {
    const rules = Object.values(deployed.template.findResources('Custom::AdaptiveInferenceListenerRule'));
    expect(rules.map(({ Properties }) => Properties.Tags)).toEqual([{ 'adaptive-inference.dev/fleet': 'default/chat' }]);
    const { rule } = twin();
    expect(await rule.describeTags(rule.arn!)).toEqual({ 'adaptive-inference.dev/fleet': 'default/chat' });

    const fake = deployedWorld(deployed);
    expect(await validityOf(fake)).toMatchObject({ status: 'True' });
    for (const arn of fake.rules.keys()) fake.ruleTags.set(arn, { 'adaptive-inference.dev/fleet': 'default/other' });
    fake.nowSeconds += 3600;
    expect(await validityOf(fake)).toMatchObject({ status: 'False', reason: 'ClaimRefused' });
  });
});

describe('annotations of a fleet', () => {
  const SCALED_OBJECTS = { group: 'keda.sh', version: 'v1alpha1', plural: 'scaledobjects', kind: 'ScaledObject' };
  const annotationsOf = (fake: FakePorts) => fake.kubernetes.read(FLEETS, 'chat', 'default').metadata.annotations;

  it('by which the command line pauses it make the loop hold still', async () => {
    const fake = deployedWorld(deployed);
    await decideOnce(fake);
    const { run } = await shellFor(fake);
    await run('pause chat --reason drill');
    expect(annotationsOf(fake)).toEqual({
      'adaptive-inference.dev/pause': 'all',
      'adaptive-inference.dev/pause-reason': 'ada: drill',
    });
    const floor = () => (fake.kubernetes.read(SCALED_OBJECTS, 'chat-g5', 'default') as Manifest).spec.minReplicaCount;
    const before = floor();
    fake.metric = ({ metricName }) => ({ RequestCount: 900, TargetResponseTime: 0.5, HealthyHostCount: 1 })[metricName];
    fake.nowSeconds += 600;
    await tickOn(fake);
    expect(floor()).toBe(before);
    await run('resume chat');
    await tickOn(fake);
    expect(floor()).toBeGreaterThan(before);
  });

  it('by which the command line overrides a floor set it', async () => {
    const fake = deployedWorld(deployed);
    await decideOnce(fake);
    const { run } = await shellFor(fake);
    await run('override chat floor/g5=13 --reason drill --for 1h');
    expect(Object.keys(annotationsOf(fake) ?? {})).toEqual(['adaptive-inference.dev/overrides']);
    fake.nowSeconds += 60;
    expect((await tickOn(fake)).decision.fleets[0]!.units.g5!.floor).toMatchObject({ value: 13, reason: expect.stringContaining('drill') });
  });

  it('by which the command line adopts what is there are followed', async () => {
    const fake = deployedWorld(deployed);
    await decideOnce(fake);
    const { run } = await shellFor(fake);
    expect((await run('adopt chat')).exitCode).toBe(0);
    const annotation = annotationsOf(fake)?.['adaptive-inference.dev/adopt'];
    expect(annotation).toMatch(/^all at 2026-03-01T12:00:00/);
    fake.nowSeconds += 60;
    await tickOn(fake);
    expect(fake.kubernetes.read(FLEETS, 'chat', 'default').status.memory).toMatchObject({ adopted: annotation });
  });
});

/** A metric of CloudWatch by namespace, name and the names of its dimensions. */
const metricKey = (namespace: string, name: string, dimensions: readonly string[]): string =>
  `${namespace} ${name} of ${[...dimensions].sort().join(', ')}`;

describe('metrics', () => {
  interface AlarmMetric {
    readonly Namespace: string;
    readonly MetricName: string;
    readonly Dimensions?: readonly { readonly Name: string }[];
  }

  /** Every metric in a rendered alarm, single or inside a formula. */
  const alarmed = (): readonly string[] =>
    Object.values(deployed.template.findResources('AWS::CloudWatch::Alarm')).flatMap(({ Properties }) => {
      const inFormula = ((Properties.Metrics ?? []) as { MetricStat?: { Metric: AlarmMetric } }[]).flatMap(({ MetricStat }) =>
        MetricStat === undefined ? [] : [MetricStat.Metric],
      );
      const single: readonly AlarmMetric[] = Properties.MetricName === undefined ? [] : [Properties as AlarmMetric];
      return [...single, ...inFormula].map(({ Namespace, MetricName, Dimensions = [] }) =>
        metricKey(
          Namespace,
          MetricName,
          Dimensions.map(({ Name }) => Name),
        ),
      );
    });

  /** Every metric in a rendered dashboard: `[namespace, name, dimension, value, ..., options]`. */
  const graphed = (): readonly string[] =>
    Object.values(deployed.template.findResources('AWS::CloudWatch::Dashboard')).flatMap(({ Properties }) => {
      const parts = Properties.DashboardBody['Fn::Join'][1] as readonly unknown[];
      const body = JSON.parse(parts.map((part) => (typeof part === 'string' ? part : 'reference')).join(''));
      return (body.widgets as { properties: { metrics?: unknown[][] } }[]).flatMap(({ properties: { metrics = [] } }) =>
        metrics.flatMap((row) => {
          const [namespace, name, ...rest] = row.filter((cell) => typeof cell === 'string');
          return namespace === undefined || name === undefined
            ? []
            : [
                metricKey(
                  namespace,
                  name,
                  rest.filter((_, index) => index % 2 === 0),
                ),
              ];
        }),
      );
    });

  const ours = (keys: readonly string[]): readonly string[] => [...new Set(keys.filter((key) => key.startsWith('Adaptive')))].sort();

  it('in alarms and on the dashboard of a fleet are sent by its ticks, under the same dimensions', async () => {
    const fake = deployedWorld(deployed);
    await tickOn(fake);
    fake.nowSeconds += 60;
    await tickOn(fake);
    const sent = fake.logged.flatMap((line) => {
      const { CloudWatchMetrics = [] } = (line._aws ?? {}) as {
        CloudWatchMetrics?: { Namespace: string; Dimensions: string[][]; Metrics: { Name: string }[] }[];
      };
      return CloudWatchMetrics.flatMap(({ Namespace, Dimensions, Metrics }) =>
        Dimensions.flatMap((dimensions) => Metrics.map(({ Name }) => metricKey(Namespace, Name, dimensions))),
      );
    });
    expect(ours(alarmed())).toEqual([
      'AdaptiveInference Contested of Cluster, Fleet',
      'AdaptiveInference DecisionAgeSeconds of Cluster, Fleet',
      'AdaptiveInference ProfileParted of Cluster, Fleet, Unit',
      'AdaptiveInference Shortage of Cluster, Pool',
      'AdaptiveInference TickDurationSeconds of Cluster, Fleet',
      'AdaptiveInference WriteErrors of Cluster, Fleet',
    ]);
    expect(ours(graphed()).length).toBeGreaterThan(10);
    expect([...ours(alarmed()), ...ours(graphed())].filter((key) => !sent.includes(key))).toEqual([]);
  });

  it('that a unit is scaled on are those that the loop reads, by cluster and twin alike', async () => {
    const triggersOf = ({ spec }: Manifest): readonly unknown[] =>
      spec.triggers.map(({ type, metadata }: { type: string; metadata: Record<string, string> }) => ({
        type,
        namespace: metadata.namespace,
        metricName: metadata.metricName,
        dimensionName: metadata.dimensionName,
        metricStat: metadata.metricStat,
      }));
    const common = { type: 'aws-cloudwatch', namespace: 'AWS/ApplicationELB', dimensionName: 'LoadBalancer;TargetGroup' };
    const expected = [
      { ...common, metricName: 'RequestCount', metricStat: 'Sum' },
      { ...common, metricName: 'UnHealthyHostCount', metricStat: 'Maximum' },
    ];
    expect(triggersOf(deployed.object('ScaledObject', 'chat-g5'))).toEqual(expected);
    const scalers = (await twin().list('scaledObjects')) as Manifest[];
    expect(triggersOf(scalers.find(({ metadata: { name } }) => name === 'chat-g5')!)).toEqual(expected);

    const fake = deployedWorld(deployed);
    const asked: string[] = [];
    const { metric } = fake;
    fake.metric = (query, minute) => {
      asked.push(metricKey(query.namespace, `${query.metricName} ${query.statistic}`, Object.keys(query.dimensions)));
      return metric(query, minute);
    };
    await tickOn(fake);
    expect(asked).toContain('AWS/ApplicationELB RequestCount Sum of LoadBalancer, TargetGroup');
  });
});
