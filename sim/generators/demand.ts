import type { RandomStream } from '../kernel/random';
import { demandStatistics } from './trace-statistics';

/** A rate that holds from a time on, in requests per minute. */
export interface RateRow {
  readonly timestampSeconds: number;
  readonly value: number;
}

export interface DemandOptions {
  readonly days: number;
  /** The highest rate, in requests per minute. */
  readonly peakPerMinute: number;
  /** Factor of a day, such as that of a weekend; drawn where none is given. */
  readonly dayFactor?: (day: number) => number;
  /** Whether there is no request from 0:00 to 6:00. */
  readonly hasQuietNights?: boolean;
}

const DAY_SECONDS = 86_400;
const QUIET_UNTIL_SECONDS = 6 * 3600;
/** When the wave over the day is highest. */
const CREST_SECONDS = 15 * 3600;
/** No day has less than this part of the mean. */
const LEAST_DAY = 0.3;

/**
 * A rate with the shape of production traffic: a wave over the day, days that differ, and noise that lasts for an hour or so, scaled to
 * its peak.
 */
export const productionRates = (random: RandomStream, options: DemandOptions): readonly RateRow[] => {
  const { stepSeconds, dailyAmplitude, dayDeviation, noiseDeviation, noiseCorrelation } = demandStatistics;
  const { days, peakPerMinute, hasQuietNights = false } = options;
  const dayFactor = options.dayFactor ?? (() => Math.max(LEAST_DAY, 1 + dayDeviation * random.normal()));
  const factors = Array.from({ length: days }, (_, day) => dayFactor(day));
  let noise = random.normal();
  const values = Array.from({ length: (days * DAY_SECONDS) / stepSeconds }, (_, step) => {
    if (step > 0) noise = noiseCorrelation * noise + Math.sqrt(1 - noiseCorrelation ** 2) * random.normal();
    const seconds = step * stepSeconds;
    const ofDay = seconds % DAY_SECONDS;
    if (hasQuietNights && ofDay < QUIET_UNTIL_SECONDS) return 0;
    const wave = 1 + dailyAmplitude * cosine((2 * Math.PI * (ofDay - CREST_SECONDS)) / DAY_SECONDS);
    return wave * factors[Math.floor(seconds / DAY_SECONDS)]! * Math.exp(noiseDeviation * noise);
  });
  const scale = peakPerMinute / Math.max(...values);
  return values.map((value, step) => ({ timestampSeconds: step * stepSeconds, value: tenths(value * scale) }));
};

/** Rounded to 1e-6, because engines may differ in the last bits of a cosine. */
const cosine = (angle: number): number => Math.round(Math.cos(angle) * 1e6) / 1e6;

const tenths = (value: number): number => Math.round(value * 10) / 10;

/** When a crowd comes: the rate rises to a multiple in two minutes, stays for half an hour, and is gone ten minutes later. */
export interface Crowd {
  readonly atSeconds: number;
  readonly factor: number;
}

const RISE_STEP_SECONDS = 30;
const RISE_STEPS = 4;
const STAY_SECONDS = 1800;
const FALL_STEP_SECONDS = 150;
const FALL_STEPS = 4;

/** A steady rate with crowds, by time. */
export const crowdRates = (usualPerMinute: number, crowds: readonly Crowd[]): readonly RateRow[] => [
  { timestampSeconds: 0, value: usualPerMinute },
  ...crowds.flatMap(({ atSeconds, factor }) => {
    const part = (done: number): number => tenths(usualPerMinute * (1 + (factor - 1) * done));
    const falls = atSeconds + RISE_STEPS * RISE_STEP_SECONDS + STAY_SECONDS;
    return [
      ...Array.from({ length: RISE_STEPS }, (_, step) => ({
        timestampSeconds: atSeconds + (step + 1) * RISE_STEP_SECONDS,
        value: part((step + 1) / RISE_STEPS),
      })),
      ...Array.from({ length: FALL_STEPS }, (_, step) => ({
        timestampSeconds: falls + step * FALL_STEP_SECONDS,
        value: part(1 - (step + 1) / FALL_STEPS),
      })),
    ];
  }),
];
