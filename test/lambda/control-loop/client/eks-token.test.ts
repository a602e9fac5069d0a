import { createHash, createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { mintEksToken } from '../../../../lambda/control-loop/client/eks-token';

// 2026-03-01T12:00:00Z; the key pair is the example of the AWS documentation.
const NOW_SECONDS = 1_772_366_400;
const ACCESS_KEY_ID = 'AKIDEXAMPLE';
const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
const SESSION_TOKEN = 'a/session+token==';

const mint = (props: { region?: string; sessionToken?: string; clusterName?: string } = {}) =>
  mintEksToken({
    clusterName: props.clusterName ?? 'prod',
    region: props.region ?? 'us-west-2',
    credentials: async () => ({
      accessKeyId: ACCESS_KEY_ID,
      secretAccessKey: SECRET,
      ...(props.sessionToken ? { sessionToken: props.sessionToken } : {}),
    }),
    nowSeconds: NOW_SECONDS,
  });

const urlOf = (token: string): URL => new URL(Buffer.from(token.slice('k8s-aws-v1.'.length), 'base64url').toString('utf8'));

const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

describe('a token', () => {
  test('is the prefix and unpadded base64url of a presigned GetCallerIdentity', async () => {
    const token = await mint();
    expect(token).toMatch(/^k8s-aws-v1\.[A-Za-z0-9_-]+$/);
    const url = urlOf(token);
    expect(url.origin + url.pathname).toBe('https://sts.us-west-2.amazonaws.com/');
    expect(Object.fromEntries(url.searchParams)).toEqual({
      Action: 'GetCallerIdentity',
      Version: '2011-06-15',
      'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
      'X-Amz-Credential': 'AKIDEXAMPLE/20260301/us-west-2/sts/aws4_request',
      'X-Amz-Date': '20260301T120000Z',
      'X-Amz-Expires': '60',
      'X-Amz-SignedHeaders': 'host;x-k8s-aws-id',
      'X-Amz-Signature': expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  test('bears the signature that the steps of Signature Version 4 give', async () => {
    const url = urlOf(await mint({ sessionToken: SESSION_TOKEN }));
    const canonicalRequest = [
      'GET',
      '/',
      'Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SHA256' +
        '&X-Amz-Credential=AKIDEXAMPLE%2F20260301%2Fus-west-2%2Fsts%2Faws4_request&X-Amz-Date=20260301T120000Z&X-Amz-Expires=60' +
        '&X-Amz-Security-Token=a%2Fsession%2Btoken%3D%3D&X-Amz-SignedHeaders=host%3Bx-k8s-aws-id',
      'host:sts.us-west-2.amazonaws.com',
      'x-k8s-aws-id:prod',
      '',
      'host;x-k8s-aws-id',
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    ].join('\n');
    const stringToSign = [
      'AWS4-HMAC-SHA256',
      '20260301T120000Z',
      '20260301/us-west-2/sts/aws4_request',
      createHash('sha256').update(canonicalRequest).digest('hex'),
    ].join('\n');
    const signingKey = hmac(hmac(hmac(hmac(`AWS4${SECRET}`, '20260301'), 'us-west-2'), 'sts'), 'aws4_request');
    expect(url.searchParams.get('X-Amz-Signature')).toBe(hmac(signingKey, stringToSign).toString('hex'));
    expect(url.searchParams.get('X-Amz-Security-Token')).toBe(SESSION_TOKEN);
  });

  test('is another one for another cluster', async () => {
    const signature = async (clusterName: string) => urlOf(await mint({ clusterName })).searchParams.get('X-Amz-Signature');
    expect(await signature('prod')).not.toBe(await signature('staging'));
  });

  test('goes to the regional endpoint of its partition', async () => {
    expect(urlOf(await mint({ region: 'cn-north-1' })).hostname).toBe('sts.cn-north-1.amazonaws.com.cn');
    expect(urlOf(await mint({ region: 'us-gov-west-1' })).hostname).toBe('sts.us-gov-west-1.amazonaws.com');
  });
});
