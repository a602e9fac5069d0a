import type { IncomingHttpHeaders } from 'node:http';
import { Agent, request as startRequest } from 'node:https';
import type { TLSSocket } from 'node:tls';

export interface HttpRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/**
 * How far a request came that got no complete answer.
 * `NotSent`: no byte of it left, so it cannot have had an effect. `NotTrusted`: likewise, because the server's
 * certificate was refused. `Unknown`: it may have been carried out.
 */
export type Reach = 'NotSent' | 'NotTrusted' | 'Unknown';

/** A request that got no complete answer. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';

  constructor(
    message: string,
    readonly reach: Reach,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export interface HttpsConnection {
  /** Throws `NoAnswerError` when no complete answer came; any status is an answer. */
  send(request: HttpRequest, signal?: AbortSignal): Promise<HttpAnswer>;
  /** Closes the sockets that no request uses. */
  closeIdle(): void;
}

export interface HttpsConnectionProps {
  /** For example `https://0123456789ABCDEF.gr7.us-west-2.eks.amazonaws.com`. */
  readonly endpoint: string;
  /** The only authority that is trusted: neither the public ones nor those of the environment are. Left out: the public ones. */
  readonly certificateAuthorityPem?: string;
  /** Certificate and key by which the client proves who it is, both or none. */
  readonly clientCertificatePem?: string;
  readonly clientKeyPem?: string;
  /** Name in the server's certificate, where it is not the one in the endpoint. */
  readonly serverName?: string;
  /** Trusts whatever certificate the server shows. Default: false. */
  readonly isUnverified?: boolean;
  /** From the start of a request to the last byte of its answer. Default: 10. */
  readonly timeoutSeconds?: number;
}

const MAX_SOCKETS = 16;

/** Opens a keep-alive connection to one https server. */
export const openConnection = (props: HttpsConnectionProps): HttpsConnection => {
  const { hostname, port, pathname } = new URL(props.endpoint);
  // An API server behind a proxy has a path of its own before every request's.
  const prefix = pathname.replace(/\/+$/, '');
  const timeoutSeconds = props.timeoutSeconds ?? 10;
  const agent = new Agent({
    keepAlive: true,
    maxSockets: MAX_SOCKETS,
    ...(props.certificateAuthorityPem === undefined ? {} : { ca: props.certificateAuthorityPem }),
    ...(props.clientCertificatePem === undefined ? {} : { cert: props.clientCertificatePem }),
    ...(props.clientKeyPem === undefined ? {} : { key: props.clientKeyPem }),
    ...(props.serverName === undefined ? {} : { servername: props.serverName }),
    // Said aloud, so that NODE_TLS_REJECT_UNAUTHORIZED in the environment cannot switch it off.
    rejectUnauthorized: props.isUnverified !== true,
  });
  const target = { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? 443 : Number(port), agent };
  return {
    send: (request, signal) =>
      sendOnce(target, prefix === '' ? request : { ...request, path: `${prefix}${request.path}` }, timeoutSeconds, signal),
    closeIdle: () => {
      for (const sockets of Object.values(agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
    },
  };
};

const sendOnce = (
  target: { readonly host: string; readonly port: number; readonly agent: Agent },
  request: HttpRequest,
  timeoutSeconds: number,
  signal: AbortSignal | undefined,
): Promise<HttpAnswer> =>
  new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(new NoAnswerError('the time for this tick was over before the request was sent', 'NotSent', { cause: signal.reason }));
      return;
    }
    const headers =
      request.body === undefined ? request.headers : { ...request.headers, 'content-length': String(Buffer.byteLength(request.body)) };
    const sending = startRequest({ ...target, method: request.method, path: request.path, headers });
    // Bytes of a request leave only after the TLS handshake; a reused socket has that behind it.
    let mayHaveLeft = false;
    sending.once('socket', (socket) => {
      if (sending.reusedSocket) mayHaveLeft = true;
      else
        socket.once('secureConnect', () => {
          mayHaveLeft = true;
        });
    });
    const timer = setTimeout(() => sending.destroy(new Error(`no complete answer within ${timeoutSeconds} s`)), timeoutSeconds * 1000);
    const abort = () => sending.destroy(new Error('the time for this tick was over before the answer came'));
    signal?.addEventListener('abort', abort, { once: true });
    const settle = (end: () => void) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      end();
    };
    const fail = (error: Error) => {
      const refused = (sending.socket as TLSSocket | null)?.authorizationError;
      settle(() =>
        reject(new NoAnswerError(error.message, refused ? 'NotTrusted' : mayHaveLeft ? 'Unknown' : 'NotSent', { cause: error })),
      );
    };
    sending.on('error', fail);
    sending.once('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', (error: Error) =>
        fail(new Error(`the answer (${response.statusCode}) was cut off: ${error.message}`, { cause: error })),
      );
      response.once('end', () => {
        const answer = { status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks).toString('utf8') };
        settle(() => resolve(answer));
      });
    });
    sending.end(request.body);
  });
