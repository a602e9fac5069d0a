import { Construct } from 'constructs';
import type { Accelerator } from '../accelerator/accelerator';
import type { AcceleratorInstanceType } from '../accelerator/instance-type';
import { kubernetesName, literal } from '../private/validation';
import type { IAcceleratorPool } from './accelerator-pool';
import type { CapacityType } from './capacity-type';
import { pricedTypes } from './instance-choice';
import { checkMaximumDevices } from './pool-checks';

/** Attributes of an imported pool, see `AcceleratorPool.fromAcceleratorPoolAttributes()`. */
export interface AcceleratorPoolAttributes {
  /** Name of the NodePool. */
  readonly poolName: string;

  /** The accelerator of its nodes. */
  readonly accelerator: Accelerator;

  /** How its capacity is bought. */
  readonly capacityType: CapacityType;

  /**
   * The instance types it may launch, each with its price.
   *
   * @default - every type of the accelerator with a known price
   */
  readonly instanceTypes?: AcceleratorInstanceType[];

  /**
   * Maximum number of devices that the control loop may let it grow to, 1 to 100000.
   *
   * @default 32
   */
  readonly maximumDevices?: number;

  /**
   * The availability zones it is restricted to.
   *
   * @default - none
   */
  readonly zones?: string[];

  /**
   * The capacity reservations it uses.
   *
   * @default - none
   */
  readonly capacityReservationIds?: string[];

  /**
   * Keys of the taints of its nodes.
   *
   * @default - the device resource of the accelerator
   */
  readonly taintKeys?: string[];
}

/** A pool whose NodePool exists already. */
export function importPool(scope: Construct, id: string, attributes: AcceleratorPoolAttributes): IAcceleratorPool {
  class Import extends Construct implements IAcceleratorPool {
    public readonly poolName: string;
    public readonly accelerator: Accelerator;
    public readonly capacityType: CapacityType;
    public readonly instanceTypes: AcceleratorInstanceType[];
    public readonly maximumDevices: number;
    public readonly zones?: string[];
    public readonly capacityReservationIds?: string[];
    public readonly taintKeys: string[];

    constructor() {
      super(scope, id);
      this.poolName = kubernetesName(this, 'poolName', attributes.poolName);
      this.accelerator = attributes.accelerator;
      this.capacityType = literal(this, 'capacityType', attributes.capacityType);
      this.instanceTypes = pricedTypes(this, attributes.accelerator, attributes.instanceTypes);
      this.maximumDevices = checkMaximumDevices(this, attributes.maximumDevices);
      if (attributes.zones) this.zones = [...attributes.zones];
      if (attributes.capacityReservationIds) this.capacityReservationIds = [...attributes.capacityReservationIds];
      this.taintKeys = [...(attributes.taintKeys ?? [attributes.accelerator.deviceResource])];
    }

    public admitNamespace(): void {}
  }
  return new Import();
}
