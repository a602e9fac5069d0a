import { fleetDefaults } from '../generated/contract';
import type { IInferenceFleet } from './inference-fleet';

/** The percentile of latency to watch. */
export const percentileOf = ({ objective }: IInferenceFleet): number => objective.percentile ?? fleetDefaults.percentile;

/** The share of requests that should be answered within the latency. */
export const attainmentOf = ({ objective }: IInferenceFleet): number => objective.attainment ?? fleetDefaults.attainment;

/** A share as text: 0.999 is `99.9 %`. */
export const percent = (part: number): string => `${Number((part * 100).toFixed(6))} %`;

/** The latency as text: `900 ms`, `1.5 s`. */
export const latencyText = ({ objective }: IInferenceFleet): string => {
  const seconds = objective.latency.toSeconds({ integral: false });
  return seconds < 1 ? `${Number((seconds * 1000).toFixed(6))} ms` : `${seconds} s`;
};
