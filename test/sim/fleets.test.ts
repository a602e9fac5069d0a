import { describe, expect, it } from 'vitest';
import { toFleetSpec } from '../../lambda/control-loop/api';
import { startDeadline } from '../../lambda/control-loop/observe/deadline';
import { fleetsOf } from '../../sim/inputs/fleets';
import { loadScenario } from '../../sim/inputs/load-scenario';
import type { LoadedScenario } from '../../sim/inputs/loaded-scenario';
import { type ScenarioInput, ScenarioSchema } from '../../sim/inputs/scenario';
import { checkScenario } from '../../sim/inputs/scenario-checks';
import { run } from '../../sim/run';
import { createTwin } from '../../sim/twin/twin';
import { imagesFleet, twoFleets } from './worlds/two-fleets';

const loaded = (input: ScenarioInput): LoadedScenario => {
  const scenario = ScenarioSchema.parse(input);
  return { scenario, availability: [], baseDirectory: '/' };
};

const twinOf = (scenario: LoadedScenario) =>
  createTwin({
    loaded: scenario,
    fleets: fleetsOf(scenario.scenario).map(({ name, fleet }) => ({ ...toFleetSpec(fleet), name, namespace: 'default' })),
    seed: 1,
  });

describe('Two fleets in one cluster', () => {
  it('have figures each, and together', async () => {
    const { summary, series, decisions } = await run({ scenario: loaded(twoFleets()), policy: 'static', seed: 1 });
    const { smoke, images } = summary.fleets!;
    expect(Object.keys(summary.fleets!)).toEqual(['smoke', 'images']);
    // 200, 300 and 400 requests a minute for 15, 15 and 30 minutes; 200 a minute for an hour. Within five standard deviations.
    expect(Math.abs(smoke!.requests - 19_500)).toBeLessThan(700);
    expect(Math.abs(images!.requests - 12_000)).toBeLessThan(550);
    expect(summary.requests).toBe(smoke!.requests + images!.requests);
    expect(summary.failed).toBe(smoke!.failed + images!.failed);
    expect(summary.requestsByUnit).toEqual({ ...smoke!.requestsByUnit, ...images!.requestsByUnit });
    const attained = smoke!.attainment * smoke!.requests + images!.attainment * images!.requests;
    expect(summary.attainment).toBeCloseTo(attained / summary.requests, 5);
    expect([smoke!.objective.latencySeconds, images!.objective.latencySeconds]).toEqual([1.5, 3]);
    expect(Object.keys(series.shareByUnit)).toEqual(['inf2', 'g5', 'images-inf2', 'images-g5']);
    expect(series.shareByUnit['images-inf2']![30]! + series.shareByUnit['images-g5']![30]!).toBeCloseTo(1, 3);
    expect(decisions.some(({ what }) => what.startsWith('images: '))).toBe(true);
    expect(decisions.map(({ timeSeconds }) => timeSeconds)).toEqual(decisions.map(({ timeSeconds }) => timeSeconds).sort((a, b) => a - b));
  });

  it('do not change the requests of the first one; one alone has no figures by fleet', async () => {
    const alone = await run({ scenario: loadScenario('smoke', '/'), policy: 'static', seed: 1 });
    const beside = await run({ scenario: loaded(twoFleets()), policy: 'static', seed: 1 });
    expect(beside.summary.fleets!.smoke!.requests).toBe(alone.summary.requests);
    expect(alone.summary.fleets).toBeUndefined();
  });

  it('share the devices of their pools: one takes what the other then misses', async () => {
    const scenario = loaded(twoFleets(imagesFleet(2000)));
    const twin = twinOf({ ...scenario, availability: [{ timestampSeconds: 0, pool: 'g5-spot', devices: 6 }] });
    await twin.kernel.runUntil(3000);
    const pods = (await twin.cluster.kubernetes.list({ group: '', version: 'v1', plural: 'pods', kind: 'Pod' })).items;
    const fleets = new Set(pods.map(({ metadata }) => metadata.labels!['adaptive-inference.dev/fleet']));
    expect(fleets).toEqual(new Set(['smoke', 'images']));
    expect(twin.cluster.pools['g5-spot']!.runningDevices).toBe(6);
  });

  it('have one reality, which names their units', () => {
    const reality = { performance: [{ unit: 'images-g5', serviceTimeFactor: 2 }] };
    const scenario = ScenarioSchema.parse({ ...twoFleets(), reality });
    expect(checkScenario(scenario)).toEqual([]);
    expect(checkScenario({ ...ScenarioSchema.parse({ ...twoFleets(), reality }), otherFleets: [] })).toHaveLength(1);
  });

  it('have listener rules and metrics of their own', async () => {
    const scenario = loaded(twoFleets());
    const twin = twinOf(scenario);
    await twin.kernel.runUntil(600);
    const [smoke, images] = twin.fleets;
    const { splitter, metrics } = twin.ports.routers.AlbListenerRule;
    const routing = (fleet: (typeof twin.fleets)[number]['fleet']) => ({
      router: fleet.router!,
      backends: Object.fromEntries(fleet.units.map(({ name, backend }) => [name, backend!])),
    });
    const before = smoke!.router.weights;
    const own = routing(images!.fleet);
    await splitter.writeWeights(own, { 'images-inf2': 900, 'images-g5': 99 }, await splitter.readWeights(own));
    expect(images!.router.weights).toEqual([900, 99]);
    expect(smoke!.router.weights).toEqual(before);

    const units = [smoke!, images!].flatMap(({ fleet }) =>
      fleet.units.map(({ name, backend }) => ({ key: name, router: fleet.router!, backend: backend!, percentile: 95 })),
    );
    const deadline = startDeadline(10);
    const traffic = await metrics.read(units, deadline, twin.ports.clock.nowSeconds());
    deadline.cancel();
    const rate = (unit: string): number => {
      const { requestsPerMinute } = traffic.get(unit)!;
      return requestsPerMinute.known ? requestsPerMinute.value.values.at(-1)! : Number.NaN;
    };
    expect(Math.abs(rate('inf2') + rate('g5') - 200)).toBeLessThan(75);
    expect(Math.abs(rate('images-inf2') + rate('images-g5') - 200)).toBeLessThan(75);
  });
});
