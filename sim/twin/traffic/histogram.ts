/**
 * Histograms of latency with logarithmic buckets: the upper bits of the single-precision form of the latency, its exponent and
 * six bits of its fraction, are the bucket. A bucket is 1/64 of its lower bound wide and stands for its middle, so that
 * percentiles are within 1/128 (0.8 %) of a latency that occurred.
 */

const float = new Float32Array(1);
const bits = new Int32Array(float.buffer);
const DROPPED_BITS = 17;

const bitsOf = (value: number): number => {
  float[0] = value;
  return bits[0]!;
};

/** Shorter latencies count as this one: 2^-14 s, 61 microseconds. */
export const SHORTEST_SECONDS = 1 / 16384;
/** Longer latencies count as this one: 2^12 s, 68 minutes. */
export const MAX_SECONDS = 4096;

const FIRST = bitsOf(SHORTEST_SECONDS) >>> DROPPED_BITS;

/** Buckets of one histogram. */
export const BUCKETS = (bitsOf(MAX_SECONDS) >>> DROPPED_BITS) - FIRST;

/** The bucket of a latency of at least 0 seconds. */
export const bucketOf = (latencySeconds: number): number => {
  float[0] = latencySeconds;
  const bucket = (bits[0]! >>> DROPPED_BITS) - FIRST;
  return bucket < 0 ? 0 : bucket >= BUCKETS ? BUCKETS - 1 : bucket;
};

const lowerBound = (bucket: number): number => {
  bits[0] = (bucket + FIRST) << DROPPED_BITS;
  return float[0]!;
};

/** Counts by bucket; more than one histogram may lie in one array, each at its own offset. */
export type Counts = Uint32Array | Float64Array;

/** Adds one histogram to another. */
export const addCounts = (target: Counts, source: Counts, sourceOffset = 0): void => {
  for (let bucket = 0; bucket < BUCKETS; bucket += 1) target[bucket]! += source[sourceOffset + bucket]!;
};

/**
 * The latency that a percentage of all counted ones does not exceed (nearest rank), in seconds; `undefined` without any.
 *
 * @param percentile above 0, at most 100.
 */
export const percentileOf = (counts: Counts, percentile: number, offset = 0): number | undefined => {
  if (!(percentile > 0 && percentile <= 100)) {
    throw new RangeError(`A percentile was given as ${percentile}, expected above 0 and at most 100.`);
  }
  let total = 0;
  for (let bucket = 0; bucket < BUCKETS; bucket += 1) total += counts[offset + bucket]!;
  if (total === 0) return undefined;
  const rank = Math.ceil((percentile * total) / 100);
  let below = 0;
  for (let bucket = 0; ; bucket += 1) {
    below += counts[offset + bucket]!;
    if (below >= rank) return (lowerBound(bucket) + lowerBound(bucket + 1)) / 2;
  }
};
