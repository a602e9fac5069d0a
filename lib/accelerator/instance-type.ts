/** One EC2 instance type that carries an accelerator. */
export interface AcceleratorInstanceType {
  /** EC2 instance type, for example `g5.xlarge`. */
  readonly name: string;

  /** Accelerator devices on one instance, 1 or more. */
  readonly devices: number;

  /**
   * Memory of one device in MiB, as EC2 states it.
   *
   * @default - unknown
   */
  readonly deviceMemoryMib?: number;

  /**
   * CPU that an instance leaves to pods, in thousandths of a core: its own, less what the kubelet reserves.
   *
   * @default - unknown; every pod is taken to fit
   */
  readonly podCpuMillicores?: number;

  /**
   * Memory that an instance leaves to pods in MiB: its own, less what the hypervisor and the kubelet keep.
   *
   * @default - unknown; every pod is taken to fit
   */
  readonly podMemoryMib?: number;

  /**
   * Whether the instance has local NVMe disks, which pools stripe for images and model files.
   *
   * @default false
   */
  readonly localStorage?: boolean;

  /**
   * On-demand price of one instance, in US dollars per hour.
   *
   * @default - unknown; a pool that uses the type must state its price
   */
  readonly priceUsdPerHour?: number;
}
