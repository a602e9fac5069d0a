/** A volume with all defaults filled in. */
export interface BlockDeviceInput {
  readonly deviceName: string;
  readonly sizeGibibytes: number;
  readonly iops: number;
  readonly throughputMibps: number;
  readonly snapshotId?: string;
  readonly kmsKeyId?: string;
}

/** What the EC2NodeClass of a pool is made from. */
export interface NodeClassInput {
  readonly name: string;
  readonly amiAlias: string;
  readonly instanceProfileName: string;
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
  readonly capacityReservationIds: readonly string[] | undefined;
  readonly blockDevices: readonly BlockDeviceInput[];
  readonly localStorage: boolean;
  readonly tags: { readonly [key: string]: string };
}

const ids = (values: readonly string[]) => values.map((id) => ({ id }));

const blockDevice = ({ deviceName, sizeGibibytes, iops, throughputMibps, snapshotId, kmsKeyId }: BlockDeviceInput) => ({
  deviceName,
  ebs: {
    volumeType: 'gp3',
    volumeSize: `${sizeGibibytes}Gi`,
    iops,
    throughput: throughputMibps,
    encrypted: true,
    deleteOnTermination: true,
    ...(snapshotId === undefined ? {} : { snapshotID: snapshotId }),
    ...(kmsKeyId === undefined ? {} : { kmsKeyID: kmsKeyId }),
  },
});

/** The EC2NodeClass (karpenter.k8s.aws/v1) of a pool. */
export const nodeClassManifest = (input: NodeClassInput) => ({
  apiVersion: 'karpenter.k8s.aws/v1',
  kind: 'EC2NodeClass',
  metadata: { name: input.name },
  spec: {
    amiSelectorTerms: [{ alias: input.amiAlias }],
    // Not `role`: with a role Karpenter creates an instance profile for every node class, through IAM, which has no VPC endpoint. That
    // profile remains, holding the role, if the node class is deleted without its finalizer. CloudFormation creates and deletes this one.
    instanceProfile: input.instanceProfileName,
    subnetSelectorTerms: ids(input.subnetIds),
    securityGroupSelectorTerms: ids(input.securityGroupIds),
    ...(input.capacityReservationIds ? { capacityReservationSelectorTerms: ids(input.capacityReservationIds) } : {}),
    blockDeviceMappings: input.blockDevices.map(blockDevice),
    // Images and weights on striped local NVMe disks, because reading them is the largest part of a cold start.
    ...(input.localStorage ? { instanceStorePolicy: 'RAID0' } : {}),
    metadataOptions: { httpEndpoint: 'enabled', httpProtocolIPv6: 'disabled', httpPutResponseHopLimit: 1, httpTokens: 'required' },
    tags: { ...input.tags },
  },
});
