import { describe, expect, it } from 'vitest';
import { decide } from '../../../../lambda/control-loop/decide/decide';
import type { LaunchFailure } from '../../../../lambda/control-loop/model/observation';
import { fleetOf, inputOf, NOW, observationOf, type PoolStateOf, poolOf, unitOf } from './fixtures';

/** What a fleet does about a refused launch, by what the refusal names. */

const types = [
  { name: 'g5.xlarge', devices: 1, priceUsdPerHour: 1 },
  { name: 'g5.12xlarge', devices: 4, priceUsdPerHour: 5.6 },
];
const ZONES = ['us-west-2a', 'us-west-2b', 'us-west-2c'];
const fleet = fleetOf({
  units: [unitOf('chat', { pools: ['g5'] }), unitOf('images', { pools: ['inf2'] })],
  pools: [
    poolOf('g5', { instanceTypes: types, maximumDevices: 8 }),
    poolOf('inf2', { instanceTypes: [{ name: 'inf2.xlarge', devices: 1, priceUsdPerHour: 0.7 }] }),
  ],
});

const refused = (change: Partial<LaunchFailure> = {}): LaunchFailure => ({ zone: 'unknown', atSeconds: NOW - 30, message: '', ...change });

const decideOn = (g5: PoolStateOf) =>
  decide([inputOf(fleet)], observationOf(fleet, {}, { g5: { running: 4, offeredZones: ZONES, ...g5 }, inf2: { offeredZones: ZONES } }));

const messagesOf = ({ fleets }: ReturnType<typeof decide>) =>
  fleets[0]!.findings.filter(({ code }) => code === 'Shortage').map(({ message }) => message);

describe('a refusal that names one zone', () => {
  const calm = decideOn({});
  const decision = decideOn({ failures: [refused({ zone: 'us-west-2a', instanceType: 'g5.xlarge' })] });

  it('changes no floor, share, limit or weight while the pool has other zones', () => {
    expect(decision.pools).toEqual(calm.pools);
    expect(decision.fleets[0]!.units).toEqual(calm.fleets[0]!.units);
    expect(decision.fleets[0]!.strategy).toBe('CostOptimized');
  });

  it('is remembered with its zone and type, and reported', () => {
    expect(decision.fleets[0]!.memory.shortages).toMatchObject([{ pool: 'g5', zone: 'us-west-2a', instanceType: 'g5.xlarge' }]);
    expect(messagesOf(decision)).toEqual([
      '1 refused in a row of g5.xlarge in zone us-west-2a, last 30 s ago; circuit breaker closed: the pool has other zones or instance types',
    ]);
  });

  it('opens the breaker of a pool that is restricted to that zone', () => {
    const { pools, fleets } = decideOn({ offeredZones: ['us-west-2a'], failures: [refused({ zone: 'us-west-2a' })] });
    expect(fleets[0]!.strategy).toBe('CapacityOptimized');
    expect(pools.g5!.limitDevices.value).toBeLessThan(8);
  });
});

describe('refusals that leave nothing', () => {
  it.each([
    ['every zone', ZONES.map((zone) => refused({ zone }))],
    ['every instance type', types.map(({ name }) => refused({ instanceType: name }))],
    ['neither a zone nor a type', [refused()]],
  ])('open the breaker: %s', (_, failures) => {
    const decision = decideOn({ failures });
    expect(decision.pools.g5!.limitDevices.value).toBeLessThan(8);
    expect(decision.fleets[0]!.strategyReason).toContain('every pool of chat');
  });
});

describe('a quota of the account that is used up', () => {
  const spotFleet = fleetOf({
    units: ['chat', 'images', 'speech'].map((name) => unitOf(name, { pools: [`${name}-spot`, `${name}-od`] })),
    pools: [
      ['chat', 'g5.xlarge'],
      ['images', 'g6.xlarge'],
      ['speech', 'inf2.xlarge'],
    ].flatMap(([name, type]) =>
      (['spot', 'on-demand'] as const).map((capacityType) =>
        poolOf(`${name}-${capacityType === 'spot' ? 'spot' : 'od'}`, {
          capacityType,
          instanceTypes: [{ name: type!, devices: 1, priceUsdPerHour: 1 }],
          maximumDevices: 20,
        }),
      ),
    ),
  });
  const limitsAfter = (pool: string) => {
    const decision = decide([inputOf(spotFleet)], observationOf(spotFleet, {}, { [pool]: { failures: [refused({ isQuota: true })] } }));
    return { decision, short: Object.keys(decision.pools).filter((name) => decision.pools[name]!.limitDevices.value !== 20) };
  };

  it('of Spot Instances closes all spot pools of its family, and no on-demand pool', () => {
    expect(limitsAfter('chat-spot').short).toEqual(['chat-spot', 'images-spot']);
    expect(limitsAfter('speech-spot').short).toEqual(['speech-spot']);
  });

  it('of on-demand instances closes all on-demand pools of its family', () => {
    expect(limitsAfter('images-od').short).toEqual(['chat-od', 'images-od']);
  });

  it('is reported as a quota, with what it covers and how to raise it', () => {
    const [message] = messagesOf(limitsAfter('chat-spot').decision);
    expect(message).toBe(
      'quota "All G and VT Spot Instance Requests" of the AWS account is used up, 1 refused in a row, last 30 s ago; ' +
        'it covers images-spot too; circuit breaker open, half-open in 90 s; request an increase in the Service Quotas console (Amazon EC2), ' +
        'or lower maximumDevices to what the quota allows',
    );
  });
});
