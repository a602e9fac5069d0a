// biome-ignore-all lint/correctness/noUnusedVariables: the scripts of the page share one scope
// The run's data, unpacked, and what is computed of it.

/**
 * @param {PackedColumn} column
 * @param {number} scale What one unit of the packed numbers is.
 * @returns {Values}
 */
const unpackColumn = (column, scale) => {
  /** @param {number | null} value */
  const scaled = (value) => (value === null ? null : value / scale);
  if (!('runs' in column)) return column.map(scaled);
  /** @type {Values} */
  const values = [];
  for (let at = 0; at < column.runs.length; at += 2) {
    const value = scaled(column.runs[at] ?? null);
    for (let left = column.runs[at + 1] ?? 0; left > 0; left -= 1) values.push(value);
  }
  return values;
};

/**
 * @param {PageData} data
 * @returns {Run}
 */
const unpackRun = (data) => {
  let time = data.startSeconds;
  const x = unpackColumn(data.minuteSeconds, 1).map((step) => {
    time += step ?? 0;
    return time;
  });
  const policies = data.policies.map((packed) => ({
    name: packed.policy,
    requests: packed.requests.map((column) => unpackColumn(column, 1)),
    failed: unpackColumn(packed.failed, 1),
    shares: packed.sharesPermille.map((column) => unpackColumn(column, 1000)),
    latency: {
      p50: unpackColumn(packed.latencyMilliseconds.p50, 1000),
      p95: unpackColumn(packed.latencyMilliseconds.p95, 1000),
      p99: unpackColumn(packed.latencyMilliseconds.p99, 1000),
    },
    pods: packed.pods.map((column) => unpackColumn(column, 1)),
    cost: unpackColumn(packed.costCentsPerHour, 100),
    strategies: packed.strategies.map(([from, to, strategy]) => ({ from: data.startSeconds + from, to: data.startSeconds + to, strategy })),
    shortages: packed.shortages.map(([from, to, pool]) => ({ from: data.startSeconds + from, to: data.startSeconds + to, pool })),
    log: packed.log.times.map((seconds, at) => {
      const what = packed.log.texts[packed.log.what[at] ?? -1] ?? '';
      const why = packed.log.texts[packed.log.why[at] ?? -1] ?? '';
      return {
        time: data.startSeconds + seconds,
        strategy: packed.log.strategies[at] ?? -1,
        what,
        why,
        text: `${what}\n${why}`.toLowerCase(),
      };
    }),
  }));
  const { objective, units, pools, shortagePools, strategies, strategyColours, markedStrategies } = data;
  return { x, objective, units, pools, shortagePools, strategies, strategyColours, markedStrategies, policies };
};

/** @type {PageData} */
const pageData = JSON.parse(byId('data').textContent ?? '{}');

/** Unix seconds of the start of the scenario. */
const startSeconds = pageData.startSeconds;

/** @type {Run} */
const run = unpackRun(pageData);

/** What is shown at present: the policy, the part of the axis (Unix seconds) and the minute under the crosshair. */
const shown = {
  policy: 0,
  from: run.x[0] ?? 0,
  to: run.x[run.x.length - 1] ?? 1,
  /** @type {number | null} */
  at: null,
};

const shownPolicy = () => /** @type {Policy} */ (run.policies[shown.policy]);

/** @returns {number[]} The other policies, in their order. */
const otherPolicies = () => run.policies.map((_, index) => index).filter((index) => index !== shown.policy);

/**
 * First index of the axis at or after a time.
 * @param {number} time Unix seconds.
 */
const indexAt = (time) => {
  let low = 0;
  let high = run.x.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((run.x[middle] ?? 0) < time) low = middle + 1;
    else high = middle;
  }
  return low;
};

/** @param {Values[]} columns */
const totals = (columns) => run.x.map((_, at) => columns.reduce((sum, column) => sum + (column[at] ?? 0), 0));

/**
 * @param {Values} values
 * @param {number} start
 * @param {number} end Included.
 */
const highest = (values, start, end) => {
  let top = 0;
  for (let at = start; at <= end; at += 1) top = Math.max(top, values[at] ?? 0);
  return top;
};

/**
 * @param {Values} values
 * @param {number} start
 * @param {number} end Included.
 */
const sumOf = (values, start, end) => values.slice(start, end + 1).reduce((/** @type {number} */ sum, value) => sum + (value ?? 0), 0);

/**
 * The median minute.
 * @param {Values} values
 * @param {number} start
 * @param {number} end Included.
 * @returns {number | null}
 */
const median = (values, start, end) => {
  const known = /** @type {number[]} */ (values.slice(start, end + 1).filter((value) => value !== null)).sort((one, other) => one - other);
  return known[known.length >> 1] ?? null;
};

/**
 * The strategy at a time, in words.
 * @param {number} time Unix seconds.
 */
const strategyAt = (time) => {
  const span = shownPolicy().strategies.find(({ from, to }) => from <= time && time < to);
  return span ? (run.strategies[span.strategy] ?? '') : '';
};

/**
 * Pools in shortage at a time.
 * @param {number} time Unix seconds.
 */
const shortagesAt = (time) => [
  ...new Set(
    shownPolicy()
      .shortages.filter(({ from, to }) => from <= time && time < to)
      .map(({ pool }) => run.shortagePools[pool] ?? ''),
  ),
];
