/**
 * Statistics of published traces, as `npm run trace-statistics -- <folder>` printed them; docs/generated-scenarios.md says of which. The
 * generators draw series that have these statistics, and hold no part of the traces.
 */

/** Of the requests of one production model over 14 days, in bins of ten minutes (alibaba/ServeGen, `m-large`). */
export const demandStatistics = {
  stepSeconds: 600,
  /** Of the wave over the day, as a part of the mean. */
  dailyAmplitude: 0.121,
  /** Standard deviation of the means of the days, as a part of the mean. */
  dayDeviation: 0.24,
  /** Mean of the two lowest days in a row, as a part of the mean. */
  lowestTwoDays: 0.591,
  /** Standard deviation of the logarithm of what the wave and the days leave, and its correlation from bin to bin. */
  noiseDeviation: 0.287,
  noiseCorrelation: 0.829,
  peakToMean: 2.98,
} as const;

/** Of one pool: how much of the time EC2 grants anything, how often that ends, and what draws such a series (`availability.ts`). */
export interface AvailabilityStatistics {
  readonly availability: number;
  readonly lossesPerDay: number;
  readonly meanLossHours: number;
  /** Below it a standard normal value lies with the probability `availability`. */
  readonly threshold: number;
  /** Correlation from step to step of the process whose values below the threshold are availability. */
  readonly persistence: number;
}

/** Length of a step of availability, in seconds. */
export const AVAILABILITY_STEP_SECONDS = 600;

/** Of V100 instances on spot in autumn 2022, two zones, one and eight GPUs, 27 days (the traces of "Can't Be Late", NSDI 2024). */
export const scarceSpot = [
  { availability: 0.534, lossesPerDay: 14.79, meanLossHours: 0.756, threshold: 0.08602, persistence: 0.7974 },
  { availability: 0.52, lossesPerDay: 9.95, meanLossHours: 1.158, threshold: 0.05054, persistence: 0.9068 },
  { availability: 0.284, lossesPerDay: 6.36, meanLossHours: 2.702, threshold: -0.57038, persistence: 0.9472 },
  { availability: 0.207, lossesPerDay: 4.66, meanLossHours: 4.083, threshold: -0.81532, persistence: 0.9597 },
] as const satisfies readonly AvailabilityStatistics[];

/** The best that was measured of a zone, 90 % of the time, with losses as long as the mean of those traces. */
export const typicalSpot: AvailabilityStatistics = {
  availability: 0.9,
  lossesPerDay: 1.457,
  meanLossHours: 1.647,
  threshold: 1.28155,
  persistence: 0.98962,
};

/** Mean correlation of two of those traces, and the part that two normal processes must have in common for it. */
export const spotCorrelation = { ofAvailability: 0.374, commonPart: 0.554 } as const;

/**
 * Reclaims of single instances: the hazard at which 25 % are taken in a month, for the band ">20%" of the Spot Instance Advisor, in which
 * more than half of all accelerators are.
 */
export const RECLAIMS_PER_INSTANCE_HOUR = 0.000_394;

/** Prices in us-west-2 in US dollars per hour: on demand, the mean of the zones on spot, and how far the zones differ, as a part of it. */
export const prices = {
  'inf2.xlarge': { onDemand: 0.7582, spot: 0.1791, zoneDeviation: 0.137 },
  'trn1.2xlarge': { onDemand: 1.3438, spot: 0.2431, zoneDeviation: 0.055 },
  'g5.xlarge': { onDemand: 1.006, spot: 0.494, zoneDeviation: 0.028 },
  'g6.xlarge': { onDemand: 0.8048, spot: 0.4307, zoneDeviation: 0.061 },
} as const;

export type InstanceTypeName = keyof typeof prices;
