/** One EC2 instance type that carries an accelerator. */
export interface AcceleratorInstanceType {
  /** EC2 instance type, for example `g5.xlarge`. */
  readonly name: string;

  /** Accelerator devices on one instance, 1 or more. */
  readonly devices: number;

  /**
   * On-demand price of one instance, in US dollars per hour.
   *
   * @default - unknown; a pool that uses the type must be told its price
   */
  readonly priceUsdPerHour?: number;
}
