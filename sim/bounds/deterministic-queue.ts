/**
 * Waiting in the queue M/D/c: Poisson arrivals, one first-come queue, c servers that take the same time for every request.
 *
 * What is in the system one service time D after a moment is what was waiting at that moment, and all that has arrived since:
 * N(t + D) = max(N(t) - c, 0) + Poisson(a), a = rate D (C. D. Crommelin, "Delay probability formulae when the holding times are
 * constant", Post Office Electrical Engineers Journal 25, 1932). A request waits at most j D + y, 0 <= y < D, if of those before it
 * at most (j + 1) c - 1 are left: max(N(t + y - D) - c, 0) + Poisson(rate (D - y)) <= (j + 1) c - 1 (G. J. Franx, "A simple solution
 * for the M/D/c waiting time distribution", Operations Research Letters 29, 2001).
 */

/** Below this the distribution of the queue no longer matters to a share that is promised. */
const NEGLIGIBLE = 1e-8;
const MAX_ITERATIONS = 20_000;

/** Probabilities of 0, 1, 2, ... events of a Poisson distribution, up to where more are negligible. */
const poisson = (mean: number): Float64Array => {
  if (mean === 0) return Float64Array.of(1);
  const size = Math.ceil(mean + 8 * Math.sqrt(mean) + 12);
  const logs = new Float64Array(size);
  logs[0] = -mean;
  for (let k = 1; k < size; k++) logs[k] = logs[k - 1]! + Math.log(mean / k);
  return logs.map(Math.exp);
};

/** How often an unfinished distribution is looked at. */
const LOOK_EVERY = 8;

/**
 * What is in the system at any time, as probabilities of 0, 1, 2, ... requests.
 *
 * From a system that holds no more than this one, each step holds more than the one before, so that the search may end as soon as
 * an unfinished distribution is `enough`.
 */
const inSystem = (
  servers: number,
  load: number,
  lighter?: Float64Array,
  isEnough?: (unfinished: Float64Array) => boolean,
): Float64Array => {
  const arriving = poisson(load);
  // The queue falls geometrically; its rate by the heavy-traffic limit, with room to spare.
  const decay = (2 * (servers - load)) / load;
  const size = servers + arriving.length + Math.min(4000, Math.ceil(22 / decay));
  let now = new Float64Array(size);
  const first = lighter ?? Float64Array.of(1);
  for (let k = 0; k < first.length; k++) now[Math.min(k, size - 1)]! += first[k]!;
  for (let iteration = 1; iteration <= MAX_ITERATIONS; iteration++) {
    const next = new Float64Array(size);
    let rest = 0;
    for (let k = 0; k < size; k++) {
      const probability = now[k]!;
      if (probability < NEGLIGIBLE * 1e-3) continue;
      if (k <= servers) rest += probability;
      else
        for (let more = 0; more < arriving.length; more++) next[Math.min(size - 1, k - servers + more)]! += probability * arriving[more]!;
    }
    for (let more = 0; more < arriving.length; more++) next[more]! += rest * arriving[more]!;
    let change = 0;
    for (let k = 0; k < size; k++) change += Math.abs(next[k]! - now[k]!);
    now = next;
    if (change < NEGLIGIBLE || (iteration % LOOK_EVERY === 0 && isEnough?.(now))) break;
  }
  return now;
};

/** The probability that a request waits longer than a time. */
export const waitsLonger = (servers: number, ratePerSecond: number, serviceSeconds: number, waitSeconds: number): number => {
  const load = ratePerSecond * serviceSeconds;
  if (load <= 0) return 0;
  if (load >= servers) return 1;
  return tailOf(inSystem(servers, load), { servers, ratePerSecond, serviceSeconds, waitSeconds });
};

interface Queue {
  readonly servers: number;
  readonly ratePerSecond: number;
  readonly serviceSeconds: number;
  readonly waitSeconds: number;
}

const tailOf = (system: Float64Array, { servers, ratePerSecond, serviceSeconds, waitSeconds }: Queue): number => {
  const whole = Math.floor(waitSeconds / serviceSeconds + 1e-12);
  const rest = Math.max(0, waitSeconds - whole * serviceSeconds);
  const most = (whole + 1) * servers - 1;
  const arriving = poisson(ratePerSecond * (serviceSeconds - rest));
  const cumulative = new Float64Array(arriving.length);
  let sum = 0;
  for (let k = 0; k < arriving.length; k++) {
    sum += arriving[k]!;
    cumulative[k] = sum;
  }
  let within = 0;
  for (let k = 0; k < system.length; k++) {
    const left = most - Math.max(k - servers, 0);
    if (left >= 0) within += system[k]! * cumulative[Math.min(left, cumulative.length - 1)]!;
  }
  return Math.min(1, Math.max(0, 1 - within));
};

/** Steps to the highest rate: each halves what is left, so that the last is one part in 2,000. */
const HALVINGS = 11;

/**
 * The highest rate per second at which at most a share of the requests waits longer than a time: an upper end of a narrow interval,
 * so that a bound that follows from it is never too high.
 */
export const highestRate = (servers: number, serviceSeconds: number, waitSeconds: number, mayWaitLonger: number): number => {
  if (waitSeconds < 0) return 0;
  let low = 0;
  let high = servers / serviceSeconds;
  let lighter: Float64Array | undefined;
  for (let halving = 0; halving < HALVINGS; halving++) {
    const middle = (low + high) / 2;
    const queue = { servers, ratePerSecond: middle, serviceSeconds, waitSeconds };
    const isTooMuch = (system: Float64Array): boolean => tailOf(system, queue) > mayWaitLonger;
    const system = inSystem(servers, middle * serviceSeconds, lighter, isTooMuch);
    if (isTooMuch(system)) high = middle;
    else {
      low = middle;
      lighter = system;
    }
  }
  return high;
};
