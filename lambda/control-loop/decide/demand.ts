/** How many requests a fleet meets, now and a cold start from now. */
export interface Demand {
  /** Mean of the youngest minutes, in requests per minute. */
  readonly presentPerMinute: number;
  /** What capacity is to be sized for: the larger of present and forecast, in requests per minute. */
  readonly plannedPerMinute: number;
}
