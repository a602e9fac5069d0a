import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type AwsAnswer, type AwsCall, AwsError, failure, readCall } from './call';
import { CutOff, type Faults, Garbled } from './faults';

/** A call that someone made, for judging permissions. */
export interface RecordedCall {
  readonly atSeconds: number;
  readonly service: string;
  readonly action: string;
  /** Access key of the caller. */
  readonly accessKey: string;
  readonly input: AwsCall['input'];
  /** HTTP status of the answer; 0 where the connection was broken off. */
  readonly status: number;
  /** Error code of a call that failed. */
  readonly code?: string;
  /** Id of the launch template that the call created. */
  readonly launchTemplateId?: string;
}

export interface AwsProxy {
  readonly url: string;
  readonly calls: readonly RecordedCall[];
  stop(): Promise<void>;
}

interface ProxyProps {
  readonly port: number;
  readonly motoPort: number;
  readonly faults: Faults;
  /** The answer of what is answered here; `undefined` sends the call on to moto. */
  readonly answerHere: (call: AwsCall) => Promise<AwsAnswer> | AwsAnswer | undefined;
  /** Changes what moto answered. */
  readonly amend: (call: AwsCall, answer: AwsAnswer) => AwsAnswer;
  /** Paths that are no AWS call. */
  readonly paths: Readonly<Record<string, OwnPath>>;
}

/** What a path answers, as JSON; what it throws is answered as text, as of a request that was wrong. */
export type OwnPath = (body: string) => unknown;

/** Under it are all paths that are no AWS call. */
const OWN_PREFIX = '/test-bed/';

/** The AWS endpoint of a test bed: one HTTP server for all services, before moto. */
export const startProxy = async (props: ProxyProps): Promise<AwsProxy> => {
  const calls: RecordedCall[] = [];
  const server = createServer((incoming, outgoing) => {
    serve(props, calls, incoming, outgoing).catch((error: unknown) => {
      outgoing.writeHead(500, { 'content-type': 'text/plain' });
      outgoing.end(`test bed: ${error instanceof Error ? error.stack : String(error)}`);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(props.port, '127.0.0.1', resolve);
  });
  server.unref();
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    calls,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

const serve = async (props: ProxyProps, calls: RecordedCall[], incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
  const body = await readBody(incoming);
  const path = incoming.url ?? '/';
  if (path.startsWith(OWN_PREFIX)) {
    const { status, text, type } = await ownAnswer(props.paths, path.split('?')[0] ?? '', body.toString('utf8'));
    outgoing.writeHead(status, { 'content-type': type });
    outgoing.end(`${text}\n`);
    return;
  }
  const call = readCall(incoming.method ?? 'GET', path, incoming.headers, body);
  const record = (status: number, body: string | Buffer = ''): void => {
    const { service, action, accessKey, input } = call;
    const code = status >= 400 ? errorCodeIn(body.toString('utf8')) : undefined;
    const launchTemplateId = action === 'CreateLaunchTemplate' ? launchTemplateIdIn(body.toString('utf8')) : undefined;
    calls.push({
      ...{ atSeconds: Date.now() / 1000, service, action, accessKey, input, status },
      ...(code ? { code } : {}),
      ...(launchTemplateId ? { launchTemplateId } : {}),
    });
  };
  try {
    const answer = await answerOf(props, call);
    record(answer.status, answer.body);
    outgoing.writeHead(answer.status, { ...answer.headers, 'content-length': Buffer.byteLength(answer.body) });
    outgoing.end(answer.body);
  } catch (error) {
    if (!(error instanceof CutOff)) throw error;
    record(0);
    outgoing.destroy();
  }
};

const ownAnswer = async (paths: ProxyProps['paths'], path: string, body: string) => {
  const own = paths[path];
  const failed = (status: number, text: string) => ({ status, text, type: 'text/plain' });
  if (own === undefined) return failed(404, `given ${path}, expected ${Object.keys(paths).sort().join(', ')}`);
  try {
    return { status: 200, text: JSON.stringify(await own(body)), type: 'application/json' };
  } catch (error) {
    return failed(400, error instanceof Error ? error.message : String(error));
  }
};

const answerOf = async (props: ProxyProps, call: AwsCall): Promise<AwsAnswer> => {
  try {
    await props.faults.apply(call);
    return (await props.answerHere(call)) ?? props.amend(call, await forward(props.motoPort, call));
  } catch (error) {
    if (error instanceof AwsError) return failure(call, error);
    if (error instanceof Garbled) return error.answer;
    throw error;
  }
};

const errorCodeIn = (body: string): string | undefined =>
  /<Code>([^<]+)<\/Code>|"__type":\s*"(?:[^"#]+#)?([^"]+)"/.exec(body)?.slice(1).find(Boolean);

const readBody = async (incoming: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
};

/** Of one connection only, not of the message. */
const HOP_HEADERS = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'accept-encoding']);

const forward = (port: number, call: AwsCall): Promise<AwsAnswer> =>
  new Promise((resolve, reject) => {
    const headers = Object.fromEntries(Object.entries(call.headers).filter(([name]) => !HOP_HEADERS.has(name)));
    const sent = request(
      { host: '127.0.0.1', port, method: call.method, path: call.path, headers: { ...headers, 'content-length': call.body.length } },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () => {
          const kept = Object.entries(answer.headers).flatMap(([name, value]) =>
            HOP_HEADERS.has(name) || value === undefined ? [] : [[name, String(value)]],
          );
          resolve({ status: answer.statusCode ?? 500, headers: Object.fromEntries(kept), body: Buffer.concat(chunks) });
        });
      },
    );
    sent.on('error', reject);
    sent.end(call.body);
  });

const launchTemplateIdIn = (body: string): string | undefined => /<launchTemplateId>([^<]+)</.exec(body)?.[1];
