import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readFleetObject } from '../../lambda/control-loop/api';
import { ScenarioSchema } from '../../sim/inputs/scenario';
import { run } from '../../sim/run';
import { defaultSettings } from '../../sim/twin/settings';
import { Harness } from '../sim/twin/harness';
import { deployFleet, type Manifest } from './deployed-fleet';

/**
 * What CDK deploys where the user states nothing is what the twin runs where a scenario states nothing, and what the documents say. Each
 * value is written out here: a default that changes, changes costs and availability of all who rely on it, so that it is changed on
 * purpose and everywhere at once.
 */

const deployed = deployFleet();
const { spec: fleetSpec } = deployed.object('InferenceFleet', 'chat');
const fileOf = (path: string): string => readFileSync(join(__dirname, '../..', path), 'utf8');

/** A scenario of the fleet that CDK deploys, of which nothing optional is stated. */
const scenario = ScenarioSchema.parse({
  name: 'chat',
  description: 'The fleet that CDK deploys.',
  startTime: '2026-01-01T00:00:00Z',
  durationSeconds: 600,
  fleet: fleetSpec,
  clients: { kind: 'open-loop', requestsPerMinute: { kind: 'constant', value: 60 } },
});

/** The default of a property in the published schema of scenarios. */
const published = (...path: readonly string[]): unknown =>
  path.reduce((schema, property) => schema.properties[property], JSON.parse(fileOf('sim/scenarios/schema.json'))).default;

/** The twin of that fleet with two pods of `g5`, each on a node of its own, and hardly any requests, so that one of them goes. */
const twinThatScalesDown = () => {
  const pools = fleetSpec.pools.map((pool: { instanceTypes: unknown[] }) => ({ ...pool, instanceTypes: pool.instanceTypes.slice(0, 1) }));
  const harness = new Harness({ units: fleetSpec.units, pools, initialReplicas: { inf2: 1, g5: 2 } });
  harness.traffic.requestsPerMinute = () => 1;
  return harness;
};

const twinObject = async (harness: Harness, kind: 'nodePools' | 'scaledObjects', name: string): Promise<Manifest> => {
  const object = (await harness.list(kind)).find(({ metadata }) => metadata.name === name);
  if (object === undefined) throw new Error(`the twin has no ${kind} ${name}`);
  return object as Manifest;
};

describe('an empty node of a pool', () => {
  const BUDGETS = [
    { nodes: '100%', reasons: ['Empty'] },
    { nodes: '1', reasons: ['Drifted'] },
  ];

  it('is deployed to go after ten minutes, all empty ones at once and drifted ones one by one', () => {
    for (const pool of ['a10g-spot', 'a10g-on-demand', 'inferentia2-spot', 'inferentia2-on-demand']) {
      expect(deployed.object('NodePool', pool).spec.disruption).toEqual({
        consolidationPolicy: 'WhenEmpty',
        consolidateAfter: '10m',
        budgets: BUDGETS,
      });
    }
  });

  it('is published to do so in scenarios', () => {
    expect(published('twin', 'nodePool', 'consolidateAfterSeconds')).toBe(600);
    expect(published('twin', 'nodePool', 'budgets')).toEqual(BUDGETS);
    expect(scenario.twin.nodePool).toEqual({ consolidateAfterSeconds: 600, budgets: BUDGETS });
  });

  it('does so in the twin', async () => {
    const harness = twinThatScalesDown();
    expect((await twinObject(harness, 'nodePools', 'a10g-spot')).spec.disruption).toEqual({
      consolidationPolicy: 'WhenEmpty',
      consolidateAfter: '600s',
      budgets: BUDGETS,
    });
    await harness.run(320);
    const emptySeconds = harness.traffic.drained[0]!.atSeconds + 60;
    // Karpenter looks every 10 s, and again after 15 s.
    await harness.run(emptySeconds + 600);
    expect(harness.running('a10g-spot')).toBe(2);
    await harness.run(emptySeconds + 600 + 26);
    expect(harness.running('a10g-spot')).toBe(1);
  });
});

describe('a pod that must go', () => {
  it('is deployed to serve on for a minute, and to end within 15 seconds more', () => {
    const { spec } = deployed.object('Deployment', 'chat-g5').spec.template;
    expect(spec.containers[0].lifecycle).toEqual({ preStop: { sleep: { seconds: 60 } } });
    expect(spec.terminationGracePeriodSeconds).toBe(60 + 15);
  });

  it('is published to do so in scenarios', () => {
    expect([published('twin', 'pod', 'drainSeconds'), published('twin', 'pod', 'endingSeconds')]).toEqual([60, 15]);
    expect(scenario.twin.pod).toMatchObject({ drainSeconds: 60, endingSeconds: 15 });
  });

  it.each([
    ['without requests is gone after a minute', 0, 60],
    ['with requests is gone 15 seconds later', 1, 75],
  ])('%s in the twin', async (_, requests, seconds) => {
    const harness = twinThatScalesDown();
    harness.traffic.requestsOnPods = requests;
    await harness.run(320);
    const [drained] = harness.traffic.drained;
    await harness.run(drained!.atSeconds + seconds - 1);
    expect(harness.traffic.removed).toEqual([]);
    await harness.run(drained!.atSeconds + seconds + 1);
    expect(harness.traffic.removed).toEqual([drained!.podId]);
  });

  it('makes way for a new one when that has been ready for half a minute, a quarter of a unit at a time', () => {
    const { strategy, minReadySeconds } = deployed.object('Deployment', 'chat-g5').spec;
    expect([strategy.rollingUpdate.maxSurge, minReadySeconds]).toEqual(['25%', 30]);
    expect(published('twin', 'pod', 'maximumSurgePercent')).toBe(25);
    expect(scenario.twin.pod.maximumSurgePercent).toBe(25);
  });

  it('is one of a unit at a time when nodes drain', () => {
    expect(deployed.object('PodDisruptionBudget', 'chat-g5').spec.maxUnavailable).toBe(1);
    expect(published('twin', 'pod', 'maximumUnavailable')).toBe(1);
    expect(scenario.twin.pod.maximumUnavailable).toBe(1);
  });
});

describe('the autoscaler of a unit', () => {
  it('is deployed to go up at once, and down to the highest recommendation of five minutes', () => {
    expect(deployed.object('ScaledObject', 'chat-g5').spec.advanced.horizontalPodAutoscalerConfig.behavior).toEqual({
      scaleUp: {
        stabilizationWindowSeconds: 0,
        selectPolicy: 'Max',
        policies: [
          { type: 'Pods', value: 4, periodSeconds: 15 },
          { type: 'Percent', value: 100, periodSeconds: 15 },
        ],
      },
      scaleDown: { stabilizationWindowSeconds: 300, selectPolicy: 'Max', policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }] },
    });
  });

  it('is published to do so in scenarios', () => {
    expect(published('twin', 'scaler', 'scaleUpStabilizationSeconds')).toBe(0);
    expect(published('twin', 'scaler', 'scaleDownStabilizationSeconds')).toBe(300);
  });

  it('goes down five minutes after the load did, in the twin', async () => {
    const harness = twinThatScalesDown();
    await harness.run(299);
    expect(harness.traffic.drained).toEqual([]);
    await harness.run(316);
    expect(harness.traffic.drained).toHaveLength(1);
  });

  it('goes up by four pods in 15 seconds, in the twin', async () => {
    const harness = twinThatScalesDown();
    harness.traffic.requestsPerMinute = () => 100_000;
    const replicas: unknown[] = [];
    // The metric of the first minute is there after two.
    for (const seconds of [119, 121, 136]) {
      await harness.run(seconds);
      const deployment = (await harness.list('deployments')).find(({ metadata }) => metadata.name === 'chat-g5');
      replicas.push((deployment as Manifest).spec.replicas);
    }
    expect(replicas).toEqual([2, 6, 12]);
  });

  it('reads the same metric in the same way, in the cluster as in the twin', async () => {
    const triggersOf = ({ spec }: Manifest): readonly Record<string, unknown>[] =>
      spec.triggers.map(({ type, metricType, metadata }: Record<string, Record<string, string>>) => {
        // They differ by unit and are the loop's.
        const { dimensionValue: _dimension, targetMetricValue: _target, ...same } = metadata!;
        return { type, metricType, ...same };
      });
    const requests = {
      type: 'aws-cloudwatch',
      metricType: 'AverageValue',
      namespace: 'AWS/ApplicationELB',
      metricName: 'RequestCount',
      dimensionName: 'LoadBalancer;TargetGroup',
      metricStat: 'Sum',
      metricUnit: 'Count',
      metricStatPeriod: '60',
      metricCollectionTime: '300',
      metricEndTimeOffset: '60',
      minMetricValue: '0',
      activationTargetMetricValue: '0',
      ignoreNullValues: 'true',
      awsRegion: 'us-west-2',
    };
    const expected = [requests, { ...requests, metricName: 'UnHealthyHostCount', metricStat: 'Maximum', ignoreNullValues: 'false' }];
    expect(triggersOf(deployed.object('ScaledObject', 'chat-g5'))).toEqual(expected);
    expect(triggersOf(await twinObject(twinThatScalesDown(), 'scaledObjects', 'chat-g5'))).toEqual(expected);
    expect(published('twin', 'scaler', 'metricStatPeriodSeconds')).toBe(60);
  });

  it('keeps its replicas while its metric fails, in the cluster as in the twin', async () => {
    const fallback = { failureThreshold: 3, replicas: 1, behavior: 'currentReplicas' };
    expect(deployed.object('ScaledObject', 'chat-g5').spec.fallback).toEqual(fallback);
    expect((await twinObject(twinThatScalesDown(), 'scaledObjects', 'chat-g5')).spec.fallback).toEqual(fallback);
  });

  it('has the polling interval of KEDA and the tolerance of Kubernetes: CDK states neither, the twin knows both', async () => {
    const { spec } = deployed.object('ScaledObject', 'chat-g5');
    expect(spec).not.toHaveProperty('pollingInterval');
    expect(JSON.stringify(spec.advanced)).not.toContain('tolerance');
    expect((await twinObject(twinThatScalesDown(), 'scaledObjects', 'chat-g5')).spec.pollingInterval).toBe(30);
    expect([published('twin', 'scaler', 'pollingIntervalSeconds'), published('twin', 'scaler', 'tolerance')]).toEqual([30, 0.1]);
  });
});

describe('the load balancer', () => {
  const targetGroups = Object.values(deployed.template.findResources('AWS::ElasticLoadBalancingV2::TargetGroup'));

  it('is deployed to give a target up after three checks in half a minute, and to take it back after two', () => {
    expect(targetGroups).toHaveLength(2);
    for (const { Properties } of targetGroups) {
      expect(Properties).toMatchObject({
        HealthCheckIntervalSeconds: 10,
        HealthCheckTimeoutSeconds: 5,
        UnhealthyThresholdCount: 3,
        HealthyThresholdCount: 2,
      });
    }
  });

  it('does so in the twin', () => {
    expect(defaultSettings).toMatchObject({ unhealthyAfterSeconds: 3 * 10, healthyAfterSeconds: 2 * 10 });
  });

  it('asks the target with the fewest open requests, in the cluster as in the twin', () => {
    const algorithm = { Key: 'load_balancing.algorithm.type', Value: 'least_outstanding_requests' };
    for (const { Properties } of targetGroups) expect(Properties.TargetGroupAttributes).toContainEqual(algorithm);
    expect([scenario.twin.routing, published('twin', 'routing')]).toEqual(['least_outstanding_requests', 'least_outstanding_requests']);
  });
});

describe('the control loop', () => {
  it('is deployed to tick every minute, one tick at a time, each in less than a minute', () => {
    expect(Object.values(deployed.template.findResources('AWS::Scheduler::Schedule'))).toEqual([
      expect.objectContaining({ Properties: expect.objectContaining({ ScheduleExpression: 'rate(1 minute)' }) }),
    ]);
    const functions = Object.values(deployed.template.findResources('AWS::Lambda::Function')).map(({ Properties }) => Properties);
    expect(functions).toContainEqual(expect.objectContaining({ Timeout: 55, ReservedConcurrentExecutions: 1 }));
  });

  it('ticks every minute in the twin', async () => {
    const { summary } = await run({ scenario: { scenario, availability: [], baseDirectory: '.' }, policy: 'two-mode', seed: 1 });
    // At 30 s, 90 s, ..., 570 s of the ten minutes.
    expect(summary.ticks).toBe(10);
  });
});

describe('a fleet of which nothing optional is stated', () => {
  const DEFAULTS = {
    objective: { percentile: 95, attainment: 0.99 },
    enforcement: 'Enforce',
    policy: { name: 'TwoMode', returnAfterSeconds: 600, targetUtilization: 0.8 },
    learning: { enabled: true, minimumFactor: 0.2, maximumFactor: 1 },
    resilience: 1,
    contestedRetryAfterSeconds: 3600,
  };
  const { resilience: _resilience, objective, ...stated } = fleetSpec;
  const spec = { ...stated, objective: { latencySeconds: objective.latencySeconds } };

  it('is read by the loop and by the twin with the same defaults', () => {
    const { apiVersion, kind } = deployed.object('InferenceFleet', 'chat');
    const { fleet } = readFleetObject({ apiVersion, kind, metadata: { name: 'chat', namespace: 'default' }, spec });
    expect(fleet).toMatchObject(DEFAULTS);
    expect(ScenarioSchema.parse({ ...scenario, fleet: spec }).fleet).toMatchObject(DEFAULTS);
  });

  it('is stored by the API server with the same defaults', () => {
    const [version] = deployed.object('CustomResourceDefinition', 'inferencefleets.adaptive-inference.dev').spec.versions;
    const { properties } = version.schema.openAPIV3Schema.properties.spec;
    const defaultsOf = (object: { properties: Record<string, { default?: unknown }> }) =>
      Object.fromEntries(Object.entries(object.properties).flatMap(([name, field]) => ('default' in field ? [[name, field.default]] : [])));
    expect(defaultsOf(properties.objective)).toEqual(DEFAULTS.objective);
    expect(defaultsOf(properties.policy)).toEqual(DEFAULTS.policy);
    expect(defaultsOf(properties.learning)).toEqual(DEFAULTS.learning);
    expect([properties.enforcement.default, properties.resilience.default, properties.contestedRetryAfterSeconds.default]).toEqual([
      'Enforce',
      1,
      3600,
    ]);
    expect(defaultsOf(properties.units.items)).toEqual({ devicesPerPod: 1, minimumReplicas: 1, maximumReplicas: 100 });
  });
});

describe('the API reference', () => {
  /** Defaults of a property in the reference, one for each type that has it. */
  const documented = (property: string): readonly string[] => [
    ...new Set(
      [...fileOf('docs/API.md').matchAll(new RegExp(`^\\| \`${property}\` \\| [^|]+ \\| ([^|]+) \\|.*\\|$`, 'gm'))].map(
        ([, value]) => value!,
      ),
    ),
  ];

  it.each([
    ['how long an empty node stays', 'consolidateAfter', 'Duration.minutes(10)'],
    ['how long a pod drains', 'drain', 'Duration.seconds(60)'],
    ['how many pods drains may take at a time', 'maximumUnavailable', '1'],
    ['how many pods a replacement may add', 'maximumSurgePercent', '25'],
    ['the devices of a pod', 'devicesPerPod', '1'],
    ['the devices of a pool', 'maximumDevices', '32'],
    ['the lowest floor', 'minimumReplicas', '1'],
    ['the time between two ticks', 'period', 'Duration.minutes(1)'],
    ['the percentile', 'percentile', '95'],
    ['the scaling target', 'targetUtilization', '0.8'],
    ['the wait before a return', 'returnAfter', 'Duration.minutes(10)'],
    ['the resilience', 'resilience', '1'],
  ])('says %s as it is deployed', (_, property, text) => {
    expect(documented(property)).toEqual([text]);
  });

  it('says what the loop may write and who decides where nothing is stated', () => {
    expect(documented('enforcement')).toEqual(['Enforcement.ENFORCE']);
  });
});
