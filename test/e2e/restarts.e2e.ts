import { afterAll, beforeAll, expect, it } from 'vitest';
import { resources } from '../../lambda/control-loop/contract/names';
import { progress } from './cluster/cache';
import type { Running } from './cluster/processes';
import { until } from './cluster/wait';
import { describeOnTestBed, useTestBed } from './support/bed';
import { isTrue } from './support/pools';
import { type ServedFleet, startServedFleet } from './support/served-fleet';
import { look, type Seen, settled, shortIn, storyOf, watchWhile } from './support/watch';

/** Each program is killed under load and started again, as a kubelet or Lambda does. */

const REQUESTS_PER_MINUTE = { first: 240, last: 720 };
/** Requests that a pod of each unit sustains, by its profile. */
const THROUGHPUT_PER_MINUTE = { inf2: 105, g5: 90 } as const;
const UNITS = ['inf2', 'g5'] as const;
const RECOVERED_SECONDS = 120;
const SERVED_SECONDS = 420;
const METRICS_PATH = '/apis/external.metrics.k8s.io/v1beta1';

let served: ServedFleet;
let before: Seen;
const demand = { requestsPerMinute: REQUESTS_PER_MINUTE.first };

const bed = useTestBed('kill programs', { keda: true }, async (started) => {
  served = await startServedFleet(started, { demand, everySeconds: 3 });
});

afterAll(() => served?.stop());

const PROGRAMS: Readonly<Record<string, () => Running>> = {
  'the API server': () => bed().controlPlane.apiServer,
  'the controller manager': () => bed().controlPlane.controllerManager,
  'the scheduler': () => bed().controlPlane.scheduler,
  Karpenter: () => bed().karpenter,
  KEDA: () => bed().keda!.operator,
  'the metrics server of KEDA': () => bed().keda!.adapter,
  'the loop': () => served.loop,
};

/** A decision that was made after a moment, of a fleet all of which is seen and written; and all programs answer. */
const isWell = async (afterSeconds: number): Promise<boolean> => {
  const { api, processes } = bed();
  const fleet = await served.fleet.read();
  const decidedSeconds = Date.parse(fleet.status?.lastDecision?.time) / 1000;
  const pools = await api.all(resources.nodePools);
  const scalers = await api.all(resources.scaledObjects);
  return (
    decidedSeconds > afterSeconds &&
    ['Valid', 'Observed', 'Applied'].every((condition) => isTrue(fleet, condition)) &&
    !isTrue(fleet, 'Contested') &&
    [...pools, ...scalers].every((object) => isTrue(object, 'Ready')) &&
    (await api.raw('GET', METRICS_PATH)).status === 200 &&
    processes.all().every((running) => running.isRunning())
  );
};

describeOnTestBed('a program that is killed under load', () => {
  beforeAll(async () => {
    before = await settled(bed(), served);
  });

  it.each(Object.keys(PROGRAMS))('comes back, the loop recovers, and nothing that served is lost: %s', async (name) => {
    const running = PROGRAMS[name]!();
    const { pid } = running;
    const killedSeconds = Date.now() / 1000;
    const seen = await watchWhile(bed(), served, async () => {
      process.kill(pid, 'SIGKILL');
      await until(`${name} to run again`, RECOVERED_SECONDS, () => running.pid !== pid && running.isRunning());
      const againSeconds = Date.now() / 1000;
      await until(`the loop to be well after ${name} was killed`, RECOVERED_SECONDS, () => isWell(againSeconds), { pollSeconds: 0.5 });
    });
    progress(`${name}: well again after ${(Date.now() / 1000 - killedSeconds).toFixed(1)} s\n${storyOf(seen)}`);
    expect(shortIn(seen, REQUESTS_PER_MINUTE.first, THROUGHPUT_PER_MINUTE)).toEqual([]);
    for (const unit of UNITS) {
      expect(Math.min(...seen.map(({ ready }) => ready[unit] ?? 0)), `ready pods of ${unit}`).toBeGreaterThanOrEqual(before.ready[unit]!);
      expect(Math.min(...seen.map(({ floors }) => floors[unit] ?? 0)), `floor of ${unit}`).toBeGreaterThanOrEqual(before.floors[unit]!);
      expect(Math.min(...seen.map(({ weights }) => weights[unit] ?? 0)), `weight of ${unit}`).toBeGreaterThan(0);
    }
  });
});

describeOnTestBed('after all of them', () => {
  it('three times the load is served: the loop raises floors, KEDA pods, Karpenter nodes', async () => {
    demand.requestsPerMinute = REQUESTS_PER_MINUTE.last;
    await until('more ready pods of each unit, as many as its floor', SERVED_SECONDS, async () => {
      const now = await look(bed(), served);
      return UNITS.every((unit) => now.floors[unit]! > before.floors[unit]! && now.ready[unit]! >= now.floors[unit]!);
    });
    expect(await isWell(0)).toBe(true);
  });
});
