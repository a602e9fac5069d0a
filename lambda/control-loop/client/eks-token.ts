import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import type { CredentialsProvider } from './credentials';

export interface EksTokenProps {
  readonly clusterName: string;
  readonly region: string;
  readonly credentials: CredentialsProvider;
  /** Time of signing, in seconds since the epoch. EKS takes the token for 15 minutes from then. */
  readonly nowSeconds: number;
}

/** How long the presigned URL itself says it is valid, in seconds; EKS asks for this value and counts its own 15 minutes. */
const EXPIRES_SECONDS = 60;

/**
 * A bearer token for an EKS cluster: a presigned STS GetCallerIdentity URL whose signature covers the cluster's name.
 * Format: kubernetes-sigs/aws-iam-authenticator, `pkg/token/token.go`.
 */
export const mintEksToken = async (props: EksTokenProps): Promise<string> => {
  const hostname = stsHostname(props.region);
  const signer = new SignatureV4({ service: 'sts', region: props.region, credentials: props.credentials, sha256: NodeSha256 });
  const signed = await signer.presign(
    {
      method: 'GET',
      protocol: 'https:',
      hostname,
      path: '/',
      query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
      headers: { host: hostname, 'x-k8s-aws-id': props.clusterName },
    },
    { expiresIn: EXPIRES_SECONDS, signingDate: new Date(props.nowSeconds * 1000) },
  );
  const query = Object.entries(signed.query ?? {}).map(([name, value]) => `${encode(name)}=${encode(String(value))}`);
  return `k8s-aws-v1.${Buffer.from(`https://${hostname}/?${query.join('&')}`).toString('base64url')}`;
};

/** The regional endpoint: the global one is a single point of failure, and EKS in opt-in regions refuses it. */
const stsHostname = (region: string): string => `sts.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;

/** Percent-encoding as SigV4 has it (RFC 3986): `encodeURIComponent` leaves five characters that must be encoded. */
const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);

type SourceData = string | ArrayBuffer | ArrayBufferView;

/** SHA-256, or HMAC-SHA-256 with a key, by OpenSSL: the signer's own is written in JavaScript. */
class NodeSha256 {
  #digest: Hash | Hmac;

  constructor(private readonly key?: SourceData) {
    this.#digest = this.#start();
  }

  update(data: Uint8Array): void {
    this.#digest.update(data);
  }

  async digest(): Promise<Uint8Array> {
    return this.#digest.digest();
  }

  reset(): void {
    this.#digest = this.#start();
  }

  #start(): Hash | Hmac {
    return this.key === undefined ? createHash('sha256') : createHmac('sha256', bytes(this.key));
  }
}

const bytes = (data: SourceData): Uint8Array => {
  if (typeof data === 'string') return Buffer.from(data);
  return ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : new Uint8Array(data);
};
