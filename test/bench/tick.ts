import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { lambdaBundle } from '../../scripts/lambda-bundle';

/** Processes to take the median first tick of. */
const COLD_RUNS = 5;

const SIZES = [
  { fleets: 1, unitsPerFleet: 10, ticks: 300, goalMilliseconds: 100 },
  { fleets: 100, unitsPerFleet: 10, ticks: 20, goalMilliseconds: 1000 },
];

const run = promisify(execFile);

const quantile = (values: readonly number[], part: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.ceil(part * values.length) - 1)]!;

/**
 * The CPU time of one tick, of a process that has made many and of one that has made none.
 *
 * Counted is all that the process uses from the start of the tick to its last line of log: the loop, Node's compiler and its garbage
 * collector, in all threads. Not counted are the services, in memory here, their garbage, and what the clients do to reach them:
 * signatures, JSON, TLS, the wait. The loop is bundled as the Lambda is. Each process has a world of its own.
 */
export const benchTick = async (print: (line: string) => void): Promise<void> => {
  const folder = await mkdtemp(join(tmpdir(), 'adaptive-inference-'));
  try {
    const bundle = join(folder, 'tick.js');
    await build({ ...lambdaBundle(bundle), entryPoints: ['test/bench/tick-process.ts'], sourcemap: false, logLevel: 'error' });
    const measure = async (fleets: number, unitsPerFleet: number, ticks: number): Promise<readonly number[]> => {
      const { stdout } = await run(process.execPath, ['--expose-gc', bundle, String(fleets), String(unitsPerFleet), String(ticks)]);
      return JSON.parse(stdout) as readonly number[];
    };
    for (const { fleets, unitsPerFleet, ticks, goalMilliseconds } of SIZES) {
      const [first, ...warm] = await measure(fleets, unitsPerFleet, ticks + 1);
      const cold = [first!];
      while (cold.length < COLD_RUNS) cold.push((await measure(fleets, unitsPerFleet, 1))[0]!);
      print(
        `one tick, ${fleets * unitsPerFleet} units in ${fleets} ${fleets === 1 ? 'fleet' : 'fleets'}: own CPU p50 ${quantile(warm, 0.5).toFixed(1)} ms, ` +
          `p99 ${quantile(warm, 0.99).toFixed(1)} ms (${ticks} ticks), first of a process ${quantile(cold, 0.5).toFixed(1)} ms ` +
          `(median of ${COLD_RUNS}; goal ${goalMilliseconds} ms for all)`,
      );
    }
  } finally {
    await rm(folder, { recursive: true });
  }
};
