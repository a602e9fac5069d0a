/** How the capacity of a pool is bought, in Karpenter's terms. */
export enum CapacityType {
  /** Spot capacity: cheap, and reclaimed with two minutes' notice. */
  SPOT = 'spot',

  /** On-demand capacity. */
  ON_DEMAND = 'on-demand',

  /** Capacity of an On-Demand Capacity Reservation or a Capacity Block, which is already paid for. */
  RESERVED = 'reserved',
}
