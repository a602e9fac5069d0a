import { describe, expect, it } from 'vitest';
import { fluidBound } from '../../../sim/bounds/fluid';
import { loadHighs } from '../../../sim/bounds/highs';
import { boundsWorld } from './world';

const always = (value: number, steps: number): readonly number[] => Array.from({ length: steps }, () => value);

describe('The least cost of parts of pods', () => {
  it('buys the cheapest throughput, an hour at a time', async () => {
    const world = boundsWorld({
      demandPerMinute: [100, 50],
      pools: [{ devices: [9, 9] }, { devices: [9, 9] }],
      offers: [
        { unit: 'dear', pool: 0, throughputPerMinute: 100, priceUsdPerHour: [2, 2] },
        { unit: 'cheap', pool: 1, throughputPerMinute: 50, priceUsdPerHour: [0.8, 0.8] },
      ],
    });
    // Two pods of the cheap unit for an hour, then one: 3 x $0.80.
    expect(fluidBound(world, await loadHighs())).toEqual({ usd: expect.closeTo(2.4, 6), unmetPart: 0 });
  });

  it('buys what is dearer where the cheap pool has too little', async () => {
    const world = boundsWorld({
      demandPerMinute: [100],
      pools: [{ devices: [9] }, { devices: [1] }],
      offers: [
        { unit: 'dear', pool: 0, throughputPerMinute: 100, priceUsdPerHour: [2] },
        { unit: 'cheap', pool: 1, throughputPerMinute: 50, priceUsdPerHour: [0.8] },
      ],
    });
    // One cheap pod, $0.80, and half of a dear one, $1.
    expect((await bound(world))?.usd).toBeCloseTo(1.8, 6);
  });

  it('keeps a pod through an hour without load where a start costs more than that hour', async () => {
    const twoHours = (coldStartSeconds: number) =>
      boundsWorld({
        demandPerMinute: [100, 0, 100],
        pools: [{ devices: [9, 9, 9] }],
        offers: [{ unit: 'only', pool: 0, throughputPerMinute: 100, priceUsdPerHour: [1, 1, 1], coldStartSeconds }],
      });
    // A start of half an hour costs $0.50 and saves $1; one of two hours costs $2, and keeping the pod $1.
    expect((await bound(twoHours(1800)))?.usd).toBeCloseTo(2.5, 6);
    expect((await bound(twoHours(7200)))?.usd).toBeCloseTo(3, 6);
  });

  it('starts nothing in a pool that is closed, where what runs stays', async () => {
    const world = boundsWorld({
      demandPerMinute: [50, 100],
      pools: [{ devices: [9, 9], isClosed: [false, true] }, { devices: [9, 9] }],
      offers: [
        { unit: 'cheap', pool: 0, throughputPerMinute: 100, priceUsdPerHour: [1, 1] },
        { unit: 'dear', pool: 1, throughputPerMinute: 100, priceUsdPerHour: [4, 4] },
      ],
    });
    // A whole cheap pod from the first hour on ($2) is less than half of one and then half of a dear one ($0.50 + $0.50 + $2).
    expect((await bound(world))?.usd).toBeCloseTo(2, 6);
  });

  it('survives the loss of any one pool', async () => {
    const world = (resilience: number) =>
      boundsWorld({
        demandPerMinute: [100],
        resilience,
        pools: [{ devices: [9] }, { devices: [9] }, { devices: [9] }],
        offers: [0, 1, 2].map((pool) => ({ unit: `unit-${pool}`, pool, throughputPerMinute: 100, priceUsdPerHour: [1 + pool / 10] })),
      });
    const minimise = await loadHighs();
    const surviving = (resilience: number) => fluidBound(world(resilience), minimise, { survivesLoss: true })?.usd;
    // Half a pod in each of three pools: $0.50 + $0.55 + $0.60. Two whole pods in the two cheapest would be $2.10.
    expect(surviving(1)).toBeCloseTo(1.65, 6);
    expect(surviving(0)).toBeCloseTo(1, 6);
    // For half of the demand: half of it in each of the two cheapest pools.
    expect(surviving(0.5)).toBeCloseTo(1.05, 6);
  });

  it('says what part no purchase could serve, and does not charge for it', async () => {
    const world = boundsWorld({
      demandPerMinute: [100, 100],
      pools: [{ devices: [1, 0] }],
      offers: [{ unit: 'only', pool: 0, throughputPerMinute: 80, priceUsdPerHour: [1, 1] }],
    });
    // 20 of 200 are missing in the first hour, and 100 in the second.
    expect(await bound(world)).toEqual({ usd: expect.closeTo(1, 5), unmetPart: expect.closeTo(0.6, 6) });
  });

  it('has no bound without spot where the fleet has spot pools alone', async () => {
    const world = boundsWorld({
      demandPerMinute: always(100, 1),
      pools: [{ devices: [1], isSpot: true }],
      offers: [{ unit: 'only', pool: 0, throughputPerMinute: 80, priceUsdPerHour: [1] }],
    });
    expect(fluidBound(world, await loadHighs(), { isOffered: (_, isSpot) => !isSpot })).toBeUndefined();
  });
});

const bound = async (world: ReturnType<typeof boundsWorld>) => fluidBound(world, await loadHighs());
