import { toFleetSpec } from '../lambda/control-loop/api';
import { loopDefaults } from '../lambda/control-loop/contract/defaults';
import { resources } from '../lambda/control-loop/contract/names';
import type { Decide } from '../lambda/control-loop/decide/decide';
import type { Fleet } from '../lambda/control-loop/model/fleet';
import type { TickEvent } from '../lambda/control-loop/observe/news';
import type { KubernetesPort } from '../lambda/control-loop/ports';
import { createTickCaches, tick } from '../lambda/control-loop/tick';
import { fleetsOf } from './inputs/fleets';
import type { LoadedScenario } from './inputs/loaded-scenario';
import type { Scenario } from './inputs/scenario';
import { type SimulatedPolicy, simulatedPolicy } from './policies/policies';
import { Recorder } from './results/recorder';
import type { RunResult } from './results/result';
import { runResult } from './results/run-result';
import { type MinuteSample, sampleOf } from './results/samples';
import { AsyncFunction } from './twin/aws/async-function';
import { createTwin, type Twin } from './twin/twin';

export interface RunOptions {
  readonly scenario: LoadedScenario;
  /** One of `policyNames`. */
  readonly policy: string;
  readonly seed: number;
  /** Called once per simulated hour, with the part done, 0 to 1. */
  readonly onProgress?: (fraction: number) => void;
  /** Leaves out the ticks that events of EC2 start: the difference is what they are worth. */
  readonly isScheduledOnly?: boolean;
  /** Looks at the twin's API server now and then, from second 0 on. */
  readonly watch?: {
    readonly everySeconds: number;
    readonly look: (kubernetes: KubernetesPort, timeSeconds: number) => Promise<void>;
  };
}

/** The first tick comes half a minute into the scenario. */
const FIRST_TICK_SECONDS = 30;
/** From what EC2 does to the event in the function's queue. */
const EVENT_DELAY_SECONDS = 5;
/** How long a tick takes: mostly the answers of AWS and the API server. An assumption. */
const TICK_SECONDS = 3;
const SAMPLE_SECONDS = 60;
const PROGRESS_SECONDS = 3600;

/** Runs one policy through one scenario: the real control loop, tick by tick, against the digital twin. */
export const run = async ({
  scenario: given,
  policy: policyName,
  seed,
  onProgress,
  watch,
  isScheduledOnly = false,
}: RunOptions): Promise<RunResult> => {
  const policy = simulatedPolicy(policyName);
  const scenario = scenarioUnder(policy, given.scenario);
  const described = fleetsOf(scenario).map(({ name, fleet }): Fleet => ({ ...toFleetSpec(fleet), name, namespace: 'default' }));
  const twin = createTwin({ loaded: { ...given, scenario }, fleets: described, seed });
  const { kernel, traffic, cluster, startEpochSeconds } = twin;
  const recorders = described.map((fleet) => new Recorder(fleet, startEpochSeconds));
  const samples: MinuteSample[] = [];

  scheduleTicks(twin, recorders, policy.baseline?.(scenario, startEpochSeconds, given.arrivals), isScheduledOnly);
  kernel.every(SAMPLE_SECONDS, SAMPLE_SECONDS, () => {
    traffic.runUntil(kernel.now);
    samples.push(sampleOf(twin));
  });
  if (watch) kernel.every(watch.everySeconds, 0, () => watch.look(cluster.kubernetes, kernel.now));
  const costByPool = costAfter(scenario.warmUpSeconds, twin);

  await runTo(scenario.durationSeconds, twin, onProgress);
  return runResult({
    scenario,
    policy: policyName,
    seed,
    fleets: twin.fleets.map(({ fleet, traffic: requests }, index) => ({ fleet, traffic: requests, recorder: recorders[index]! })),
    samples,
    shortageFacts: cluster.shortages,
    launches: cluster.launchesSince(scenario.warmUpSeconds),
    costByPool: costByPool(scenario.durationSeconds),
  });
};

/** The scenario with what a policy sets in it. */
const scenarioUnder = ({ loopPolicy, metricStatPeriodSeconds, change }: SimulatedPolicy, scenario: Scenario): Scenario => {
  const { fleet, otherFleets, twin, ...rest } = change?.(scenario) ?? scenario;
  return {
    ...rest,
    fleet: withPolicy(fleet, loopPolicy),
    otherFleets: otherFleets.map((other) => ({ ...other, fleet: withPolicy(other.fleet, loopPolicy) })),
    twin: metricStatPeriodSeconds === undefined ? twin : { ...twin, scaler: { ...twin.scaler, metricStatPeriodSeconds } },
  };
};

const withPolicy = (fleet: Scenario['fleet'], name: SimulatedPolicy['loopPolicy']): Scenario['fleet'] =>
  name === undefined ? fleet : { ...fleet, policy: { ...fleet.policy, name } };

/** What starts a tick. */
interface Invocation {
  readonly trigger: string;
  readonly event?: TickEvent;
}

/** A tick every minute, and one for each event of EC2 that the constructs have a rule for: interruptions and ends of instances. */
const scheduleTicks = (
  { kernel, traffic, cluster, ports, signals }: Twin,
  recorders: readonly Recorder[],
  decide: Decide | undefined,
  isScheduledOnly: boolean,
): void => {
  const caches = createTickCaches();
  const handler = async ({ trigger, event }: Invocation): Promise<void> => {
    traffic.runUntil(kernel.now);
    const deadlineSeconds = ports.clock.nowSeconds() + loopDefaults.timeoutSeconds - loopDefaults.reportSeconds;
    try {
      const record = await tick(ports, { deadlineSeconds, trigger, caches, ...(event && { event }), ...(decide ? { decide } : {}) });
      for (const recorder of recorders) recorder.tick(record);
    } catch (error) {
      // Without the fleets a tick fails, as it should. Any other error is one of the program.
      if (signals.kubernetes(resources.inferenceFleets.kind, kernel.now) === undefined) throw error;
      for (const recorder of recorders) recorder.tickFailed(kernel.now, error);
    }
  };
  const loop = new AsyncFunction({
    kernel,
    concurrency: loopDefaults.concurrency,
    maxEventAgeSeconds: loopDefaults.maxEventAgeSeconds,
    durationSeconds: TICK_SECONDS,
    handler,
  });
  if (!isScheduledOnly) {
    const onEvent = (trigger: string, instanceId: string): void => {
      // EventBridge states times in whole seconds.
      const event = { atSeconds: Math.floor(ports.clock.nowSeconds()), instanceId };
      kernel.after(EVENT_DELAY_SECONDS, () => loop.invoke({ trigger, event }));
    };
    cluster.events.on('spotNotice', ({ instanceId }) => onEvent('spot-interruption', instanceId));
    cluster.events.on('instanceState', (instanceId, state) => onEvent(`instance-${state}`, instanceId));
  }
  kernel.every(loopDefaults.periodSeconds, FIRST_TICK_SECONDS, () => loop.invoke({ trigger: 'schedule' }));
};

/** To be called before the run: US dollars by pool from the end of the warm-up to a later time. */
const costAfter = (warmUpSeconds: number, { kernel, cluster: { billing } }: Twin): ((untilSeconds: number) => Record<string, number>) => {
  let before: Readonly<Record<string, number>> = {};
  kernel.at(warmUpSeconds, () => {
    before = billing.costByPool(warmUpSeconds);
  });
  return (untilSeconds) =>
    Object.fromEntries(Object.entries(billing.costByPool(untilSeconds)).map(([pool, usd]) => [pool, usd - (before[pool] ?? 0)]));
};

const runTo = async (durationSeconds: number, { kernel, traffic }: Twin, onProgress: RunOptions['onProgress']): Promise<void> => {
  for (let until = 0; until < durationSeconds; ) {
    until = Math.min(durationSeconds, until + PROGRESS_SECONDS);
    await kernel.runUntil(until);
    traffic.runUntil(until);
    onProgress?.(until / durationSeconds);
  }
};
