import { X509Certificate } from 'node:crypto';
import { DescribeClusterCommand, type EKSClient } from '@aws-sdk/client-eks';
import type { CallOptions } from './aws';

/** Where a cluster's API server is and how to know it. */
export interface ClusterAddress {
  readonly endpoint: string;
  readonly certificateAuthorityPem: string;
}

/** Endpoint and certificate authority of an EKS cluster. */
export const describeCluster = async (client: EKSClient, clusterName: string, options: CallOptions = {}): Promise<ClusterAddress> => {
  const { cluster } = await client.send(new DescribeClusterCommand({ name: clusterName }), options).catch((error: unknown) => {
    if (error instanceof Error && error.name === 'ResourceNotFoundException') {
      throw new Error(`EKS cluster ${clusterName}: not there in this account and region; check CLUSTER_NAME`, { cause: error });
    }
    throw error;
  });
  const endpoint = cluster?.endpoint;
  const authority = cluster?.certificateAuthority?.data;
  if (!endpoint || !authority) {
    throw new Error(
      `EKS cluster ${clusterName}: given status ${cluster?.status ?? 'unknown'} without endpoint or certificate authority, expected an active cluster; wait until it is created`,
    );
  }
  const certificateAuthorityPem = Buffer.from(authority, 'base64').toString('utf8');
  try {
    new X509Certificate(certificateAuthorityPem);
  } catch (error) {
    throw new Error(`EKS cluster ${clusterName}: its certificate authority is not a readable certificate`, { cause: error });
  }
  return { endpoint, certificateAuthorityPem };
};
