import { describe, expect, it } from 'vitest';
import { unitKey } from '../../../../lambda/control-loop/model/fleet';
import type { Signal } from '../../../../lambda/control-loop/model/observation';
import { startDeadline } from '../../../../lambda/control-loop/observe/deadline';
import { observe } from '../../../../lambda/control-loop/observe/observe';
import { createTickCaches } from '../../../../lambda/control-loop/tick';
import type { ScenarioInput } from '../../../../sim/inputs/scenario';
import { run } from '../../../../sim/run';
import { createTwin } from '../../../../sim/twin/twin';
import { fleetOf, steadyWorld } from '../../worlds/steady';

type Silent = NonNullable<NonNullable<ScenarioInput['reality']>['silentSignals']>;

/** What the loop observes ten minutes into a world with these silent signals, each as its value or the reason why it is unknown. */
const observed = async (silentSignals: Silent) => {
  const loaded = steadyWorld({ reality: { silentSignals } });
  const fleet = fleetOf(loaded);
  const { kernel, traffic, ports } = createTwin({ loaded, fleets: [fleet], seed: 1 });
  await kernel.runUntil(600);
  traffic.runUntil(600);
  const deadline = startDeadline(10);
  const { observation } = await observe(ports, createTickCaches(), deadline, [fleet], ports.clock.nowSeconds());
  deadline.cancel();
  const shown = (signal: Signal<unknown>): unknown => (signal.known ? 'known' : signal.reason);
  const all = (signals: object): Record<string, unknown> =>
    Object.fromEntries(Object.entries(signals).map(([name, signal]) => [name, shown(signal as Signal<unknown>)]));
  return {
    unit: all(observation.units[unitKey(fleet, 'g5')]!),
    pool: all(observation.pools['g5-spot']!),
    weights: all(observation.routerWeights),
  };
};

/** Names of the signals that are not known. */
const unknownOf = (signals: Record<string, unknown>): string[] => Object.keys(signals).filter((name) => signals[name] !== 'known');

describe('A signal that is silent', () => {
  it('is none where no entry holds', async () => {
    const { unit, weights } = await observed([
      { signal: 'cloudwatch', fromSeconds: 5000 },
      { signal: 'router', toSeconds: 500 },
    ]);
    expect([unknownOf(unit), unknownOf(weights)]).toEqual([[], []]);
  });

  it('may be CloudWatch, failing or throttled: what the load balancer measures is unknown', async () => {
    const measured = ['errorsPerMinute', 'healthyHosts', 'latencySeconds', 'minutes', 'requestsPerMinute'];
    const failing = await observed([{ signal: 'cloudwatch' }]);
    expect([...unknownOf(failing.unit)].sort()).toEqual(measured);
    expect(failing.unit.latencySeconds).toMatch(/InternalServiceFault/);
    expect([failing.unit.floor, failing.unit.readyPodsByPool]).toEqual(['known', 'known']);
    const throttled = await observed([{ signal: 'cloudwatch', answer: 'throttled' }]);
    expect([...unknownOf(throttled.unit)].sort()).toEqual(measured);
    expect(throttled.unit.latencySeconds).toMatch(/Rate exceeded/);
    // An answer without a value is an answer: the minutes are known, and each of them is empty.
    expect([...unknownOf((await observed([{ signal: 'cloudwatch', answer: 'empty' }])).unit)].sort()).toEqual(
      measured.filter((name) => name !== 'minutes'),
    );
  });

  it('may be one metric alone', async () => {
    expect(unknownOf((await observed([{ signal: 'cloudwatch', metric: 'TargetResponseTime' }])).unit)).toEqual(['latencySeconds']);
    expect(unknownOf((await observed([{ signal: 'cloudwatch', metric: 'TargetResponseTime', answer: 'empty' }])).unit)).toEqual([
      'latencySeconds',
    ]);
  });

  it('may be the spot prices', async () => {
    const { pool, unit } = await observed([{ signal: 'spot-prices', answer: 'throttled' }]);
    expect(unknownOf(unit)).toEqual([]);
    const throttled = Object.keys(pool).filter((name) => /Rate exceeded/.test(String(pool[name])));
    expect(throttled).toEqual(['priceUsdPerDeviceHour']);
  });

  it('may be a kind of object in the API server', async () => {
    const { unit } = await observed([{ signal: 'kubernetes', kind: 'Pod', answer: 'throttled' }]);
    expect(unknownOf(unit)).toEqual(expect.arrayContaining(['readyPodsByPool', 'startingPods']));
    expect(unit.readyPodsByPool).toMatch(/too many requests for pods/);
    expect(unit.floor).toBe('known');
  });

  it('may be the weights of the router', async () => {
    const { weights } = await observed([{ signal: 'router' }]);
    expect(Object.values(weights)).toEqual([expect.stringMatching(/DescribeRules was answered with 500/)]);
  });
});

describe('Without CloudWatch', () => {
  /** Replicas of both units at the end of twelve minutes of tripled load that begin with the silence. */
  const replicas = async (readers: 'all' | 'loop'): Promise<number> => {
    const loaded = steadyWorld({
      requestsPerMinute: 900,
      reality: { silentSignals: [{ signal: 'cloudwatch', readers }] },
    });
    const { kernel, cluster } = createTwin({ loaded, fleets: [fleetOf(loaded)], seed: 1 });
    await kernel.runUntil(720);
    return Object.values(cluster.units).reduce((sum, unit) => sum + unit.replicas, 0);
  };

  it('scalers keep the replicas that they have; where the loop alone misses it, they scale on', async () => {
    expect(await replicas('all')).toBe(5);
    expect(await replicas('loop')).toBeGreaterThan(8);
  });
});

describe('Without the fleets', () => {
  it('ticks fail one by one, and go on when the API server answers again', async () => {
    const scenario = steadyWorld({
      durationSeconds: 600,
      reality: { silentSignals: [{ signal: 'kubernetes', fromSeconds: 1800, toSeconds: 2100 }] },
    });
    const { decisions, summary } = await run({ scenario, policy: 'static', seed: 1 });
    expect(summary.ticks).toBe(40);
    expect(decisions.filter(({ what }) => what === 'no decision').map(({ timeSeconds }) => timeSeconds)).toEqual([
      1830, 1890, 1950, 2010, 2070,
    ]);
  });
});
