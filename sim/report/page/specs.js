// biome-ignore-all lint/correctness/noUnusedVariables: the scripts of the page share one scope
// What is plotted.

/** @param {readonly ColouredName[]} names @param {(policy: Policy) => Values[]} columns @param {(value: number) => string} format */
const colouredEntries = (names, columns, format) =>
  names.map(({ name, colour, tint }, index) => ({
    name,
    colour: () => paletteColour(colour, tint),
    look: /** @type {const} */ ('fill'),
    values: (/** @type {number} */ policy) => columns(/** @type {Policy} */ (run.policies[policy]))[index] ?? [],
    format,
  }));

/**
 * Lines of the other policies beside the one shown.
 * @param {string} what
 * @param {(policy: Policy) => Values} column
 * @param {(value: number) => string} format
 * @returns {Entry[]}
 */
const otherEntries = (what, column, format) =>
  run.policies.slice(1).map((_, slot) => ({
    get name() {
      return `${what}${run.policies[otherPolicies()[slot] ?? 0]?.name}`;
    },
    colour: () => themeColour(slot === 0 ? 'other-0' : 'other-1'),
    look: 'dash',
    values: () => column(/** @type {Policy} */ (run.policies[otherPolicies()[slot] ?? 0])),
    format,
  }));

/** @param {(policy: Policy) => Values[]} columns One scale for all policies, so that switching between them compares. */
const topOf = (columns) => {
  const all = run.policies.flatMap(columns);
  return (/** @type {number} */ start, /** @type {number} */ end) => Math.max(...all.map((values) => highest(values, start, end)));
};

/** @param {(policy: Policy) => Values} column @param {string} name @param {Entry['look']} look @param {string} colour @param {(value: number) => string} format @returns {Entry} */
const lineEntry = (column, name, look, colour, format) => ({
  name,
  colour: () => themeColour(colour),
  look,
  values: (policy) => column(/** @type {Policy} */ (run.policies[policy])),
  format,
});

/** @returns {PlotSpec[]} */
const plotSpecs = () => {
  const { latencySeconds, percentile } = run.objective;
  /** @param {number} known @returns {Entry['look']} */
  const look = (known) => (known === percentile ? 'line' : 'thin');
  const p99Top = topOf((policy) => [policy.latency.p99]);
  /** @type {PlotSpec[]} */
  const specs = [
    {
      id: 'requests',
      title: 'Requests by unit',
      unit: 'requests per minute',
      height: 220,
      stacked: true,
      stepped: false,
      entries: () => colouredEntries(run.units, (policy) => policy.requests, grouped),
      tick: plain,
      top: topOf((policy) => [totals(policy.requests)]),
    },
    {
      id: 'shares',
      title: 'Shares of the traffic',
      unit: 'percent of requests, by the weights of the router',
      height: 180,
      stacked: true,
      stepped: true,
      entries: () => colouredEntries(run.units, (policy) => policy.shares, percent),
      tick: (value) => `${Math.round(100 * value)}%`,
      top: () => 1,
    },
    {
      id: 'latency',
      title: 'Latency',
      unit: 'seconds, percentiles of each minute',
      height: 220,
      stacked: false,
      stepped: false,
      entries: () => [
        lineEntry((policy) => policy.latency.p50, 'p50', look(50), 'p50', seconds),
        lineEntry((policy) => policy.latency.p95, 'p95', look(95), 'p95', seconds),
        lineEntry((policy) => policy.latency.p99, 'p99', look(99), 'p99', seconds),
        ...otherEntries('p95 of ', (policy) => policy.latency.p95, seconds),
      ],
      tick: (value, values) => `${plain(value, values)} s`,
      top: (start, end) => Math.max(latencySeconds * 1.25, p99Top(start, end)),
      mark: { value: latencySeconds, label: `objective ${Number(latencySeconds.toFixed(3))} s` },
      logarithmic: p99Top(0, run.x.length - 1) > 5 * latencySeconds,
    },
    {
      id: 'pods',
      title: 'Ready pods by pool',
      unit: 'pods',
      height: 200,
      stacked: true,
      stepped: true,
      entries: () => colouredEntries(run.pools, (policy) => policy.pods, grouped),
      tick: plain,
      top: topOf((policy) => [totals(policy.pods)]),
    },
    {
      id: 'cost',
      title: 'Cost rate',
      unit: 'US dollars per hour',
      height: 170,
      stacked: false,
      stepped: true,
      entries: () => [
        lineEntry((policy) => policy.cost, run.policies.length > 1 ? 'this policy' : 'cost rate', 'line', 'p95', dollars),
        ...otherEntries('', (policy) => policy.cost, dollars),
      ],
      tick: (value, values) => `$${plain(value, values)}`,
      top: topOf((policy) => [policy.cost]),
    },
    {
      id: 'bands',
      title: 'Strategies and shortages',
      unit: '',
      height: bandsHeight(),
      stacked: false,
      stepped: false,
      bandsOnly: true,
      entries: () => [],
      tick: () => '',
      top: () => 1,
    },
  ];
  if (run.policies.some((policy) => policy.failed.some((value) => (value ?? 0) > 0)))
    specs.splice(1, 0, {
      id: 'failed',
      title: 'Failed requests',
      unit: 'requests per minute',
      height: 130,
      stacked: false,
      stepped: true,
      entries: () => [
        {
          ...lineEntry((policy) => policy.failed, run.policies.length > 1 ? 'this policy' : 'failed', 'line', 'failed', grouped),
          resting: 'total',
        },
        ...otherEntries('', (policy) => policy.failed, grouped).map((entry) =>
          Object.assign(entry, { resting: /** @type {const} */ ('total') }),
        ),
      ],
      tick: plain,
      top: topOf((policy) => [policy.failed]),
    });
  return specs;
};
