import { figuresWith } from '../../../sim/results/figures';

export { amount, count, goalPercent, partPercent, sharePercent, trafficPercent, usd } from '../../../sim/results/figures';

export const { latency, statedLatency, duration } = figuresWith(' ');

/** Stands in a table for what is not known or not there. */
export const NONE = '-';

export const orNone = (value: number | null, format: (value: number) => string): string => (value === null ? NONE : format(value));
