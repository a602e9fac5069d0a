import type { Size } from 'aws-cdk-lib';
import type * as kms from 'aws-cdk-lib/aws-kms';

/** An EBS volume (gp3) that every node of a pool has. */
export interface BlockDevice {
  /**
   * Device name.
   *
   * @default - the volume on which the AMI family stores images: `/dev/xvda` for AL2023, `/dev/xvdb` for Bottlerocket
   */
  readonly deviceName?: string;

  /**
   * Size of the volume.
   *
   * @default Size.gibibytes(200)
   */
  readonly size?: Size;

  /**
   * I/O operations per second, 3000 to 80000.
   *
   * @default 3000
   */
  readonly iops?: number;

  /**
   * Throughput in MiB/s, 125 to 2000. The default is four times the baseline of gp3, because a cold start reads many GiB of image and
   * weights.
   *
   * @default 500
   */
  readonly throughputMibps?: number;

  /**
   * Snapshot to start from, for example one that already holds images or weights.
   *
   * @default - an empty volume
   */
  readonly snapshotId?: string;

  /**
   * Key that encrypts the volume. Volumes are always encrypted.
   *
   * @default - the account's default key for EBS
   */
  readonly encryptionKey?: kms.IKey;
}
