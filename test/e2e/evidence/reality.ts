import { setTimeout as delay } from 'node:timers/promises';
import { labels, resources } from '../../../lambda/control-loop/contract/names';
import type { TickRecord } from '../../../lambda/control-loop/tick';
import type { LoadedScenario } from '../../../sim/inputs/loaded-scenario';
import { startTestBed, type TestBed } from '../cluster/test-bed';
import { grantCapacity } from './capacity';
import { addFleet, addScalers, build } from './cluster';
import { delayPods } from './kubelets';
import { playLoad } from './load';
import { readyPods, SAMPLE_SECONDS, type Sample, sample } from './samples';
import { NODE_SECONDS, POD_SECONDS } from './scenario';

/** Of the time from NodeClaim to node, what passes before the instance is launched and after the node has registered. */
const AROUND_BOOT_SECONDS = 4;
/** As the twin has it: the first tick half a minute into the scenario, then one a minute, and one 5 s after a spot notice. */
const FIRST_TICK_SECONDS = 30;
const TICK_SECONDS = 60;
const EVENT_SECONDS = 5;
const LOOK_SECONDS = 1;
const SCALERS_BEFORE_SECONDS = 30;
const FLEET_BEFORE_SECONDS = 5;

/** What the test bed did. */
export interface Reality {
  readonly samples: readonly Sample[];
  readonly log: readonly string[];
}

/** Runs the scenario on a test bed, in real time. */
export const runReality = async (loaded: LoadedScenario, tell: (line: string) => void): Promise<Reality> => {
  const bed = await startTestBed({ keda: true });
  try {
    return await drive(bed, loaded, tell);
  } finally {
    await bed.stop();
  }
};

const drive = async (bed: TestBed, loaded: LoadedScenario, tell: (line: string) => void): Promise<Reality> => {
  const { scenario, availability } = loaded;
  const { name, durationSeconds, twin } = scenario;
  const { router, loop } = await build(bed, scenario);
  await delayPods(bed, POD_SECONDS);
  bed.joiner.bootSeconds = NODE_SECONDS - AROUND_BOOT_SECONDS;

  // The scenario's minutes are those of the clock, as CloudWatch's are.
  const startEpochSeconds = Math.ceil((Date.now() / 1000 + SCALERS_BEFORE_SECONDS + 2) / 60) * 60;
  const now = (): number => Date.now() / 1000 - startEpochSeconds;
  const at = (seconds: number): Promise<void> => delay(Math.max(0, (seconds - now()) * 1000));
  const samples: Sample[] = [];
  const log: string[] = [];
  const say = (line: string): void => {
    const timed = `${now().toFixed(1).padStart(7)} s  ${line}`;
    log.push(timed);
    tell(timed);
  };
  await at(-SCALERS_BEFORE_SECONDS);
  await addScalers(bed, scenario, router);
  await at(-FLEET_BEFORE_SECONDS);
  await addFleet(bed, scenario, router);

  const load = playLoad({ scenario, router, metrics: bed.aws.metrics, startEpochSeconds });
  const capacity = grantCapacity(bed.aws);
  await at(0);
  say('begins');

  const every = async (first: number, period: number, act: (atSeconds: number) => Promise<void>, last = durationSeconds): Promise<void> => {
    for (let due = first; due < last; due += period) {
      await at(due);
      await act(due).catch((error: unknown) => say(`failed: ${error instanceof Error ? error.message : String(error)}`));
    }
  };

  let ticks: Promise<void> = Promise.resolve();
  const tick = (trigger: string): Promise<void> => {
    ticks = ticks.then(async () => {
      const record = await loop.tick({ trigger });
      load.weigh(now(), await router.weights());
      for (const line of tickLines(record)) say(line);
    });
    return ticks;
  };

  await Promise.all([
    every(0, SAMPLE_SECONDS, async (due) => {
      const looked = await sample(bed.api, scenario, due);
      const last = samples.at(-1);
      samples.push(looked);
      if (JSON.stringify(last?.counts) !== JSON.stringify(looked.counts)) say(`counts ${Object.values(looked.counts).join(' ')}`);
    }),
    every(0, LOOK_SECONDS, async () => {
      const pods = await readyPods(bed.api, name);
      load.see(now(), new Map(pods.map((pod) => [String(pod.metadata.uid), pod.metadata.labels?.[labels.unit] ?? ''])));
    }),
    every(0, LOOK_SECONDS, () => capacity.look()),
    every(60 + twin.metricDelaySeconds, 60, async (due) => load.publish((due - twin.metricDelaySeconds) / 60 - 1, now())),
    every(FIRST_TICK_SECONDS, TICK_SECONDS, () => tick('schedule')),
    ...availability
      .filter(({ timestampSeconds }) => timestampSeconds < durationSeconds)
      .map(async (row) => {
        await at(row.timestampSeconds);
        const { reclaimed } = await capacity.grant(row);
        say(`EC2 grants ${row.pool} ${row.devices ?? 'all'} devices, ${reclaimed} reclaimed`);
        if (reclaimed === 0) return;
        await delay(EVENT_SECONDS * 1000);
        await tick('spot-interruption');
      }),
    follow(bed, () => now() < durationSeconds, say),
  ]);
  return { samples, log };
};

const tickLines = (record: TickRecord): readonly string[] => [
  ...record.fleets.flatMap(({ outcome, message }) => (outcome === 'Acted' ? [] : [`tick: ${outcome} ${message ?? ''}`])),
  ...record.writes.map(
    ({ object, fields, outcome }) =>
      `tick: ${object}: ${Object.entries(fields)
        .map(([field, value]) => `${field} ${value}`)
        .join(', ')}${outcome === 'Done' ? '' : ` (${outcome})`}`,
  ),
];

/** Tells what becomes of NodeClaims and pods: what a difference is explained by. */
const follow = async (bed: TestBed, goesOn: () => boolean, say: (line: string) => void): Promise<void> => {
  const seen = new Map<string, string>();
  const replicas = new Map<string, number>();
  while (goesOn()) {
    const claims = await bed.api.all(resources.nodeClaims).catch(() => undefined);
    for (const { metadata, status } of claims ?? []) {
      const holding = ((status?.conditions ?? []) as { type: string; status: string }[]).filter((one) => one.status === 'True');
      const phase =
        metadata.deletionTimestamp !== undefined
          ? 'deleting'
          : (['Initialized', 'Registered', 'Launched'].find((type) => holding.some((one) => one.type === type)) ?? 'created');
      if (seen.get(metadata.name) !== phase) say(`NodeClaim ${metadata.name}: ${phase}`);
      seen.set(metadata.name, phase);
    }
    const names = new Set(claims?.map(({ metadata }) => metadata.name));
    for (const name of claims === undefined ? [] : [...seen.keys()]) {
      if (names.has(name)) continue;
      say(`NodeClaim ${name}: gone`);
      seen.delete(name);
    }
    const deployments = await bed.api.all(resources.deployments, { namespace: 'default' }).catch(() => []);
    for (const { metadata, spec } of deployments) {
      if (replicas.get(metadata.name) !== spec.replicas) say(`Deployment ${metadata.name}: ${spec.replicas} replicas`);
      replicas.set(metadata.name, spec.replicas);
    }
    await delay(500);
  }
};
