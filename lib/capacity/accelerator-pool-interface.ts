import type { IConstruct } from 'constructs';
import type { Accelerator } from '../accelerator/accelerator';
import type { AcceleratorInstanceType } from '../accelerator/instance-type';
import type { CapacityType } from './capacity-type';

/** A pool of one accelerator and one capacity type, made here or brought along. */
export interface IAcceleratorPool extends IConstruct {
  /** Name of the Karpenter NodePool. */
  readonly poolName: string;

  /** The accelerator of its nodes. */
  readonly accelerator: Accelerator;

  /** How its capacity is bought. */
  readonly capacityType: CapacityType;

  /** The instance types it may launch, each with its price. */
  readonly instanceTypes: AcceleratorInstanceType[];

  /** Most devices it may grow to. */
  readonly maximumDevices: number;

  /** The availability zones it is restricted to; undefined where it is not. */
  readonly zones?: string[];

  /** The capacity reservations it draws on; undefined unless it is reserved. */
  readonly capacityReservationIds?: string[];

  /** Taints of its nodes, which pods must tolerate. */
  readonly taintKeys: string[];
}
