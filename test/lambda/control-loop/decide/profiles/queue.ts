import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { UnitMinute } from '../../../../../lambda/control-loop/model/observation';

/** A unit whose pods take one request at a time, behind a balancer that picks the pod with the fewest outstanding requests. */
interface Reality {
  readonly seed: number;
  readonly minutes: number;
  /** By minute. */
  readonly requestsPerMinute: (minute: number) => number;
  readonly pods: (minute: number) => number;
  readonly serviceSeconds: (minute: number) => number;
  /** Time added to each answer while the pod takes the next request: a dependency that it waits for. */
  readonly dependencySeconds?: number;
  readonly percentile?: number;
  /** Coefficient of variation of the service time. */
  readonly variation?: number;
}

const TIMEOUT_SECONDS = 60;

/** What a load balancer counts of that unit, minute by minute from second 0; requests that wait for a minute fail. */
export const minutesOf = (reality: Reality): readonly UnitMinute[] => {
  const { seed, minutes, requestsPerMinute, pods, serviceSeconds, dependencySeconds = 0, percentile = 95, variation = 0.05 } = reality;
  const generator = xoroshiro128plus(seed);
  const uniform = (): number => (uniformInt(generator, 0, 0x7ffffffe) + 0.5) / 0x7fffffff;
  const normal = (): number => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());

  const latencies = Array.from({ length: minutes }, (): number[] => []);
  const errors = new Array<number>(minutes).fill(0);
  /** By pod: when its requests will be over, in order. */
  const queues: number[][] = [];
  let next = 0;
  let nowSeconds = 0;
  for (;;) {
    nowSeconds += (-60 * Math.log(uniform())) / requestsPerMinute(Math.floor(nowSeconds / 60));
    const minute = Math.floor(nowSeconds / 60);
    if (minute >= minutes) break;
    const count = pods(minute);
    while (queues.length < count) queues.push([]);
    let chosen = next % count;
    for (let turn = 0; turn < count; turn++) {
      const pod = (next + turn) % count;
      const queue = queues[pod]!;
      while (queue.length > 0 && queue[0]! <= nowSeconds) queue.shift();
      if (queue.length < queues[chosen]!.length) chosen = pod;
      if (queue.length === 0) break;
    }
    next = chosen + 1;
    const queue = queues[chosen]!;
    const overSeconds = Math.max(nowSeconds, queue.at(-1) ?? 0) + Math.max(0.5, 1 + variation * normal()) * serviceSeconds(minute);
    queue.push(overSeconds);
    const latencySeconds = overSeconds - nowSeconds + dependencySeconds;
    const failed = latencySeconds > TIMEOUT_SECONDS;
    const ended = Math.floor((nowSeconds + Math.min(TIMEOUT_SECONDS, latencySeconds)) / 60);
    if (ended >= minutes) continue;
    if (failed) errors[ended]! += 1;
    else latencies[ended]!.push(latencySeconds);
  }
  return latencies.map((all, minute): UnitMinute => {
    const sorted = all.sort((a, b) => a - b);
    const latencySeconds = sorted[Math.ceil((sorted.length * percentile) / 100) - 1];
    return {
      startSeconds: 60 * minute,
      answered: sorted.length,
      ...(latencySeconds !== undefined && { latencySeconds }),
      errors: errors[minute]!,
      healthyHosts: pods(minute),
    };
  });
};
