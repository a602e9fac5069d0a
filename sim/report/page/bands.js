// biome-ignore-all lint/correctness/noUnusedVariables: the scripts of the page share one scope
// Strategies and shortages: bands of their own, and shaded across every other plot.

/** Strategies in the order of their palette. */
const STRATEGY_COLOURS = ['strategy-0', 'strategy-1', 'strategy-2', 'strategy-3'];

/** @param {number} strategy */
const strategyColour = (strategy) => STRATEGY_COLOURS[run.strategyColours[strategy] ?? 3] ?? 'strategy-3';

/** @param {number} strategy */
const isShaded = (strategy) => run.markedStrategies[strategy] ?? true;

const NARROW_BAND_PIXELS = 12;

/** @type {Map<string, CanvasPattern | null>} */
const hatchCache = new Map();

/**
 * Diagonal lines: they show on any colour, and without colour.
 * @param {CanvasRenderingContext2D} context
 * @param {string} colour
 */
const hatch = (context, colour) => {
  const key = `${colour}@${uPlot.pxRatio}`;
  const known = hatchCache.get(key);
  if (known !== undefined) return known;
  const size = Math.round(7 * uPlot.pxRatio);
  const tile = element('canvas');
  tile.width = size;
  tile.height = size;
  const pen = tile.getContext('2d');
  if (!pen) return null;
  pen.strokeStyle = colour;
  pen.lineWidth = uPlot.pxRatio;
  pen.beginPath();
  for (const shift of [-size, 0, size]) {
    pen.moveTo(shift, size);
    pen.lineTo(shift + size, 0);
  }
  pen.stroke();
  const made = context.createPattern(tile, 'repeat');
  hatchCache.set(key, made);
  return made;
};

/**
 * Left edge and width of a span on the canvas, cut to the plot.
 * @param {Plot} plot
 * @param {{from: number, to: number}} span
 */
const spanOnCanvas = (plot, span) => {
  const { left, width } = plot.bbox;
  const from = Math.max(left, plot.valToPos(span.from, 'x', true));
  const to = Math.min(left + width, plot.valToPos(span.to, 'x', true));
  return to > left && from < left + width ? { x: from, width: Math.max(uPlot.pxRatio, to - from) } : undefined;
};

/**
 * Under the curves: a wash for every strategy but the ordinary one.
 * @param {Plot} plot
 */
const shadeStrategies = (plot) => {
  const { ctx, bbox } = plot;
  ctx.save();
  for (const span of shownPolicy().strategies) {
    const place = isShaded(span.strategy) ? spanOnCanvas(plot, span) : undefined;
    if (!place) continue;
    ctx.fillStyle = themeColour(`${strategyColour(span.strategy)}-wash`);
    ctx.fillRect(place.x, bbox.top, place.width, bbox.height);
  }
  ctx.restore();
};

/**
 * Over the curves: shortages hatched, and a strip at the top for the strategy, which an area that fills the plot would hide.
 * @param {Plot} plot
 */
const shadeShortages = (plot) => {
  const { ctx, bbox } = plot;
  ctx.save();
  for (const span of shownPolicy().strategies) {
    const place = isShaded(span.strategy) ? spanOnCanvas(plot, span) : undefined;
    if (!place) continue;
    ctx.fillStyle = themeColour(strategyColour(span.strategy));
    ctx.fillRect(place.x, bbox.top, place.width, 3 * uPlot.pxRatio);
  }
  for (const span of shownPolicy().shortages) {
    const place = spanOnCanvas(plot, span);
    const pattern = hatch(ctx, themeColour('hatch'));
    if (!place || !pattern) continue;
    // In a narrow band the edges would be all there is to see.
    const narrow = place.width < NARROW_BAND_PIXELS * uPlot.pxRatio;
    ctx.fillStyle = narrow ? themeColour('hatch') : pattern;
    ctx.fillRect(place.x, bbox.top, place.width, bbox.height);
    if (narrow) continue;
    ctx.fillStyle = themeColour('shortage');
    for (const edge of [span.from, span.to]) {
      const at = plot.valToPos(edge, 'x', true);
      if (at >= bbox.left && at <= bbox.left + bbox.width) ctx.fillRect(Math.round(at), bbox.top, uPlot.pxRatio, bbox.height);
    }
  }
  ctx.restore();
};

const BAND_ROW_PIXELS = 36;

const bandsHeight = () => BAND_ROW_PIXELS * (1 + run.shortagePools.length) + 44;

/**
 * The plot of the bands themselves: a row for the strategy, a row for each pool that was ever in shortage.
 * @param {Plot} plot
 */
const drawBands = (plot) => {
  const { ctx, bbox } = plot;
  const ratio = uPlot.pxRatio;
  const policy = shownPolicy();
  ctx.save();
  ctx.font = `${11 * ratio}px ${cssValue('font')}`;
  ctx.textAlign = 'left';
  ctx.textBaseline = 'alphabetic';
  /**
   * @param {number} row
   * @param {string} label
   * @param {{from: number, to: number, colour: string, hatched: boolean, text: string}[]} spans
   */
  const drawRow = (row, label, spans) => {
    const top = bbox.top + row * BAND_ROW_PIXELS * ratio + 4 * ratio;
    const barTop = top + 15 * ratio;
    const barHeight = 14 * ratio;
    ctx.fillStyle = themeColour('muted');
    ctx.fillText(label, bbox.left + 2 * ratio, top + 10 * ratio);
    ctx.fillStyle = themeColour('track');
    ctx.fillRect(bbox.left, barTop, bbox.width, barHeight);
    for (const span of spans) {
      const place = spanOnCanvas(plot, span);
      if (!place) continue;
      ctx.fillStyle = themeColour(span.colour);
      ctx.fillRect(place.x, barTop, place.width, barHeight);
      if (span.text && place.width > ctx.measureText(span.text).width + 12 * ratio) {
        ctx.fillStyle = themeColour(`${span.colour}-ink`);
        ctx.fillText(span.text, place.x + 6 * ratio, barTop + 11 * ratio);
      }
      const pattern = span.hatched ? hatch(ctx, themeColour('surface')) : null;
      if (pattern) {
        ctx.fillStyle = pattern;
        ctx.fillRect(place.x, barTop, place.width, barHeight);
      }
    }
  };
  drawRow(
    0,
    'Strategy',
    policy.strategies.map(({ from, to, strategy }) => ({
      from,
      to,
      colour: strategyColour(strategy),
      hatched: false,
      text: run.strategies[strategy] ?? '',
    })),
  );
  run.shortagePools.forEach((pool, index) => {
    const spans = policy.shortages.filter((span) => span.pool === index);
    drawRow(
      index + 1,
      `Shortage of ${pool}`,
      spans.map(({ from, to }) => ({ from, to, colour: 'shortage', hatched: true, text: '' })),
    );
  });
  ctx.restore();
};
