import { describe, expect, it } from 'vitest';
import { type FleetSpecInput, FleetSpecSchema, toFleetSpec } from '../../../../lambda/control-loop/api';
import { createTickCaches } from '../../../../lambda/control-loop/observe/caches';
import { startDeadline } from '../../../../lambda/control-loop/observe/deadline';
import { observeEc2 } from '../../../../lambda/control-loop/observe/ec2';
import { FakePorts } from '../../../support/fake-ports';
import { chatSpec, NOW_SECONDS } from '../../../support/fake-world';

type PoolInput = FleetSpecInput['pools'][number];

type UnitInput = FleetSpecInput['units'][number];

const specOf = (pools: readonly PoolInput[], change: (unit: UnitInput) => UnitInput = (unit) => unit) =>
  toFleetSpec(FleetSpecSchema.parse({ ...chatSpec(), pools: [...pools], units: chatSpec().units.map(change) }));

const setUp = (pools: readonly PoolInput[] = chatSpec().pools, change?: (unit: UnitInput) => UnitInput) => {
  const fake = new FakePorts(NOW_SECONDS);
  const caches = createTickCaches();
  const spec = specOf(pools, change);
  const observe = async (atSeconds = NOW_SECONDS) => {
    const deadline = startDeadline(10);
    const pools = await observeEc2(fake.ports.ec2, caches, deadline, [{ ...spec, name: 'chat', namespace: 'default' }], atSeconds);
    deadline.cancel();
    return pools;
  };
  return { fake, observe };
};

const price = (instanceType: string, zone: string, priceUsdPerHour: number, ageSeconds = 4000) => ({
  instanceType,
  zone,
  priceUsdPerHour,
  atSeconds: NOW_SECONDS - ageSeconds,
});

const [, g5Spot] = chatSpec().pools;

describe('the price of a device', () => {
  it('on spot is that of the cheapest instance type and zone, by the newest price of each', async () => {
    const { fake, observe } = setUp();
    fake.spotPrices = [
      price('g5.xlarge', 'us-west-2a', 0.2, 9000),
      price('g5.xlarge', 'us-west-2a', 0.5),
      price('g5.xlarge', 'us-west-2b', 0.45),
      price('g5.12xlarge', 'us-west-2a', 1.6),
    ];
    // Four devices for 1.6 are cheaper than one for 0.45; the 0.2 is no longer in effect.
    expect((await observe()).get('g5-spot')?.priceUsdPerDeviceHour).toEqual({
      known: true,
      value: 0.4,
      atSeconds: NOW_SECONDS,
      byType: { 'g5.xlarge': 0.45, 'g5.12xlarge': 0.4 },
    });
  });

  it('is of the zones of the pool only', async () => {
    const { fake, observe } = setUp([{ ...g5Spot!, zones: ['us-west-2b'] }]);
    fake.spotPrices = [price('g5.xlarge', 'us-west-2a', 0.2), price('g5.xlarge', 'us-west-2b', 0.45)];
    expect((await observe()).get('g5-spot')?.priceUsdPerDeviceHour).toMatchObject({ value: 0.45 });
  });

  it('on demand is what the fleet states', async () => {
    const { observe } = setUp();
    expect((await observe()).get('g5-od')?.priceUsdPerDeviceHour).toMatchObject({ known: true, value: 1.006, atSeconds: NOW_SECONDS });
  });

  it('is that of the instance types that hold a pod of some unit: Karpenter launches no other', async () => {
    const { fake, observe } = setUp(chatSpec().pools, (unit) => (unit.name === 'g5' ? { ...unit, instanceTypes: ['g5.12xlarge'] } : unit));
    fake.spotPrices = [price('g5.xlarge', 'us-west-2a', 0.3), price('g5.12xlarge', 'us-west-2a', 1.6)];
    expect((await observe()).get('g5-spot')?.priceUsdPerDeviceHour).toMatchObject({ value: 0.4, byType: { 'g5.12xlarge': 0.4 } });
  });

  it('counts the types of every fleet that shares the pool, whichever is named first', async () => {
    const fleets = [['g5.xlarge'], ['g5.12xlarge']].map((instanceTypes) => ({
      ...specOf(chatSpec().pools, (unit) => (unit.name === 'g5' ? { ...unit, instanceTypes } : unit)),
      name: instanceTypes[0]!.replace('.', '-'),
      namespace: 'default',
    }));
    for (const order of [fleets, fleets.toReversed()]) {
      const fake = new FakePorts(NOW_SECONDS);
      fake.spotPrices = [price('g5.xlarge', 'us-west-2a', 0.3), price('g5.12xlarge', 'us-west-2a', 1.6)];
      const deadline = startDeadline(10);
      const pools = await observeEc2(fake.ports.ec2, createTickCaches(), deadline, order, NOW_SECONDS);
      deadline.cancel();
      expect(pools.get('g5-spot')?.priceUsdPerDeviceHour).toMatchObject({ value: 0.3, byType: { 'g5.xlarge': 0.3, 'g5.12xlarge': 0.4 } });
    }
  });

  it.each([Number.NaN, 0, -1])('is never %d', async (value) => {
    const { fake, observe } = setUp();
    fake.spotPrices = [price('g5.xlarge', 'us-west-2a', value), price('inf2.xlarge', 'us-west-2a', 0.3)];
    const pools = await observe();
    expect(pools.get('g5-spot')?.priceUsdPerDeviceHour.known).toBe(false);
    expect(pools.get('inf2-spot')?.priceUsdPerDeviceHour).toMatchObject({ known: true, value: 0.3 });
  });

  it('is read over all pages', async () => {
    const { fake, observe } = setUp();
    fake.spotPrices = [price('g5.xlarge', 'us-west-2a', 0.5), price('g5.xlarge', 'us-west-2b', 0.4), price('g5.xlarge', 'us-west-2c', 0.3)];
    fake.ec2PerPage = 1;
    expect((await observe()).get('g5-spot')?.priceUsdPerDeviceHour).toMatchObject({ value: 0.3 });
    expect(fake.callsOf('ec2.describeSpotPriceHistory')).toHaveLength(3);
  });

  it('is asked for every five minutes', async () => {
    const { fake, observe } = setUp();
    fake.spotPrices = [price('g5.xlarge', 'us-west-2a', 0.5)];
    for (const minute of [0, 1, 2, 3, 4]) await observe(NOW_SECONDS + minute * 60);
    expect(fake.callsOf('ec2.describeSpotPriceHistory')).toHaveLength(1);
    await observe(NOW_SECONDS + 300);
    expect(fake.callsOf('ec2.describeSpotPriceHistory')).toHaveLength(2);
  });

  it('stays with its old time while EC2 fails, and is unknown after an hour', async () => {
    const { fake, observe } = setUp();
    fake.spotPrices = [price('g5.xlarge', 'us-west-2a', 0.5)];
    await observe();
    fake.failures.set('ec2.describeSpotPriceHistory', new Error('Request limit exceeded'));
    const old = (await observe(NOW_SECONDS + 3600)).get('g5-spot')?.priceUsdPerDeviceHour;
    expect(old).toEqual({ known: true, value: 0.5, atSeconds: NOW_SECONDS, byType: { 'g5.xlarge': 0.5 } });
    const tooOld = (await observe(NOW_SECONDS + 3661)).get('g5-spot')?.priceUsdPerDeviceHour;
    expect(tooOld).toEqual({
      known: false,
      reason: 'EC2 DescribeSpotPriceHistory failed: Request limit exceeded; the last answer is 3661 s old',
    });
  });

  it('is tried again a minute after a failure', async () => {
    const { fake, observe } = setUp();
    fake.failures.set('ec2.describeSpotPriceHistory', new Error('Request limit exceeded'));
    expect((await observe()).get('g5-spot')?.priceUsdPerDeviceHour.known).toBe(false);
    fake.failures.clear();
    fake.spotPrices = [price('g5.xlarge', 'us-west-2a', 0.5)];
    expect((await observe(NOW_SECONDS + 60)).get('g5-spot')?.priceUsdPerDeviceHour).toMatchObject({ known: true, value: 0.5 });
  });
});

describe('offerings and reservations', () => {
  it('give the zones in which one of the types is offered', async () => {
    const { fake, observe } = setUp();
    fake.offerings = [
      { instanceType: 'g5.xlarge', zone: 'us-west-2b' },
      { instanceType: 'g5.2xlarge', zone: 'us-west-2a' },
      { instanceType: 'inf2.xlarge', zone: 'us-west-2d' },
    ];
    expect((await observe()).get('g5-spot')?.offeredZones).toMatchObject({ known: true, value: ['us-west-2a', 'us-west-2b'] });
  });

  const reserved: PoolInput = { ...g5Spot!, name: 'g5-reserved', capacityType: 'reserved', capacityReservationIds: ['cr-1', 'cr-2'] };

  it('give the free devices of the reservations of a pool', async () => {
    const { fake, observe } = setUp([reserved]);
    fake.reservations = [
      { id: 'cr-1', instanceType: 'g5.12xlarge', zone: 'us-west-2a', availableInstances: 2 },
      { id: 'cr-2', instanceType: 'g5.xlarge', zone: 'us-west-2a', availableInstances: 3 },
    ];
    expect((await observe()).get('g5-reserved')?.reservedDevices).toMatchObject({ known: true, value: 11 });
  });

  it('do not count a reservation that EC2 does not know as empty', async () => {
    const { fake, observe } = setUp([reserved]);
    fake.reservations = [{ id: 'cr-1', instanceType: 'g5.xlarge', zone: 'us-west-2a', availableInstances: 2 }];
    expect((await observe()).get('g5-reserved')?.reservedDevices).toMatchObject({ known: false, reason: expect.stringContaining('cr-2') });
  });

  it('are asked in calls of a hundred instance types', async () => {
    const types = Array.from({ length: 50 }, (_, index) => ({ name: `x${index}.large`, devices: 1, priceUsdPerHour: 1 }));
    const pools = [0, 1, 2].map((pool) => ({
      ...g5Spot!,
      name: `p${pool}`,
      instanceTypes: types.map((type) => ({ ...type, name: `${pool}${type.name}` })),
    }));
    const { fake, observe } = setUp(pools);
    await observe();
    const sizes = fake
      .callsOf('ec2.describeInstanceTypeOfferings')
      .map(({ args }) => (args[0] as { instanceTypes: string[] }).instanceTypes.length);
    expect(sizes).toEqual([100, 50]);
  });
});
