import { describe, expect, it } from 'vitest';
import { crowdRates, productionRates } from '../../../sim/generators/demand';
import { generatedScenario, generatedScenarioNames } from '../../../sim/generators/generators';
import { spotAvailability } from '../../../sim/generators/spot';
import { demandStatistics, scarceSpot, spotCorrelation, typicalSpot } from '../../../sim/generators/trace-statistics';
import { loadScenario } from '../../../sim/inputs/load-scenario';
import { randomStreams } from '../../../sim/kernel/random';

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const centred = (values: readonly number[]): readonly number[] => {
  const middle = mean(values);
  return values.map((value) => value - middle);
};
const deviation = (values: readonly number[]): number => Math.sqrt(mean(centred(values).map((value) => value ** 2)));
const correlation = (left: readonly number[], right: readonly number[]): number => {
  const others = centred(right);
  return mean(centred(left).map((value, index) => value * others[index]!)) / (deviation(left) * deviation(right));
};

describe('Generated scenarios', () => {
  it.each(generatedScenarioNames)('%s is the same for the same seed, another for another, and valid', (name) => {
    expect(JSON.stringify(generatedScenario(name, 3))).toBe(JSON.stringify(generatedScenario(name, 3)));
    expect(JSON.stringify(generatedScenario(name, 3))).not.toBe(JSON.stringify(generatedScenario(name, 4)));
    expect(loadScenario(name, '/', { seed: 3 }).scenario.name).toBe(name);
  });

  it('are drawn from seed 1 where no seed is given', () => {
    expect(loadScenario('flash-crowd', '/').scenario).toEqual(loadScenario('flash-crowd', '/', { seed: 1 }).scenario);
  });

  it('let a crowd rise to four times as much in two minutes, and go after half an hour', () => {
    const rows = crowdRates(300, [{ atSeconds: 600, factor: 4 }]);
    expect(rows.slice(0, 6)).toEqual([
      { timestampSeconds: 0, value: 300 },
      { timestampSeconds: 630, value: 525 },
      { timestampSeconds: 660, value: 750 },
      { timestampSeconds: 690, value: 975 },
      { timestampSeconds: 720, value: 1200 },
      { timestampSeconds: 2520, value: 975 },
    ]);
    expect(rows.at(-1)).toEqual({ timestampSeconds: 2970, value: 300 });
  });
});

/** So many fortnights that a mean over them is near the expected one. */
const SEEDS = 40;
const seeds = Array.from({ length: SEEDS }, (_, index) => index + 1);

describe('Generated demand has the statistics of the traces', () => {
  const fortnights = seeds.map((seed) =>
    productionRates(randomStreams(seed)('demand'), { days: 14, peakPerMinute: 1500 }).map(({ value }) => value),
  );

  it('its peak is the one that was asked for', () => {
    expect(fortnights.map((rates) => Math.max(...rates))).toEqual(seeds.map(() => 1500));
  });

  it('the peak is about three times the mean', () => {
    const ratios = fortnights.map((rates) => 1500 / mean(rates));
    expect(Math.abs(mean(ratios) - demandStatistics.peakToMean)).toBeLessThan(0.5);
  });

  it('days differ as they do there', () => {
    const deviations = fortnights.map((rates) => {
      const days = Array.from({ length: 14 }, (_, day) => mean(rates.slice(day * 144, (day + 1) * 144)));
      return deviation(days) / mean(days);
    });
    expect(Math.abs(mean(deviations) - demandStatistics.dayDeviation)).toBeLessThan(0.05);
  });

  it('one bin tells as much of the next as it does there', () => {
    // Without waves and days that differ only the noise is left.
    const { noiseDeviation, noiseCorrelation } = demandStatistics;
    const noises = seeds.map((seed) => {
      const rates = productionRates(randomStreams(seed)('demand'), { days: 14, peakPerMinute: 1500, dayFactor: () => 1 });
      return rates.map(({ value }, bin) =>
        Math.log(value / (1 + demandStatistics.dailyAmplitude * Math.cos((2 * Math.PI * (bin - 90)) / 144))),
      );
    });
    expect(Math.abs(mean(noises.map(deviation)) - noiseDeviation)).toBeLessThan(0.01);
    const ofNext = noises.map((noise) => correlation(noise.slice(0, -1), noise.slice(1)));
    expect(Math.abs(mean(ofNext) - noiseCorrelation)).toBeLessThan(0.02);
  });
});

describe('Generated availability of spot has the statistics of the traces', () => {
  const STEP_SECONDS = 600;
  const DAYS = 14;
  const names = ['a', 'b', 'c', 'd'];
  /** 1 where a pool has capacity, by seed, pool and step. */
  const seriesOf = (statistics: (index: number) => (typeof scarceSpot)[number] | typeof typicalSpot) =>
    seeds.map((seed) => {
      const pools = names.map((name, index) => ({ name, statistics: statistics(index) }));
      const rows = spotAvailability(randomStreams(seed), pools, DAYS * 86_400);
      return names.map((name) => {
        const own = rows.filter(({ pool }) => pool === name);
        return Array.from({ length: (DAYS * 86_400) / STEP_SECONDS }, (_, step) =>
          own.findLast(({ timestampSeconds }) => timestampSeconds <= step * STEP_SECONDS)?.devices === 0 ? 0 : 1,
        );
      });
    });
  const lossesPerDay = (series: readonly number[]): number =>
    series.filter((value, step) => step > 0 && value === 0 && series[step - 1] === 1).length / DAYS;

  it('typical: nine tenths of the time, in as many pieces', () => {
    const all = seriesOf(() => typicalSpot).flat();
    expect(Math.abs(mean(all.map(mean)) - typicalSpot.availability)).toBeLessThan(0.02);
    expect(Math.abs(mean(all.map(lossesPerDay)) / typicalSpot.lossesPerDay - 1)).toBeLessThan(0.1);
  });

  it('harsh: each pool as scarce as one of the traces, and pools scarce together', () => {
    const bySeed = seriesOf((index) => scarceSpot[index]!);
    for (const [index, { availability, lossesPerDay: losses }] of scarceSpot.entries()) {
      const own = bySeed.map((pools) => pools[index]!);
      expect(Math.abs(mean(own.map(mean)) - availability)).toBeLessThan(0.03);
      expect(Math.abs(mean(own.map(lossesPerDay)) / losses - 1)).toBeLessThan(0.1);
    }
    const correlations = bySeed.flatMap((pools) =>
      pools.flatMap((left, index) => pools.slice(index + 1).map((right) => correlation(left, right))),
    );
    expect(Math.abs(mean(correlations) - spotCorrelation.ofAvailability)).toBeLessThan(0.08);
  });
});
