import { createTickCaches, tick } from '../../lambda/control-loop/tick';
import { TickWorld } from './tick-world';

/** Makes ticks in a process of its own: `node --expose-gc <this> <fleets> <units of each> <ticks>` prints the CPU milliseconds of each, in their order. */
const main = async (fleets: number, unitsPerFleet: number, ticks: number): Promise<void> => {
  const world = new TickWorld(fleets, unitsPerFleet);
  const caches = createTickCaches();
  const milliseconds: number[] = [];
  for (let index = 0; index < ticks; index += 1) {
    await world.minute();
    // The garbage of the services is not the tick's.
    globalThis.gc!();
    const before = process.cpuUsage();
    await tick(world.ports, { deadlineSeconds: world.nowSeconds + 50, trigger: 'bench', caches });
    const { user, system } = process.cpuUsage(before);
    milliseconds.push((user + system) / 1000);
  }
  console.log(JSON.stringify(milliseconds));
};

const [fleets, unitsPerFleet, ticks] = process.argv.slice(2).map(Number);
main(fleets!, unitsPerFleet!, ticks!).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
