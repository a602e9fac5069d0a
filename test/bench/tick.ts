import type { FleetSpecInput } from '../../lambda/control-loop/api';
import type { Decide } from '../../lambda/control-loop/decide/decide';
import { createTickCaches, tick } from '../../lambda/control-loop/tick';
import { FakePorts } from '../support/fake-ports';
import { addFleet, NOW_SECONDS, ruleArn, steadyMetrics, targetGroupArn } from '../support/fake-world';

const fleetSpec = (fleet: string, units: number): FleetSpecInput => {
  const names = Array.from({ length: units }, (_, index) => `${fleet}-u${index}`);
  const pool = (unit: string, capacityType: 'spot' | 'on-demand'): FleetSpecInput['pools'][number] => ({
    name: `${unit}-${capacityType}`,
    accelerator: 'A10G',
    capacityType,
    deviceResource: 'nvidia.com/gpu',
    instanceTypes: [
      { name: 'g5.xlarge', devices: 1, priceUsdPerHour: 1.006 },
      { name: 'g5.2xlarge', devices: 1, priceUsdPerHour: 1.212 },
      { name: 'g5.4xlarge', devices: 1, priceUsdPerHour: 1.624 },
    ],
    maximumDevices: 8,
  });
  return {
    objective: { latencySeconds: 0.9 },
    router: { listenerRuleArn: ruleArn(fleet) },
    units: names.map((unit) => ({
      name: unit,
      accelerator: 'A10G',
      deployment: unit,
      scaler: { kind: 'ScaledObject', name: unit },
      pools: [`${unit}-spot`, `${unit}-on-demand`],
      profile: { throughputPerMinute: 90, latencySeconds: 0.68, coldStartSeconds: 360 },
      targetGroupArn: targetGroupArn(unit),
    })),
    pools: names.flatMap((unit) => [pool(unit, 'spot'), pool(unit, 'on-demand')]),
  };
};

/** A world of `fleets` fleets with `unitsPerFleet` units of two pools and two pods each. */
const benchWorld = (fleets: number, unitsPerFleet: number): FakePorts => {
  const fake = new FakePorts(NOW_SECONDS);
  for (let index = 0; index < fleets; index += 1) {
    const name = `f${index}`;
    const spec = fleetSpec(name, unitsPerFleet);
    const ready = Object.fromEntries(spec.units.map((unit) => [unit.name, { [unit.pools[0]!]: 1, [unit.pools[1]!]: 1 }]));
    addFleet(fake, name, spec, { ready });
  }
  fake.metric = steadyMetrics(120);
  return fake;
};

interface TickBench {
  readonly units: number;
  readonly fleets: number;
  readonly ticks: number;
  readonly p50Milliseconds: number;
  readonly p99Milliseconds: number;
}

/**
 * The CPU time of this process for one tick over a world in memory. It includes the world's own answers, so it is an upper bound
 * of the loop's part; network waits are not in it.
 */
const measureTick = async (fleets: number, unitsPerFleet: number, ticks: number, decide?: Decide): Promise<TickBench> => {
  const fake = benchWorld(fleets, unitsPerFleet);
  const caches = createTickCaches();
  const milliseconds: number[] = [];
  for (let index = 0; index < ticks; index += 1) {
    fake.nowSeconds += 60;
    fake.calls.length = 0;
    fake.logged.length = 0;
    const before = process.cpuUsage();
    await tick(fake.ports, { deadlineSeconds: fake.nowSeconds + 50, trigger: 'bench', caches, ...(decide ? { decide } : {}) });
    const { user, system } = process.cpuUsage(before);
    milliseconds.push((user + system) / 1000);
  }
  milliseconds.sort((a, b) => a - b);
  const quantile = (part: number): number => milliseconds[Math.min(milliseconds.length - 1, Math.ceil(part * milliseconds.length) - 1)]!;
  return { units: fleets * unitsPerFleet, fleets, ticks, p50Milliseconds: quantile(0.5), p99Milliseconds: quantile(0.99) };
};

/** Measures the two sizes and prints a line for each. */
export const benchTick = async (print: (line: string) => void): Promise<void> => {
  const sizes = [
    { fleets: 1, unitsPerFleet: 10, ticks: 300, goalMilliseconds: 100 },
    { fleets: 100, unitsPerFleet: 10, ticks: 20, goalMilliseconds: 1000 },
  ];
  for (const { fleets, unitsPerFleet, ticks, goalMilliseconds } of sizes) {
    const { units, p50Milliseconds, p99Milliseconds } = await measureTick(fleets, unitsPerFleet, ticks);
    print(
      `one tick, ${units} units in ${fleets} ${fleets === 1 ? 'fleet' : 'fleets'}: own CPU p50 ${p50Milliseconds.toFixed(1)} ms, ` +
        `p99 ${p99Milliseconds.toFixed(1)} ms (${ticks} ticks; goal p99 ${goalMilliseconds} ms)`,
    );
  }
};
