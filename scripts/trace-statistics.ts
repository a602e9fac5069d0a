import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Prints the statistics that generated scenarios rest on (docs/generated-scenarios.md), from a folder of published traces: request rates
 * in `servegen/`, availability of spot in `cant-be-late/`, interruption bands and prices of spot in `spot/`. The traces are not part of
 * the project.
 */

type Row = Readonly<Record<string, string>>;

const rowsOf = (path: string): readonly Row[] => {
  const [head, ...lines] = readFileSync(path, 'utf8').trim().split(/\r?\n/);
  const names = head!.split(',');
  return lines.map((line) => Object.fromEntries(line.split(',').map((value, index) => [names[index]!, value])));
};

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const mean = (values: readonly number[]): number => sum(values) / values.length;
const centred = (values: readonly number[]): readonly number[] => {
  const middle = mean(values);
  return values.map((value) => value - middle);
};
const deviation = (values: readonly number[]): number => Math.sqrt(mean(centred(values).map((value) => value ** 2)));
const quantile = (values: readonly number[], part: number): number =>
  [...values].sort((left, right) => left - right)[Math.floor(part * (values.length - 1))]!;
const correlation = (left: readonly number[], right: readonly number[]): number => {
  const others = centred(right);
  return mean(centred(left).map((value, index) => value * others[index]!)) / (deviation(left) * deviation(right));
};

const BINS_A_DAY = 144;

/** A rate as a mean, a wave over the day, factors of days and what is left. */
const demandOf = (rows: readonly Row[], model: string) => {
  const rates = rows.map((row) => Number(row[`${model}_rps`]));
  const level = mean(rates);
  const wave = (part: (angle: number) => number): number =>
    (2 * mean(rates.map((rate, bin) => rate * part((2 * Math.PI * bin) / BINS_A_DAY)))) / level;
  const amplitude = Math.hypot(wave(Math.cos), wave(Math.sin));
  const phase = Math.atan2(wave(Math.sin), wave(Math.cos));
  const days = Array.from({ length: rates.length / BINS_A_DAY }, (_, day) => mean(rates.slice(day * BINS_A_DAY, (day + 1) * BINS_A_DAY)));
  // Bins without any request are gaps of the recording.
  const left = rates.map((rate, bin) => {
    const shape = 1 + amplitude * Math.cos((2 * Math.PI * bin) / BINS_A_DAY - phase);
    return rate === 0 ? undefined : Math.log(rate / (shape * days[Math.floor(bin / BINS_A_DAY)]!));
  });
  const pairs = left.flatMap((value, bin) => {
    const next = left[bin + 1];
    return value === undefined || next === undefined ? [] : [[value, next] as const];
  });
  const burstiness = rows.map((row) => Number(row[`${model}_cv2_rateweighted`]));
  const dayFactors = days.map((day) => day / level);
  return {
    model,
    peakToMean: Math.max(...rates) / level,
    dailyAmplitude: amplitude,
    dayDeviation: deviation(dayFactors),
    lowestTwoDays: Math.min(...dayFactors.slice(1).map((factor, day) => (factor + dayFactors[day]!) / 2)),
    noiseDeviation: deviation(left.filter((value) => value !== undefined)),
    noiseCorrelation: correlation(
      pairs.map(([value]) => value),
      pairs.map(([, next]) => next),
    ),
    burstinessDeciles: [0.1, 0.5, 0.9].map((part) => quantile(burstiness, part)),
  };
};

/** Abramowitz and Stegun, Handbook of Mathematical Functions, 26.2.17. */
const normalBelow = (x: number): number => {
  const t = 1 / (1 + 0.2316419 * Math.abs(x));
  const tail =
    (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)) *
    t *
    (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return x > 0 ? 1 - tail : tail;
};

const bisect = (low: number, high: number, isTooLow: (value: number) => boolean): number => {
  let [from, to] = [low, high];
  for (let step = 0; step < 60; step++) {
    const middle = (from + to) / 2;
    if (isTooLow(middle)) from = middle;
    else to = middle;
  }
  return from;
};

const threshold = (availability: number): number => bisect(-5, 5, (value) => normalBelow(value) < availability);

/** How often an AR(1) process of normal values with this correlation from step to step goes from below a threshold to above it. */
const crossings = (below: number, step: number): number => {
  const width = 0.002;
  let total = 0;
  for (let x = -8 + width / 2; x < below; x += width) {
    const density = Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
    total += width * density * (1 - normalBelow((below - step * x) / Math.sqrt(1 - step * step)));
  }
  return total;
};

/** Correlation from step to step with which losses begin so often. */
const persistence = (availability: number, lossesPerStep: number): number =>
  bisect(0, 0.9999, (step) => crossings(threshold(availability), step) > lossesPerStep);

const availabilityOf = (folder: string) => {
  const series = readdirSync(folder)
    .sort()
    .map((file) => ({
      file,
      values: readFileSync(join(folder, file), 'utf8')
        .trim()
        .split('\n')
        .map((line) => Number(line.split(',')[2])),
    }));
  const pools = series.map(({ file, values }) => {
    const availability = mean(values);
    const losses = values.filter((value, step) => step > 0 && value === 0 && values[step - 1] === 1).length;
    const lossesPerStep = losses / values.length;
    return {
      file,
      availability,
      losses,
      lossesPerDay: lossesPerStep * BINS_A_DAY,
      meanLossHours: ((1 - availability) / lossesPerStep) * (24 / BINS_A_DAY),
      threshold: threshold(availability),
      persistence: persistence(availability, lossesPerStep),
    };
  });
  const correlations = series.flatMap(({ values }, index) => series.slice(index + 1).map((other) => correlation(values, other.values)));
  // Of two normal values cut at their median (W. F. Sheppard, 1899).
  return { pools, meanCorrelation: mean(correlations), commonPart: Math.sin((mean(correlations) * Math.PI) / 2) };
};

/** The best availability that was measured of a zone, 90 %, with losses as long as those of the traces. */
const typicalOf = (meanLossHours: number) => {
  const availability = 0.9;
  const lossesPerStep = (1 - availability) / ((meanLossHours * BINS_A_DAY) / 24);
  return {
    availability,
    meanLossHours,
    lossesPerDay: lossesPerStep * BINS_A_DAY,
    threshold: threshold(availability),
    persistence: persistence(availability, lossesPerStep),
  };
};

const TYPES = ['inf2.xlarge', 'trn1.2xlarge', 'g5.xlarge', 'g6.xlarge'];
const REGION = 'us-west-2';

const spotOf = (folder: string) => {
  const bands = rowsOf(join(folder, 'accelerators_extract.csv'));
  const prices = rowsOf(join(folder, 'spot_snapshot_skypilot_catalog_v8.csv')).filter(({ region }) => region === REGION);
  return {
    partInHighestBand: mean(bands.map(({ interruption_band_index: band }) => (band === '4' ? 1 : 0))),
    types: TYPES.map((type) => {
      const own = prices.filter(({ instance_type: name }) => name === type);
      const spot = own.map(({ spot_usd_h: usd }) => Number(usd));
      return {
        type,
        band: bands.find((row) => row.instance_type === type && row.region === REGION)?.interruption_band_label,
        onDemandUsdPerHour: Number(own[0]!.on_demand_usd_h),
        spotUsdPerHour: mean(spot),
        zoneDeviation: deviation(spot) / mean(spot),
      };
    }),
  };
};

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error('Give the folder of the traces: npm run trace-statistics -- <folder>');
  process.exitCode = 2;
} else {
  const rates = rowsOf(join(folder, 'servegen', 'aggregate_rate_10min.csv'));
  const [probes] = readdirSync(join(folder, 'cant-be-late'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const availability = availabilityOf(join(folder, 'cant-be-late', probes!.name));
  const typical = typicalOf(
    sum(availability.pools.map(({ meanLossHours, losses }) => meanLossHours * losses)) /
      sum(availability.pools.map(({ losses }) => losses)),
  );
  const demand = ['m-small', 'm-mid', 'm-large'].map((model) => demandOf(rates, model));
  console.log(JSON.stringify({ demand, availability, typical, spot: spotOf(join(folder, 'spot')) }, undefined, 2));
}
