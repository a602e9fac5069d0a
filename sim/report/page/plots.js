// biome-ignore-all lint/correctness/noUnusedVariables: the scripts of the page share one scope
// How each plot is drawn.

const Y_AXIS_PIXELS = 54;

/** Distances between labels of the time axis: a minute to eight weeks. */
const TIME_STEPS_SECONDS = [60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800, 1209600, 4838400];

/** Distances between labels where only whole numbers make sense. */
const WHOLE_STEPS = [1, 10, 100, 1000, 10_000, 100_000].flatMap((power) => [
  power,
  2 * power,
  ...(power > 1 ? [2.5 * power] : []),
  5 * power,
]);

/**
 * The data of a plot, its last entry first: what is named first is drawn over the others.
 * Stacked plots draw sums from the top of the stack down, each area over the one before.
 * @param {PlotSpec} spec
 * @returns {PlotData}
 */
const plotData = (spec) => {
  const columns = spec.entries().map((entry) => entry.values(shown.policy));
  if (spec.bandsOnly) return [run.x, run.x.map(() => null)];
  if (!spec.stacked) return [run.x, ...columns.reverse()];
  /** @type {number[][]} */
  const sums = [];
  columns.forEach((column, index) => {
    sums.push(run.x.map((_, at) => (sums[index - 1]?.[at] ?? 0) + (column[at] ?? 0)));
  });
  return [run.x, ...sums.reverse()];
};

/** @param {PlotSpec} spec @returns {PlotSeries[]} */
const plotSeries = (spec) => {
  if (spec.bandsOnly) return [{}, { show: false }];
  const paths = spec.stepped ? uPlot.paths.stepped?.({ align: 1 }) : uPlot.paths.linear?.();
  const entries = spec.entries();
  return [
    {},
    ...entries.reverse().map((entry) => {
      /** @type {PlotSeries} */
      const series = {
        label: entry.name,
        stroke: () => entry.colour(),
        width: spec.stacked ? 0 : entry.look === 'line' ? 1.75 : entry.look === 'thin' ? 1 : 1.25,
        points: { show: false },
      };
      if (paths) series.paths = paths;
      if (spec.stacked) series.fill = () => entry.colour();
      if (entry.look === 'dash') series.dash = [5, 4];
      return series;
    }),
  ];
};

/**
 * The objective: a dashed line with its label above.
 * @param {Plot} plot
 * @param {{value: number, label: string}} mark
 */
const drawMark = (plot, mark) => {
  const { ctx, bbox } = plot;
  const ratio = uPlot.pxRatio;
  const y = Math.round(plot.valToPos(mark.value, 'y', true));
  if (y < bbox.top || y > bbox.top + bbox.height) return;
  ctx.save();
  ctx.strokeStyle = themeColour('objective');
  ctx.lineWidth = 1.5 * ratio;
  ctx.setLineDash([7 * ratio, 4 * ratio]);
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.setLineDash([]);
  ctx.font = `600 ${11 * ratio}px ${cssValue('font')}`;
  ctx.textAlign = 'right';
  ctx.textBaseline = 'alphabetic';
  ctx.lineWidth = 4 * ratio;
  ctx.lineJoin = 'round';
  ctx.strokeStyle = themeColour('surface');
  const x = bbox.left + bbox.width - 4 * ratio;
  ctx.strokeText(mark.label, x, y - 6 * ratio);
  ctx.fillStyle = themeColour('objective');
  ctx.fillText(mark.label, x, y - 6 * ratio);
  ctx.restore();
};

/** Labels of the time axis: the day at midnight (or first), else the time. @param {number[]} splits */
const timeLabels = (splits) =>
  splits.map((split, index) => {
    const midnight = clock(split) === '00:00';
    const first = index === 0 || dayOf(split) !== dayOf(splits[index - 1] ?? 0);
    return midnight ? dayOf(split) : first ? `${clock(split)}\n${dayOf(split)}` : clock(split);
  });

/** 1, 2, 5, 10, 20, ... between two ends. @param {number} low @param {number} high */
const decades = (low, high) => {
  /** @type {number[]} */
  const values = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power += 1)
    for (const factor of [1, 2, 5]) {
      const value = Number(`${factor}e${power}`);
      if (value >= low && value <= high) values.push(value);
    }
  return values;
};

/**
 * @param {PlotSpec} spec
 * @param {number} width
 * @returns {PlotOptions}
 */
const plotOptions = (spec, width) => {
  const axis = {
    stroke: () => themeColour('muted'),
    font: `11px ${cssValue('font')}`,
    grid: { stroke: () => themeColour('grid'), width: 1 },
    ticks: { show: false },
  };
  const lowest = Math.min(...run.policies.flatMap((policy) => policy.latency.p50.map((value) => value || Number.MAX_VALUE)));
  return {
    width,
    height: spec.height,
    padding: [6, 20, 0, 0],
    // The type of the names is an enumeration of which a script has no values.
    drawOrder: /** @type {any} */ (spec.stacked ? ['series', 'axes'] : ['axes', 'series']),
    tzDate: (stamp) => uPlot.tzDate(new Date(stamp * 1000), 'Etc/UTC'),
    legend: { show: false },
    select: { show: true, left: 0, top: 0, width: 0, height: 0 },
    cursor: { y: false, drag: { x: true, y: false, setScale: false }, points: { show: !spec.stacked && !spec.bandsOnly, size: 7 } },
    scales: {
      x: { time: true, range: () => [shown.from, shown.to] },
      y: {
        distr: spec.logarithmic ? 3 : 1,
        range: () => {
          const top = spec.top(indexAt(shown.from), indexAt(shown.to));
          return spec.logarithmic
            ? [Math.min(lowest, run.objective.latencySeconds) * 0.8, top * 1.2]
            : [0, (top || 1) * (spec.id === 'shares' || spec.bandsOnly ? 1 : 1.06)];
        },
      },
    },
    axes: [
      {
        ...axis,
        size: (_, labels) => (labels?.some((label) => label.includes('\n')) ? 42 : 28),
        gap: 6,
        space: 64,
        incrs: TIME_STEPS_SECONDS,
        values: (_, splits) => timeLabels(splits),
      },
      {
        ...axis,
        size: Y_AXIS_PIXELS,
        gap: 6,
        space: 34,
        show: true,
        ...(spec.id === 'shares' ? { splits: () => [0, 0.25, 0.5, 0.75, 1] } : {}),
        ...(spec.id === 'pods' || spec.id === 'failed' || spec.id === 'requests' ? { incrs: WHOLE_STEPS } : {}),
        ...(spec.bandsOnly ? { grid: { show: false } } : {}),
        ...(spec.logarithmic ? { splits: (_, _axis, low, high) => decades(low, high), filter: (_, splits) => splits } : {}),
        values: (_, splits) => splits.map((value) => (value === null ? '' : spec.tick(value, spec.logarithmic ? [0, value] : splits))),
      },
    ],
    bands: spec.id === 'latency' ? [{ series: [run.policies.length, run.policies.length + 2], fill: () => themeColour('spread') }] : [],
    series: plotSeries(spec),
    hooks: {
      drawClear: spec.bandsOnly ? [] : [shadeStrategies],
      draw: [
        (plot) => {
          if (spec.bandsOnly) drawBands(plot);
          else shadeShortages(plot);
          if (spec.mark) drawMark(plot, spec.mark);
        },
      ],
    },
  };
};
