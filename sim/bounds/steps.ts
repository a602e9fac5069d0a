/** The steps in which a bound looks at a scenario, all of one length. */
export interface Steps {
  readonly startsSeconds: Float64Array;
  readonly stepSeconds: number;
}

/** Lengths that divide an hour, and then hours. */
const LENGTHS_SECONDS = [60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400];

/** Above this a program takes more than a few seconds. */
const MAX_OFFERS_IN_STEPS = 8000;

/**
 * Steps from the end of the warm-up to the end of a scenario: as short as the number of offers allows.
 * What is left at the end, shorter than a step, is left out.
 */
export const stepsOf = (fromSeconds: number, toSeconds: number, offers: number): Steps => {
  const lengthSeconds = toSeconds - fromSeconds;
  const fitting = LENGTHS_SECONDS.find((length) => (lengthSeconds / length) * offers <= MAX_OFFERS_IN_STEPS) ?? LENGTHS_SECONDS.at(-1)!;
  const stepSeconds = Math.min(fitting, lengthSeconds);
  const count = Math.max(1, Math.floor(lengthSeconds / stepSeconds));
  return { startsSeconds: Float64Array.from({ length: count }, (_, index) => fromSeconds + index * stepSeconds), stepSeconds };
};
