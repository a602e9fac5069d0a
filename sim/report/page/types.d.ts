/** Types of the page's scripts: plain browser scripts that share one scope. */

declare const uPlot: typeof import('uplot');
type Plot = import('uplot');
type PlotOptions = import('uplot').Options;
type PlotSeries = import('uplot').Series;
type PlotData = import('uplot').AlignedData;
type PageData = import('../pack').PageData;
type PackedColumn = import('../pack').Column;
type ColouredName = import('../pack').Coloured;

type Values = (number | null)[];

/** One policy's curves, unpacked. Units: requests per minute, share 0 to 1, seconds, pods, US dollars per hour. */
interface Policy {
  name: string;
  requests: Values[];
  failed: Values;
  shares: Values[];
  latency: { p50: Values; p95: Values; p99: Values };
  pods: Values[];
  cost: Values;
  /** Unix seconds. */
  strategies: { from: number; to: number; strategy: number }[];
  shortages: { from: number; to: number; pool: number }[];
  log: { time: number; strategy: number; what: string; why: string; text: string }[];
}

interface Run {
  /** Unix seconds of every minute. */
  x: number[];
  objective: PageData['objective'];
  units: readonly ColouredName[];
  pools: readonly ColouredName[];
  shortagePools: readonly string[];
  strategies: readonly string[];
  strategyColours: readonly number[];
  markedStrategies: readonly boolean[];
  policies: Policy[];
}

/** One line of a plot's legend and tooltip. */
interface Entry {
  name: string;
  /** CSS colour in the present theme. */
  colour: () => string;
  /** How its swatch looks. */
  look: 'fill' | 'line' | 'thin' | 'dash';
  values: (policy: number) => Values;
  format: (value: number) => string;
  /** What the legend shows without a crosshair: the sum of the view; the median minute by default. */
  resting?: 'total';
}

interface PlotSpec {
  id: string;
  title: string;
  unit: string;
  height: number;
  entries: () => Entry[];
  /** Stacked areas, or lines. */
  stacked: boolean;
  stepped: boolean;
  tick: (value: number, values: number[]) => string;
  /** Upper end of the y axis for the minutes from `start` to `end`. */
  top: (start: number, end: number) => number;
  /** Dashed line across the plot. */
  mark?: { value: number; label: string };
  /** The bands alone, no curve. */
  bandsOnly?: boolean;
  logarithmic?: boolean;
}

interface DrawnPlot {
  spec: PlotSpec;
  plot: Plot;
  figure: HTMLElement;
  canvas: HTMLElement;
  tooltip: HTMLElement;
  values: HTMLElement[];
}
