// biome-ignore-all lint/correctness/noUnusedVariables: the scripts of the page share one scope
// One time axis for all plots: crosshair, zoom, legends and tooltips.

/** @type {DrawnPlot[]} */
const drawnPlots = [];

const axisStart = run.x[0] ?? 0;
const axisEnd = run.x[run.x.length - 1] ?? 1;
const SHORTEST_VIEW_SECONDS = 600;

/** @param {Entry} entry @param {number | null | undefined} value */
const entryText = (entry, value) => (value === null || value === undefined ? 'none' : entry.format(value));

/** @param {Entry} entry @param {Values} column @param {number} start @param {number} end */
const restingText = (entry, column, start, end) =>
  entry.resting === 'total' ? `${entryText(entry, sumOf(column, start, end))} in view` : entryText(entry, median(column, start, end));

/** Values at the crosshair, or of the median minute in view. */
const refreshLegends = () => {
  const start = indexAt(shown.from);
  const end = indexAt(shown.to);
  for (const { spec, values } of drawnPlots)
    spec.entries().forEach((entry, index) => {
      const column = entry.values(shown.policy);
      const target = values[index];
      if (target) target.textContent = shown.at === null ? restingText(entry, column, start, end) : entryText(entry, column[shown.at]);
    });
  const readout = byId('readout');
  if (shown.at === null)
    readout.replaceChildren(
      `${instant(shown.from)} to ${instant(shown.to)} UTC`,
      element('span', 'aside', 'legends: median minute in view'),
    );
  else {
    const time = run.x[shown.at] ?? 0;
    const short = shortagesAt(time);
    const state = [strategyAt(time), short.length > 0 ? `shortage of ${short.join(', ')}` : ''].filter(Boolean).join(', ');
    readout.replaceChildren(`${instant(time)} UTC`, element('span', 'aside', state));
  }
};

/** Everything known at the crosshair, as rows of the tooltip. @param {DrawnPlot} drawn @param {number} at */
const tooltipRows = (drawn, at) => {
  const time = run.x[at] ?? 0;
  const rows = [element('p', 'time', `${instant(time)} UTC`)];
  const list = element('ul');
  const entries = drawn.spec.entries();
  const ordered = drawn.spec.stacked ? [...entries].reverse() : entries;
  for (const entry of ordered) {
    const row = element('li');
    row.append(
      swatch(entry),
      element('span', 'name', entry.name),
      element('span', 'number', entryText(entry, entry.values(shown.policy)[at])),
    );
    list.append(row);
  }
  if (drawn.spec.stacked && entries.length > 1 && drawn.spec.id !== 'shares') {
    const total = entries.reduce((sum, entry) => sum + (entry.values(shown.policy)[at] ?? 0), 0);
    const row = element('li', 'total');
    row.append(element('i'), element('span', 'name', 'all'), element('span', 'number', grouped(total)));
    list.append(row);
  }
  const strategy = strategyAt(time);
  const short = shortagesAt(time);
  const state = element(
    'p',
    'state',
    [strategy && `Strategy ${strategy}`, ...short.map((pool) => `Shortage of ${pool}`)].filter(Boolean).join('\n'),
  );
  return [...rows, list, state];
};

/** @param {Entry} entry */
const swatch = (entry) => {
  const mark = element('i', `swatch ${entry.look}`);
  mark.style.setProperty('--swatch', entry.colour());
  return mark;
};

/** Moves the crosshair of every plot. @param {number | null} at @param {DrawnPlot} [pointed] The plot whose tooltip opens. */
const moveCrosshair = (at, pointed) => {
  shown.at = at;
  for (const drawn of drawnPlots) {
    const { plot, tooltip, canvas } = drawn;
    const left = at === null ? -10 : plot.valToPos(run.x[at] ?? 0, 'x');
    if (drawn !== pointed || !pointerInside) plot.setCursor({ left, top: at === null ? -10 : plot.over.clientHeight / 2 }, false);
    tooltip.hidden = drawn !== pointed || at === null;
    if (tooltip.hidden || at === null) continue;
    tooltip.replaceChildren(...tooltipRows(drawn, at));
    const x = left + Y_AXIS_PIXELS;
    const room = canvas.clientWidth;
    const width = tooltip.offsetWidth;
    const beside = x + 14 + width <= room ? x + 14 : x - 14 - width;
    tooltip.style.left = `${Math.max(0, Math.min(room - width, beside))}px`;
  }
  refreshLegends();
};

let pointerInside = false;

/** Shows a part of the axis in every plot. @param {number} from @param {number} to Unix seconds. */
const showRange = (from, to) => {
  const length = Math.min(axisEnd - axisStart, Math.max(SHORTEST_VIEW_SECONDS, to - from));
  const middle = (from + to) / 2;
  shown.from = Math.max(axisStart, Math.min(axisEnd - length, middle - length / 2));
  shown.to = shown.from + length;
  for (const { plot } of drawnPlots) plot.setScale('x', { min: shown.from, max: shown.to });
  refreshLegends();
  document.dispatchEvent(new Event('view-changed'));
};

/** @param {number} factor Above 1 shows more. */
const zoomBy = (factor) => {
  const middle = shown.at === null ? (shown.from + shown.to) / 2 : (run.x[shown.at] ?? 0);
  const half = ((shown.to - shown.from) * factor) / 2;
  showRange(middle - half, middle + half);
};

/** @param {number} part Of the view, negative for earlier. */
const panBy = (part) => {
  const step = (shown.to - shown.from) * part;
  showRange(shown.from + step, shown.to + step);
};

/** @type {Record<string, () => void>} */
const zooms = {
  in: () => zoomBy(0.5),
  out: () => zoomBy(2),
  earlier: () => panBy(-0.5),
  later: () => panBy(0.5),
  all: () => showRange(axisStart, axisEnd),
};

/** @param {KeyboardEvent} event @param {DrawnPlot} drawn */
const onKey = (event, drawn) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const start = indexAt(shown.from);
  const end = indexAt(shown.to);
  const pixelStep = Math.max(1, Math.round((end - start) / 200));
  const step = event.shiftKey ? pixelStep * 10 : pixelStep;
  const at = shown.at ?? Math.round((start + end) / 2);
  /** @type {Record<string, number>} */
  const moves = { ArrowLeft: at - step, ArrowRight: at + step, Home: start, End: end };
  const target = moves[event.key];
  if (target !== undefined) {
    const next = Math.max(0, Math.min(run.x.length - 1, target));
    if (next < start) panBy(-0.25);
    if (next > end) panBy(0.25);
    moveCrosshair(next, drawn);
    const spoken = drawn.spec.entries().map((entry) => `${entry.name} ${entryText(entry, entry.values(shown.policy)[next])}`);
    byId('announcer').textContent = [
      instant(run.x[next] ?? 0),
      ...spoken,
      strategyAt(run.x[next] ?? 0),
      ...shortagesAt(run.x[next] ?? 0).map((pool) => `shortage of ${pool}`),
    ].join(', ');
  } else if (event.key === '+' || event.key === '=') zooms.in?.();
  else if (event.key === '-') zooms.out?.();
  else if (event.key === '0') zooms.all?.();
  else if (event.key === 'Escape') moveCrosshair(null);
  else return;
  event.preventDefault();
};

/** @param {DrawnPlot} drawn */
const listen = (drawn) => {
  const { plot, figure } = drawn;
  const { over } = plot;
  /** @param {PointerEvent} event */
  const follow = (event) => {
    const left = event.clientX - over.getBoundingClientRect().left;
    if (left < 0 || left > over.clientWidth) return;
    pointerInside = event.pointerType === 'mouse';
    moveCrosshair(plot.posToIdx(left), drawn);
  };
  over.addEventListener('pointermove', follow);
  over.addEventListener('pointerdown', follow);
  over.addEventListener('pointerleave', (event) => {
    pointerInside = false;
    // A finger that lifts leaves its crosshair, for reading.
    if (event.pointerType === 'mouse') moveCrosshair(null);
  });
  over.addEventListener('dblclick', () => zooms.all?.());
  figure.addEventListener('keydown', (event) => onKey(event, drawn));
};

/** @param {PlotSpec} spec @param {HTMLElement} place */
const drawPlot = (spec, place) => {
  const figure = element('figure', `plot ${spec.id}`);
  const head = element('figcaption');
  const title = element('h3', '', spec.title);
  title.id = `plot-${spec.id}`;
  head.append(title, element('span', 'unit', spec.unit + (spec.logarithmic ? ', logarithmic' : '')));
  const legend = element('ul', 'legend');
  const canvas = element('div', 'canvas');
  canvas.tabIndex = 0;
  canvas.setAttribute('role', 'application');
  canvas.setAttribute('aria-labelledby', title.id);
  const tooltip = element('div', 'tooltip');
  tooltip.hidden = true;
  tooltip.setAttribute('aria-hidden', 'true');
  figure.append(head, legend, canvas);
  place.append(figure);
  const plot = new uPlot(plotOptions(spec, canvas.clientWidth), plotData(spec), canvas);
  canvas.append(tooltip);
  /** @type {DrawnPlot} */
  const drawn = { spec, plot, figure, canvas, tooltip, values: [] };
  plot.hooks.setSelect = [
    () => {
      const { left, width } = plot.select;
      plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
      if (width > 4) showRange(plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x'));
    },
  ];
  drawnPlots.push(drawn);
  listen(drawn);
};

/** Legends name what is drawn; their colours and the other policies' names change with theme and policy. */
const buildLegends = () => {
  for (const drawn of drawnPlots) {
    const legend = /** @type {HTMLElement} */ (drawn.figure.querySelector('.legend'));
    drawn.values = [];
    const items = drawn.spec.entries().map((entry) => {
      const item = element('li');
      const value = element('span', 'number');
      item.append(swatch(entry), element('span', 'name', entry.name), value);
      drawn.values.push(value);
      return item;
    });
    if (drawn.spec.id === 'bands') items.push(...bandLegend());
    legend.replaceChildren(...items);
  }
  refreshLegends();
};

/** How strategies and shortages look across the other plots. */
const bandLegend = () => {
  const present = [...new Set(run.policies.flatMap((policy) => policy.strategies.map(({ strategy }) => strategy)))];
  const items = present.map((strategy) => {
    const item = element('li');
    const mark = element('i', 'swatch fill');
    mark.style.setProperty('--swatch', themeColour(strategyColour(strategy)));
    item.append(mark, element('span', 'name', run.strategies[strategy] ?? ''));
    return item;
  });
  if (run.shortagePools.length > 0) {
    const item = element('li');
    item.append(element('i', 'swatch hatched'), element('span', 'name', 'shortage, hatched in every plot'));
    items.push(item);
  }
  return items;
};

/** After a change of policy. */
const refreshPlots = () => {
  for (const { spec, plot } of drawnPlots) {
    plot.setData(plotData(spec), false);
    plot.setScale('x', { min: shown.from, max: shown.to });
  }
  buildLegends();
};

/** After a change of theme. */
const repaintPlots = () => {
  colourCache.clear();
  for (const { plot } of drawnPlots) plot.redraw(false, true);
  buildLegends();
};

const resizePlots = () => {
  for (const { spec, plot, canvas } of drawnPlots) {
    const width = canvas.clientWidth;
    if (width > 0 && width !== plot.width) plot.setSize({ width, height: spec.height });
  }
};
