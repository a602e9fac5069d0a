/** The router's choice of a unit by weight. */
export class WeightedChoice {
  private readonly weights: Float64Array;
  private total: number;

  /** Equal weights at first. */
  constructor(units: number) {
    this.weights = new Float64Array(units).fill(1);
    this.total = units;
  }

  set(weights: readonly number[]): void {
    if (weights.length !== this.weights.length || !weights.every((weight) => weight >= 0 && weight < Number.POSITIVE_INFINITY)) {
      throw new RangeError(
        `The router was given the weights [${weights.join(', ')}], expected ${this.weights.length} numbers of at least 0, one a unit.`,
      );
    }
    this.weights.set(weights);
    this.total = weights.reduce((total, weight) => total + weight, 0);
  }

  /** The unit that a number from 0 to 1 falls on, healthy or not; -1 where all weights are zero. */
  unitAt(uniform: number): number {
    const { weights } = this;
    let rest = uniform * this.total;
    let last = -1;
    for (let unit = 0; unit < weights.length; unit += 1) {
      const weight = weights[unit]!;
      if (weight > 0) {
        last = unit;
        rest -= weight;
        if (rest < 0) return unit;
      }
    }
    // Rounding may leave a rest of nothing.
    return last;
  }
}
