import { mintEksToken } from '../../../lambda/control-loop/client/eks-token';
import { ACCOUNT, REGION } from './moto-client';

/** An AWS identity that may reach the cluster, as EKS access entries have it. */
export interface AccessEntry {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly username: string;
  readonly groups: readonly string[];
}

/** EKS takes a token for this long from its signing, in seconds. */
const TOKEN_SECONDS = 15 * 60;

/**
 * Plays EKS's authenticator: a bearer token is a presigned STS URL. It is taken when its signature is that of a known
 * key, covers the cluster's name and is young enough. (EKS has STS verify the signature; here it is computed again.)
 */
export const reviewToken = async (
  body: string,
  clusterName: string,
  entries: readonly AccessEntry[],
  nowSeconds: number,
): Promise<Readonly<Record<string, unknown>>> => {
  const { apiVersion, kind, spec } = JSON.parse(body) as { apiVersion: string; kind: string; spec: { token?: string } };
  const status = await statusOf(spec.token ?? '', clusterName, entries, nowSeconds);
  return { apiVersion, kind, status };
};

const refused = (error: string) => ({ authenticated: false, error });

const statusOf = async (token: string, clusterName: string, entries: readonly AccessEntry[], nowSeconds: number) => {
  const encoded = /^k8s-aws-v1\.(.+)$/.exec(token)?.[1];
  if (encoded === undefined) return refused('not a token of EKS');
  const given = new URL(Buffer.from(encoded, 'base64url').toString('utf8'));
  const signedAt = dateOf(given.searchParams.get('X-Amz-Date') ?? '');
  const [accessKeyId] = (given.searchParams.get('X-Amz-Credential') ?? '').split('/');
  const entry = entries.find((one) => one.accessKeyId === accessKeyId);
  if (entry === undefined) return refused(`no access entry for ${accessKeyId}`);
  if (!(nowSeconds - signedAt >= -60 && nowSeconds - signedAt < TOKEN_SECONDS)) return refused('token expired');
  const credentials = async () => ({ accessKeyId: entry.accessKeyId, secretAccessKey: entry.secretAccessKey });
  const expected = await mintEksToken({ clusterName, region: REGION, credentials, nowSeconds: signedAt });
  if (expected !== token) return refused('signature does not match');
  const { username, groups } = entry;
  return { authenticated: true, user: { username, uid: `aws-iam-authenticator:${ACCOUNT}:${accessKeyId}`, groups } };
};

/** Seconds since the epoch of a date such as `20260301T120000Z`. */
const dateOf = (text: string): number => Date.parse(text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z')) / 1000;
