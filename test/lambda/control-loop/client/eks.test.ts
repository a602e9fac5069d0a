import { EKSClient } from '@aws-sdk/client-eks';
import { describe, expect, test } from 'vitest';
import { createCluster } from '../../../../lambda/control-loop/client/cluster';
import { describeCluster } from '../../../../lambda/control-loop/client/eks';
import { resources } from '../../../../lambda/control-loop/contract/names';
import { authorityPem, errorOf, json, startApiServer, strangerPem } from './api-server';
import { startAwsServer, type WireAnswer } from './aws-server';

const answer = (body: unknown, status = 200, headers: Record<string, string> = {}): WireAnswer => ({
  status,
  contentType: 'application/json',
  body: JSON.stringify(body),
  headers,
});

const active = {
  cluster: {
    name: 'prod',
    status: 'ACTIVE',
    endpoint: 'https://0123.gr7.us-west-2.eks.amazonaws.com',
    certificateAuthority: { data: Buffer.from(authorityPem).toString('base64') },
  },
};

const startEks = async (...answers: readonly WireAnswer[]) => {
  const server = await startAwsServer(...answers);
  return { ...server, client: new EKSClient(server.clientProps) };
};

describe('the address of a cluster', () => {
  test('is endpoint and certificate authority', async () => {
    const { client, received } = await startEks(answer(active));
    expect(await describeCluster(client, 'prod')).toEqual({
      endpoint: 'https://0123.gr7.us-west-2.eks.amazonaws.com',
      certificateAuthorityPem: authorityPem,
    });
    expect(received[0]).toMatchObject({ method: 'GET', path: '/clusters/prod' });
  });

  test.each([
    [
      'is not there',
      answer({ message: 'No cluster found for name: prod.' }, 404, { 'x-amzn-errortype': 'ResourceNotFoundException' }),
      'EKS cluster prod: not there in this account and region; check CLUSTER_NAME',
    ],
    [
      'is being created',
      answer({ cluster: { name: 'prod', status: 'CREATING' } }),
      'given status CREATING without endpoint or certificate authority',
    ],
    [
      'has an unreadable authority',
      answer({ cluster: { ...active.cluster, certificateAuthority: { data: 'aGVsbG8=' } } }),
      'its certificate authority is not a readable certificate',
    ],
  ])('of a cluster that %s is a clear error', async (_what, wire, message) => {
    const { client } = await startEks(wire);
    await expect(describeCluster(client, 'prod')).rejects.toThrow(message);
  });

  test('is asked for at most three times when the service fails', async () => {
    const { client, received } = await startEks(answer({ message: 'try later' }, 500, { 'x-amzn-errortype': 'ServerException' }));
    await expect(describeCluster(client, 'prod')).rejects.toThrow('try later');
    expect(received).toHaveLength(3);
  });
});

describe('a cluster over several ticks', () => {
  const clusterAt = (addresses: readonly { readonly endpoint: string; readonly certificateAuthorityPem: string }[]) => {
    let described = 0;
    let minted = 0;
    const cluster = createCluster({
      describe: async () => {
        const address = addresses[Math.min(described++, addresses.length - 1)];
        if (address === undefined) throw new Error('EKS cluster prod: not there');
        return address;
      },
      mintToken: async () => `token-${++minted}`,
      clock: { nowSeconds: () => 100 },
      random: () => 0,
      sleep: async () => undefined,
    });
    return { tick: () => cluster.session({ deadlineSeconds: 150 }), described: () => described };
  };

  test('is described once, but gets a fresh token and connection each tick', async () => {
    const server = await startApiServer(json(200, { metadata: { name: 'p' } }));
    const { tick, described } = clusterAt([{ endpoint: server.endpoint, certificateAuthorityPem: authorityPem }]);
    for (let ticks = 0; ticks < 2; ticks++) {
      const kubernetes = tick();
      await kubernetes.get(resources.nodePools, 'p');
      await kubernetes.get(resources.nodePools, 'p');
    }
    expect(described()).toBe(1);
    expect(server.connections()).toBe(2);
    expect(server.received.map((request) => request.headers.authorization)).toEqual(
      ['token-1', 'token-1', 'token-2', 'token-2'].map((token) => `Bearer ${token}`),
    );
  });

  test('is described again after its server was not trusted, as when it was replaced', async () => {
    const server = await startApiServer(json(200, { metadata: { name: 'p' } }));
    const { tick, described } = clusterAt([
      { endpoint: server.endpoint, certificateAuthorityPem: strangerPem },
      { endpoint: server.endpoint, certificateAuthorityPem: authorityPem },
    ]);
    expect(await errorOf(tick().get(resources.nodePools, 'p'))).toMatchObject({ status: 0 });
    expect(await tick().get(resources.nodePools, 'p')).toEqual({ metadata: { name: 'p' } });
    expect(described()).toBe(2);
  });

  test('that cannot be described is an error of the call, and is asked for again', async () => {
    const { tick, described } = clusterAt([]);
    const kubernetes = tick();
    const error = await errorOf(kubernetes.get(resources.nodePools, 'p'));
    expect(error).toMatchObject({ status: 0 });
    expect(String(error)).toContain(
      "GET /apis/karpenter.sh/v1/nodepools/p: not sent: the cluster's endpoint is not known: EKS cluster prod: not there",
    );
    await errorOf(kubernetes.get(resources.nodePools, 'p'));
    expect(described()).toBe(2);
  });
});
