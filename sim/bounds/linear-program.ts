/** One coefficient of a row: the number of a variable, and what it counts. */
export type Term = readonly [variable: number, coefficient: number];

/** A linear program that is to be minimised, with whole variables where it has any. */
export class LinearProgram {
  readonly costs: number[] = [];
  readonly lowers: number[] = [];
  readonly uppers: number[] = [];
  readonly wholes: boolean[] = [];
  readonly rowLowers: number[] = [];
  readonly rowUppers: number[] = [];
  /** Of the rows one after another: where each begins, its variables, their coefficients. */
  readonly starts: number[] = [0];
  readonly indices: number[] = [];
  readonly coefficients: number[] = [];

  /** Adds a variable, and gives its number. */
  variable({
    cost = 0,
    upper = Number.POSITIVE_INFINITY,
    isWhole = false,
  }: {
    readonly cost?: number;
    readonly upper?: number;
    readonly isWhole?: boolean;
  }): number {
    this.lowers.push(0);
    this.uppers.push(upper);
    this.wholes.push(isWhole);
    return this.costs.push(cost) - 1;
  }

  /** Adds a constraint: the sum of the terms is at least this. */
  atLeast(terms: readonly Term[], lower: number): void {
    this.row(terms, lower, Number.POSITIVE_INFINITY);
  }

  /** Adds a constraint: the sum of the terms is at most this. */
  atMost(terms: readonly Term[], upper: number): void {
    this.row(terms, Number.NEGATIVE_INFINITY, upper);
  }

  private row(terms: readonly Term[], lower: number, upper: number): void {
    for (const [variable, coefficient] of terms) {
      this.indices.push(variable);
      this.coefficients.push(coefficient);
    }
    this.starts.push(this.indices.length);
    this.rowLowers.push(lower);
    this.rowUppers.push(upper);
  }
}

/** The least cost, and the value of each variable there. */
export interface Optimum {
  readonly cost: number;
  readonly values: Float64Array;
}

/** Minimises linear programs; undefined where no values satisfy the rows. Throws where it finds neither. */
export type Minimise = (program: LinearProgram) => Optimum | undefined;
