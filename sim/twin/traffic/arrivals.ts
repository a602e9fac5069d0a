import { curveValue, nextCurveChange } from '../../inputs/curve';
import type { Curve } from '../../inputs/scenario';
import type { RandomStream } from '../../kernel/random';

/** The times at which open-loop clients send their requests, whatever the answers. */
export interface Arrivals {
  /** Time of the next request, in seconds, never before the one before it; infinity after the last. */
  next(): number;
}

const SECONDS_PER_MINUTE = 60;

/**
 * A renewal process in operational time: the integral of the rate over time advances by one, on average, from request to request.
 *
 * @param requestsPerMinute rate over time.
 * @param burstiness squared coefficient of variation of those advances: 0 evenly spaced, 1 exponential (Poisson arrivals), else gamma.
 * @param stream randomness that nothing else draws from, so that the requests are the same whatever happens to the fleet.
 */
export class RateArrivals implements Arrivals {
  private timeSeconds = 0;
  private requestsPerSecond: number;
  private changeSeconds: number;

  constructor(
    private readonly requestsPerMinute: Curve,
    private readonly burstiness: number,
    private readonly stream: RandomStream,
  ) {
    if (!(burstiness >= 0 && burstiness < Number.POSITIVE_INFINITY)) {
      throw new RangeError(`Arrivals were given the burstiness ${burstiness}, expected a number of at least 0.`);
    }
    this.requestsPerSecond = curveValue(requestsPerMinute, 0) / SECONDS_PER_MINUTE;
    this.changeSeconds = nextCurveChange(requestsPerMinute, 0);
  }

  next(): number {
    let advance = this.advance();
    for (;;) {
      const remaining = (this.changeSeconds - this.timeSeconds) * this.requestsPerSecond;
      // No rate for ever gives 0 * infinity, which is not a number.
      if (this.requestsPerSecond > 0 && advance < remaining) {
        this.timeSeconds += advance / this.requestsPerSecond;
        return this.timeSeconds;
      }
      if (this.changeSeconds === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY;
      advance -= remaining;
      this.timeSeconds = this.changeSeconds;
      this.requestsPerSecond = curveValue(this.requestsPerMinute, this.timeSeconds) / SECONDS_PER_MINUTE;
      this.changeSeconds = nextCurveChange(this.requestsPerMinute, this.timeSeconds);
    }
  }

  private advance(): number {
    switch (this.burstiness) {
      case 0:
        return 1;
      case 1:
        return this.stream.exponential();
      default:
        return this.stream.gamma(1 / this.burstiness);
    }
  }
}

/** One request at each of the given times. */
export class RecordedArrivals implements Arrivals {
  private index = 0;

  /** @param timestampsSeconds ascending. */
  constructor(private readonly timestampsSeconds: ArrayLike<number>) {
    for (let index = 1; index < timestampsSeconds.length; index += 1) {
      if (!(timestampsSeconds[index]! >= timestampsSeconds[index - 1]!)) {
        throw new RangeError(
          `Arrival ${index} was given the time ${timestampsSeconds[index]} s, expected at least ${timestampsSeconds[index - 1]} s, the time of the one before it.`,
        );
      }
    }
  }

  next(): number {
    const timeSeconds = this.timestampsSeconds[this.index] ?? Number.POSITIVE_INFINITY;
    this.index += 1;
    return timeSeconds;
  }
}
