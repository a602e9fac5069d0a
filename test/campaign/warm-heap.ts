import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createTickCaches, tick } from '../../lambda/control-loop/tick';
import { randomStreams } from '../../sim/kernel/random';
import { CampaignWorld } from './world';

/** Of a warm function's memory: what is allowed to come and go between two measurements. */
const TOLERANCE_BYTES = 2 * 1024 * 1024;
const SEED = 1;

/** The heap of one warm process after a fifth of its ticks, and after all of them. */
export const warmHeap = async (ticks: number): Promise<{ readonly grows: boolean; readonly text: string }> => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const world = new CampaignWorld(randomStreams(SEED)('world'));
  const caches = createTickCaches();
  const heapBytes = async (count: number): Promise<number> => {
    for (let index = 0; index < count; index += 1) {
      world.step();
      // The record of calls and lines is the world's own, and would grow with every tick.
      world.fake.restart();
      await tick(world.fake.ports, { deadlineSeconds: world.fake.nowSeconds + 50, trigger: 'campaign', caches });
    }
    world.fake.restart();
    collect();
    return process.memoryUsage().heapUsed;
  };
  const early = Math.ceil(ticks / 5);
  const before = await heapBytes(early);
  const after = await heapBytes(ticks - early);
  const mebibytes = (bytes: number): string => (bytes / 1024 / 1024).toFixed(1);
  return {
    grows: after - before > TOLERANCE_BYTES,
    text: `heap after ${early} warm ticks: ${mebibytes(before)} MiB, after ${ticks}: ${mebibytes(after)} MiB`,
  };
};
