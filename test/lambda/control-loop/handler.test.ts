import { describe, expect, test, vi } from 'vitest';
import { createHandler, handler } from '../../../lambda/control-loop/handler';
import type { Ports } from '../../../lambda/control-loop/ports';
import type { TickOptions } from '../../../lambda/control-loop/tick';
import { fleetPath } from '../../support/fleet-object';
import { authorityPem, json, startApiServer } from './client/api-server';
import { startAwsServer } from './client/aws-server';

// 2026-03-01T12:00:00Z
const NOW_SECONDS = 1_772_366_400;

interface Ran {
  readonly options: TickOptions;
  readonly deadlineSeconds: number;
  readonly signal: AbortSignal;
}

const setUp = (environment: Record<string, string> = { CLUSTER_NAME: 'prod', AWS_REGION: 'us-west-2' }, failure?: Error) => {
  const ran: Ran[] = [];
  const connected: { readonly clusterName: string; readonly region: string }[] = [];
  const logged: Readonly<Record<string, unknown>>[] = [];
  let session: { readonly deadlineSeconds: number; readonly signal: AbortSignal } | undefined;
  const handler = createHandler({
    environment,
    clock: { nowSeconds: () => NOW_SECONDS },
    connect: (settings) => {
      connected.push(settings);
      return {
        clusterName: settings.clusterName,
        ports: (asked) => {
          session = asked;
          return {} as Ports;
        },
      };
    },
    tick: async (_ports, options) => {
      if (session) ran.push({ options, ...session });
      if (failure) throw failure;
    },
    log: (record) => logged.push(record),
  });
  const invoke = (event: unknown, remainingSeconds = 55) => handler(event, { getRemainingTimeInMillis: () => remainingSeconds * 1000 });
  return { invoke, ran, connected, logged };
};

describe('an invocation', () => {
  test('runs one tick that ends before the function does', async () => {
    const { invoke, ran } = setUp();
    await invoke({ source: 'aws.scheduler', 'detail-type': 'Scheduled Event' });
    expect(ran).toHaveLength(1);
    expect(ran[0]?.options).toMatchObject({ deadlineSeconds: NOW_SECONDS + 52, trigger: 'aws.scheduler: Scheduled Event' });
    expect(ran[0]?.deadlineSeconds).toBe(NOW_SECONDS + 52);
    expect(ran[0]?.signal.aborted).toBe(false);
  });

  test('keeps connections and caches for the next one', async () => {
    const { invoke, ran, connected } = setUp();
    await invoke({});
    await invoke({});
    expect(connected).toEqual([{ clusterName: 'prod', region: 'us-west-2' }]);
    expect(ran[1]?.options.caches).toBe(ran[0]?.options.caches);
    expect(ran[1]?.signal).not.toBe(ran[0]?.signal);
  });

  test('with hardly any time left gets one second, so that it can say that it was late', async () => {
    const { invoke, ran } = setUp();
    await invoke({}, 0.5);
    expect(ran[0]?.options.deadlineSeconds).toBe(NOW_SECONDS + 1);
    expect(ran[0]?.deadlineSeconds).toBe(NOW_SECONDS + 1);
  });

  test.each([
    [{ source: 'aws.ec2', 'detail-type': 'EC2 Spot Instance Interruption Warning' }, 'aws.ec2: EC2 Spot Instance Interruption Warning'],
    [{ source: 'aws.cloudwatch', 'detail-type': 'CloudWatch Alarm State Change' }, 'aws.cloudwatch: CloudWatch Alarm State Change'],
    [{ source: 'aws.scheduler' }, 'aws.scheduler'],
    [{ 'detail-type': 7 }, 'unknown'],
    ['text', 'unknown'],
    [null, 'unknown'],
    [undefined, 'unknown'],
  ])('takes any event: %o is told as %s', async (event, trigger) => {
    const { invoke, ran } = setUp();
    await invoke(event);
    expect(ran[0]?.options.trigger).toBe(trigger);
  });

  test.each([
    [
      {
        source: 'aws.ec2',
        'detail-type': 'EC2 Spot Instance Interruption Warning',
        time: '2026-03-01T12:00:00Z',
        detail: { 'instance-id': 'i-1', 'instance-action': 'terminate' },
      },
      { atSeconds: 1_772_366_400, instanceId: 'i-1' },
    ],
    [{ source: 'aws.scheduler', time: '2026-03-01T12:00:00Z', detail: '{}' }, { atSeconds: 1_772_366_400 }],
    [{ source: 'aws.ec2', time: 'now', detail: null }, {}],
    [null, {}],
  ])('tells the tick when its event happened, and of which instance: %o', async (event, news) => {
    const { invoke, ran } = setUp();
    await invoke(event);
    expect(ran[0]?.options.event).toEqual(news);
  });

  test('that fails says so in one line and fails', async () => {
    const { invoke, logged } = setUp(undefined, new Error('no fleets could be listed'));
    await expect(invoke({ source: 'aws.scheduler' })).rejects.toThrow('no fleets could be listed');
    expect(logged).toEqual([
      { level: 'error', message: 'the tick failed', trigger: 'aws.scheduler', error: 'Error: no fleets could be listed' },
    ]);
  });
});

describe('an environment', () => {
  test.each([
    [{ AWS_REGION: 'us-west-2' }, 'environment: CLUSTER_NAME: given nothing, expected the name of the EKS cluster'],
    [
      { CLUSTER_NAME: 'not a name', AWS_REGION: 'us-west-2' },
      'environment: CLUSTER_NAME: given "not a name", expected the name of the EKS cluster',
    ],
    [{ CLUSTER_NAME: 'prod', AWS_REGION: 'Oregon' }, 'environment: AWS_REGION: given "Oregon", expected a region such as us-west-2'],
  ])('of %o is refused with what is wrong', async (environment, message) => {
    const { invoke, ran, connected } = setUp(environment as Record<string, string>);
    await expect(invoke({})).rejects.toThrow(message);
    expect(connected).toEqual([]);
    expect(ran).toEqual([]);
  });

  test('with two faults names both', async () => {
    const { invoke } = setUp({});
    await expect(invoke({})).rejects.toThrow(/CLUSTER_NAME[\s\S]*AWS_REGION/);
  });

  test.each(['us-gov-west-1', 'ap-southeast-7', 'eusc-de-east-1', 'cn-north-1'])('may name the region %s', async (region) => {
    const { invoke, ran } = setUp({ CLUSTER_NAME: 'prod', AWS_REGION: region });
    await invoke({});
    expect(ran).toHaveLength(1);
  });
});

test('the function itself finds its cluster through EKS and lists its fleets with a token, offline here', async () => {
  const api = await startApiServer(json(200, { items: [], metadata: {} }));
  const cluster = { endpoint: api.endpoint, certificateAuthority: { data: Buffer.from(authorityPem).toString('base64') } };
  const aws = await startAwsServer({ contentType: 'application/json', body: JSON.stringify({ cluster }) });
  vi.stubEnv('CLUSTER_NAME', 'prod');
  vi.stubEnv('AWS_REGION', 'us-west-2');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDEXAMPLE');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  vi.stubEnv('AWS_SESSION_TOKEN', 'session');
  vi.stubEnv('AWS_ENDPOINT_URL', aws.clientProps.endpoint);
  const lines: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    lines.push(String(text));
    return true;
  });
  await handler({ source: 'aws.scheduler' }, { getRemainingTimeInMillis: () => 55_000 });
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  expect(aws.received.map((request) => request.path)).toEqual(['/clusters/prod']);
  expect(api.received[0]).toMatchObject({
    method: 'GET',
    path: fleetPath(),
    headers: { authorization: expect.stringMatching(/^Bearer k8s-aws-v1\./) },
  });
  expect(lines.length).toBeGreaterThan(0);
  const token = String(api.received[0]?.headers.authorization).replace('Bearer ', '');
  for (const secret of [token, 'secret', 'k8s-aws-v1.']) expect(lines.join('')).not.toContain(secret);
  for (const line of lines) expect(JSON.parse(line)).toBeTypeOf('object');
  expect(lines.every((line) => line.indexOf('\n') === line.length - 1)).toBe(true);
});
