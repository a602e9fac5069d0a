import { describe, expect, it } from 'vitest';
import { decide } from '../../../../../lambda/control-loop/decide/decide';
import { initialMemory } from '../../../../../lambda/control-loop/decide/memory';
import type { FleetMemory } from '../../../../../lambda/control-loop/model/decision';
import { unknown } from '../../../../../lambda/control-loop/model/observation';
import { fleetOf, inputOf, NOW, observationOf, type PoolStateOf, poolOf, type UnitState, unitOf } from '../fixtures';

/** A pod of `cheap` serves 51 requests a minute for a dollar, one of `dear` 85 for two: of each 85 %, as no pod is within the objective. */
const profile = (throughputPerMinute: number) => ({ throughputPerMinute, latencySeconds: 1, coldStartSeconds: 300 });
const fleetWith = (resilience: number, canaryShare?: number) =>
  fleetOf({
    policy: { name: 'Optimizer' },
    objective: { latencySeconds: 0.9 },
    resilience,
    units: [
      unitOf('cheap', { minimumReplicas: 0, profile: profile(60) }),
      unitOf('dear', { minimumReplicas: 0, profile: profile(100) }),
      ...(canaryShare === undefined ? [] : [unitOf('canary', { pools: ['dear'], profile: profile(100), maximumShare: canaryShare })]),
    ],
    pools: [
      poolOf('cheap', { maximumDevices: 20 }),
      poolOf('dear', { maximumDevices: 20, instanceTypes: [{ name: 'g6.xlarge', devices: 1, priceUsdPerHour: 2 }] }),
    ],
  });

const decideOn = (
  { resilience = 0, canaryShare }: { readonly resilience?: number; readonly canaryShare?: number },
  units: Record<string, UnitState>,
  pools: Record<string, PoolStateOf> = {},
  memory: Partial<FleetMemory> = {},
) => {
  const fleet = fleetWith(resilience, canaryShare);
  const market = { cheap: { priceUsd: 1, ...pools.cheap }, dear: { priceUsd: 2, ...pools.dear } };
  const [one] = decide(
    [inputOf(fleet, { memory: { ...initialMemory(fleet, NOW - 86_400), ...memory } })],
    observationOf(fleet, units, market),
  ).fleets;
  const field = (name: 'floor' | 'share') => Object.fromEntries(fleet.units.map((unit) => [unit.name, one!.units[unit.name]![name].value]));
  const wanted = (name: 'floor' | 'share') =>
    Object.fromEntries(fleet.units.map((unit) => [unit.name, one!.desired!.units[unit.name]?.[name]?.value]));
  return { ...one!, floors: field('floor'), shares: field('share'), wantedFloors: wanted('floor'), wantedShares: wanted('share') };
};

/** 400 requests a minute, and more ready pods of both units than they need. */
const busy = (change: UnitState = {}): Record<string, UnitState> => ({
  cheap: { ready: 20, requestsPerMinute: 200, floor: 0, ...change },
  dear: { ready: 20, requestsPerMinute: 200, floor: 0, ...change },
});

const lost = (pool: string) => ({
  shortages: [
    { pool, zone: 'us-west-2a', firstSeenSeconds: NOW - 60, lastFailureSeconds: NOW - 60, failures: 1, nextProbeSeconds: NOW + 600 },
  ],
});

describe('the Optimizer', () => {
  it('serves all requests with the unit that costs least for them, where no loss is to be survived', () => {
    // 400 / 51 = 7.8 pods for 8 $/h; of the other unit 400 / 85 = 4.7, for 10 $/h.
    const { wantedFloors, wantedShares, strategy, strategyReason } = decideOn({}, busy());
    expect(wantedFloors).toEqual({ cheap: 8, dear: 0 });
    expect(wantedShares).toEqual({ cheap: 1, dear: 0 });
    expect(strategy).toBe('LeastCost');
    expect(strategyReason).toBe('8.00 $/h for 400 requests/min');
  });

  it('serves them with the other unit when the pool of the first is lost, and with the first again when it is back', () => {
    const away = decideOn({}, { ...busy(), cheap: { ...busy().cheap, ready: 0 } }, { cheap: { running: 0 } }, lost('cheap'));
    expect(away.wantedShares).toEqual({ cheap: 0, dear: 1 });
    expect(away.wantedFloors.dear).toBe(5);
    expect(decideOn({}, busy({ floor: 5 })).wantedFloors).toEqual({ cheap: 8, dear: 0 });
  });

  it('has each unit carry everything where the loss of either is to be survived, and says what that costs', () => {
    const { wantedFloors, strategyReason } = decideOn({ resilience: 1 }, busy());
    expect(wantedFloors).toEqual({ cheap: 8, dear: 5 });
    expect(strategyReason).toBe('18.00 $/h for 400 requests/min, of which 10.00 $/h so that the loss of any one pool loses no requests');
  });

  it('divides the requests by what the pods of each unit serve, so that all are equally busy', () => {
    // 8 pods of 51 and 5 of 85.
    const { wantedShares } = decideOn({ resilience: 1 }, busy());
    expect(wantedShares.cheap).toBeCloseTo(408 / (408 + 425), 3);
    expect(wantedShares.dear).toBeCloseTo(425 / (408 + 425), 3);
  });

  it('stays with the pods that are there while others would save less than a tenth', () => {
    // The pods there serve 425 for 10 $/h; 8 of the cheap unit would serve 408 for 8. At 1.85 $/h they cost 9.25, and the saving is 13 %.
    const there = { cheap: { ready: 0, requestsPerMinute: 0, floor: 0 }, dear: { ready: 5, requestsPerMinute: 400, floor: 5 } };
    expect(decideOn({}, there, { dear: { priceUsd: 1.85 } }).wantedFloors).toEqual({ cheap: 8, dear: 0 });
    expect(decideOn({}, there, { dear: { priceUsd: 1.7 } }).wantedFloors).toEqual({ cheap: 0, dear: 5 });
  });

  it('stays with the pods that are there while a price is unknown, and buys what they do not serve', () => {
    const there = (requestsPerMinute: number) => ({
      cheap: { ready: 0, requestsPerMinute: 0, floor: 0 },
      dear: { ready: 5, requestsPerMinute, floor: 5 },
    });
    const silent = { dear: { priceUsd: undefined as never } };
    expect(decideOn({}, there(400), silent).wantedFloors).toEqual({ cheap: 0, dear: 5 });
    // 500 requests a minute: 5 pods of 85 serve 425, and two of 51 the rest, at the prices that the fleet states.
    expect(decideOn({}, there(500), silent).wantedFloors).toEqual({ cheap: 2, dear: 5 });
  });

  it('asks for the pods that no pool has capacity for, and says so', () => {
    const { wantedFloors, findings } = decideOn(
      {},
      { cheap: { ready: 2, requestsPerMinute: 200, floor: 8 }, dear: { ready: 0, requestsPerMinute: 200, floor: 0 } },
      { cheap: { running: 2 }, dear: { running: 0 } },
      { shortages: [...lost('cheap').shortages, ...lost('dear').shortages] },
    );
    expect(wantedFloors).toEqual({ cheap: 8, dear: 1 });
    // Two pods run, and each pool has a probe for one more: they serve 3 x 51 + 85.
    expect(findings).toContainEqual({ code: 'Rejected', subject: 'sd21', message: 'no unit has room for 162 of 400 requests/min' });
  });

  it('leaves floors as they are while demand is unknown', () => {
    const { wantedFloors, strategyReason } = decideOn({}, busy({ requestsPerMinute: unknown('CloudWatch is silent') as never }));
    expect(wantedFloors).toEqual({ cheap: undefined, dear: undefined });
    expect(strategyReason).toBe('no plan while demand is unknown');
  });

  it('counts on no canary: it has its part, and the plan serves everything without it', () => {
    const units = { ...busy(), canary: { ready: 2, requestsPerMinute: 0, floor: 1 } };
    const { wantedFloors, wantedShares } = decideOn({ canaryShare: 0.1 }, units);
    expect(wantedShares).toEqual({ cheap: 0.9, dear: 0, canary: 0.1 });
    expect(wantedFloors).toEqual({ cheap: 8, dear: 0, canary: 1 });
  });

  it('keeps a pod for the next request of a fleet that nobody asks', () => {
    const idle = { cheap: { ready: 1, requestsPerMinute: 0, floor: 1 }, dear: { ready: 1, requestsPerMinute: 0, floor: 1 } };
    expect(decideOn({}, idle).wantedFloors).toEqual({ cheap: 1, dear: 0 });
    expect(decideOn({ resilience: 1 }, idle).wantedFloors).toEqual({ cheap: 1, dear: 1 });
  });
});
