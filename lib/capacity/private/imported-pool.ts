import { Construct } from 'constructs';
import type { Accelerator } from '../../accelerator/accelerator';
import type { AcceleratorInstanceType } from '../../accelerator/instance-type';
import { complain, integerBetween, kubernetesName, literal, nonEmpty } from '../../private/validation';
import type { IAcceleratorPool } from '../accelerator-pool-interface';
import type { AcceleratorPoolAttributes } from '../accelerator-pool-props';
import type { CapacityType } from '../capacity-type';

/** A pool that was there before, see `AcceleratorPool.fromAttributes()`. */
export class ImportedAcceleratorPool extends Construct implements IAcceleratorPool {
  public readonly poolName: string;
  public readonly accelerator: Accelerator;
  public readonly capacityType: CapacityType;
  public readonly instanceTypes: AcceleratorInstanceType[];
  public readonly maximumDevices: number;
  public readonly zones?: string[];
  public readonly capacityReservationIds?: string[];
  public readonly taintKeys: string[];

  constructor(scope: Construct, id: string, attributes: AcceleratorPoolAttributes) {
    super(scope, id);
    this.poolName = kubernetesName(this, 'poolName', attributes.poolName);
    this.accelerator = attributes.accelerator;
    this.capacityType = literal(this, 'capacityType', attributes.capacityType);
    nonEmpty(this, 'instanceTypes', attributes.instanceTypes);
    this.instanceTypes = this.priced(attributes);
    this.maximumDevices = integerBetween(
      this,
      'maximumDevices',
      literal(this, 'maximumDevices', attributes.maximumDevices ?? 32),
      1,
      100_000,
    );
    if (attributes.zones) this.zones = [...attributes.zones];
    if (attributes.capacityReservationIds) this.capacityReservationIds = [...attributes.capacityReservationIds];
    this.taintKeys = [...(attributes.taintKeys ?? [attributes.accelerator.deviceResource])];
  }

  /** The loop weighs cost: a type that was named must have a price, one of the catalogue without is left out. */
  private priced({ accelerator, instanceTypes }: AcceleratorPoolAttributes): AcceleratorInstanceType[] {
    const types = instanceTypes ?? accelerator.instanceTypes.filter(({ priceUsdPerHour }) => priceUsdPerHour !== undefined);
    const unpriced = types.filter(({ priceUsdPerHour }) => priceUsdPerHour === undefined);
    if (types.length === 0 || unpriced.length > 0) {
      complain(this, {
        wrong: 'no price is known for an instance type of the pool',
        given: unpriced[0]?.name,
        expected: '`instanceTypes` with `priceUsdPerHour` each, since the control loop weighs cost',
        fix: 'Add the price you pay.',
      });
    }
    return [...types];
  }
}
