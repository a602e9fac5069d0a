import { figuresWith } from '../results/figures';

export { count, goalPercent, partPercent, sharePercent, strategyWords, usd } from '../results/figures';

/** A no-break space keeps a unit on the line of its number. */
export const { counted, latency, statedLatency, duration, instant } = figuresWith('\u00a0');
