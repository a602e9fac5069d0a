/** Annotations of an `InferenceFleet` by which people steer the loop; the loop never writes them. */
export const annotations = {
  /** `up`, `down` or `all`, at will followed by ` until <RFC 3339>`. */
  pause: 'adaptive-inference.dev/pause',
  /** Who paused the fleet and why: text for readers, without effect. */
  pauseReason: 'adaptive-inference.dev/pause-reason',
  /** JSON list of overrides, see `overrides.ts`. */
  overrides: 'adaptive-inference.dev/overrides',
} as const;
