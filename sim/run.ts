import type { Fleet } from '../lambda/control-loop/model/fleet';
import { stationOf } from '../lambda/control-loop/model/profile';
import { loadBalancerDimension, targetGroupDimension } from '../lambda/control-loop/observe/cloudwatch-queries';
import type { KubernetesPort, Ports } from '../lambda/control-loop/ports';
import { createTickCaches, tick } from '../lambda/control-loop/tick';
import type { LoadedScenario } from './inputs/loaded-scenario';
import type { Scenario } from './inputs/scenario';
import { VirtualKernel } from './kernel/kernel';
import { randomStreams } from './kernel/random';
import { simulatedPolicy } from './policies/policies';
import { Recorder } from './results/recorder';
import type { RunResult } from './results/result';
import { runResult } from './results/run-result';
import { TwinCloudWatch } from './twin/aws/cloudwatch';
import { Cluster } from './twin/cluster';
import type { RandomStreams } from './twin/interfaces';
import { RateArrivals, RecordedArrivals } from './twin/traffic/arrivals';
import type { Clients } from './twin/traffic/clients';
import { RequestTraffic } from './twin/traffic/traffic';

export interface RunOptions {
  readonly scenario: LoadedScenario;
  /** One of `policyNames`. */
  readonly policy: string;
  readonly seed: number;
  /** Called once per simulated hour, with the part done, 0 to 1. */
  readonly onProgress?: (fraction: number) => void;
  /** Looks at the twin's API server now and then, from second 0 on. */
  readonly watch?: {
    readonly everySeconds: number;
    readonly look: (kubernetes: KubernetesPort, timeSeconds: number) => Promise<void>;
  };
}

/** The loop is scheduled every minute; its first tick comes half a minute into the scenario. */
const TICK_PERIOD_SECONDS = 60;
const FIRST_TICK_SECONDS = 30;
/** From an EC2 event to the tick it triggers: EventBridge and the start of the function. */
const EVENT_DELAY_SECONDS = 5;
const TICK_DEADLINE_SECONDS = 50;
const PROGRESS_SECONDS = 3600;

/** Runs one policy through one scenario: the real control loop, tick by tick, against the digital twin. */
export const run = async ({ scenario: loaded, policy: policyName, seed, onProgress, watch }: RunOptions): Promise<RunResult> => {
  const policy = simulatedPolicy(policyName);
  const scenario = withMetricPeriod(loaded.scenario, policy.metricStatPeriodSeconds);
  const startEpochSeconds = Date.parse(scenario.startTime) / 1000;
  const fleet: Fleet = {
    ...scenario.fleet,
    policy: { ...scenario.fleet.policy, name: policy.loopPolicy ?? scenario.fleet.policy.name },
    name: scenario.name,
    namespace: 'default',
  };
  const random = randomStreams(seed);
  const kernel = new VirtualKernel();
  const traffic = new RequestTraffic({
    units: fleet.units.map((unit) => ({ name: unit.name, ...stationOf(unit.profile) })),
    clients: clientsOf(loaded, random),
    twin: scenario.twin,
    random,
    objectiveLatencySeconds: fleet.objective.latencySeconds,
    warmUpSeconds: scenario.warmUpSeconds,
  });
  const cluster = new Cluster({
    ...{ fleet, scenario, kernel, random, traffic, startEpochSeconds },
    availability: loaded.availability,
    spotPrices: loaded.spotPrices,
  });
  const ports: Ports = {
    clock: { nowSeconds: () => startEpochSeconds + kernel.now },
    cloudWatch: new TwinCloudWatch({
      traffic,
      targetGroups: fleet.units.map((unit) => ({
        targetGroup: targetGroupDimension(unit.targetGroupArn ?? '') ?? '',
        loadBalancer: loadBalancerDimension(fleet.router?.listenerRuleArn ?? '') ?? '',
      })),
      startEpochSeconds,
      clock: kernel,
      metricDelaySeconds: scenario.twin.metricDelaySeconds,
    }),
    ec2: cluster.ec2,
    router: cluster.router,
    kubernetes: cluster.kubernetes,
    log: () => {},
  };
  const recorder = new Recorder(fleet, startEpochSeconds);
  const caches = createTickCaches();
  const decide = policy.baseline?.(scenario, startEpochSeconds);
  const oneTick = async (trigger: string): Promise<void> => {
    traffic.runUntil(kernel.now);
    const deadlineSeconds = ports.clock.nowSeconds() + TICK_DEADLINE_SECONDS;
    recorder.tick(await tick(ports, { deadlineSeconds, trigger, caches, ...(decide ? { decide } : {}) }));
  };
  // One instance or fifty, one tick: the function's reserved concurrency of 1 folds a burst of events.
  let eventTickPending = false;
  cluster.onSpotNotice = () => {
    if (eventTickPending) return;
    eventTickPending = true;
    kernel.after(EVENT_DELAY_SECONDS, async () => {
      eventTickPending = false;
      await oneTick('spot-interruption');
    });
  };

  kernel.every(TICK_PERIOD_SECONDS, FIRST_TICK_SECONDS, () => oneTick('schedule'));
  kernel.every(60, 60, () => {
    traffic.runUntil(kernel.now);
    recorder.sample(cluster, kernel.now);
  });
  if (watch) kernel.every(watch.everySeconds, 0, () => watch.look(cluster.kubernetes, kernel.now));
  const { durationSeconds, warmUpSeconds } = scenario;
  let costBefore: Readonly<Record<string, number>> = {};
  kernel.at(warmUpSeconds, () => {
    costBefore = cluster.billing.costByPool(warmUpSeconds);
  });
  for (let until = 0; until < durationSeconds; ) {
    until = Math.min(durationSeconds, until + PROGRESS_SECONDS);
    await kernel.runUntil(until);
    traffic.runUntil(until);
    onProgress?.(until / durationSeconds);
  }
  const costByPool = Object.fromEntries(
    Object.entries(cluster.billing.costByPool(durationSeconds)).map(([pool, usd]) => [pool, usd - (costBefore[pool] ?? 0)]),
  );
  return runResult({ scenario, fleet, policy: policyName, seed, traffic, recorder, shortageFacts: cluster.shortages, costByPool });
};

const withMetricPeriod = (scenario: Scenario, metricStatPeriodSeconds: number | undefined): Scenario =>
  metricStatPeriodSeconds === undefined
    ? scenario
    : { ...scenario, twin: { ...scenario.twin, scaler: { ...scenario.twin.scaler, metricStatPeriodSeconds } } };

/** Clients by the arrivals given for this run, else as the scenario states them. */
const clientsOf = ({ scenario, arrivals }: LoadedScenario, random: RandomStreams): Clients => {
  const { clients } = scenario;
  const burstiness = clients.kind === 'open-loop' ? clients.burstiness : 1;
  if (arrivals?.kind === 'timestamps') return { kind: 'open-loop', arrivals: new RecordedArrivals(arrivals.timestampsSeconds) };
  if (arrivals?.kind === 'rates') {
    const rows = arrivals.rows.map((row) => ({ timestampSeconds: row.timestampSeconds, value: row.requestsPerMinute }));
    return { kind: 'open-loop', arrivals: new RateArrivals({ kind: 'steps', rows }, burstiness, random('arrivals')) };
  }
  if (clients.kind === 'closed-loop') return clients;
  if (clients.requestsPerMinute === undefined) throw new Error('an open loop needs requestsPerMinute or arrivals; the loader checks this');
  return { kind: 'open-loop', arrivals: new RateArrivals(clients.requestsPerMinute, burstiness, random('arrivals')) };
};
