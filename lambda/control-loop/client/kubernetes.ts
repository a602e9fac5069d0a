import { FIELD_MANAGER } from '../contract/names';
import type { ApiResource, Clock, KubernetesObject, KubernetesPort } from '../ports';
import { type HttpAnswer, type HttpRequest, type HttpsConnection, NoAnswerError } from './http';
import { brokenError, refusedError, unansweredError } from './kubernetes-errors';
import { MAX_ATTEMPTS, mayRetry, parseRetryAfterSeconds, retryDelaySeconds } from './retry';

/** What one tick's calls to the API server need. */
export interface KubernetesSession {
  /** The cluster's connection; asked for at every call, so it should be kept. */
  readonly connection: () => Promise<HttpsConnection>;
  /** A fresh bearer token; called at the first request and once more when that token is refused. `undefined`: the connection proves who calls. */
  readonly mintToken: () => Promise<string | undefined>;
  /** Told when the server could not be reached or was not trusted: its address or authority may have changed. */
  readonly onUnreachable?: () => void;
  /** Whether errors say what someone who runs the loop can do. Default: true. */
  readonly isHinted?: boolean;
  readonly clock: Clock;
  /** No retry waits beyond this time, in seconds since the epoch. */
  readonly deadlineSeconds: number;
  /** Ends whatever is under way. */
  readonly signal?: AbortSignal;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly sleep: (seconds: number, signal?: AbortSignal) => Promise<void>;
}

/** Items on one page of a list. */
const PAGE_SIZE = 500;

/** The Kubernetes API over one session: no cache, no discovery, no watch, only the calls of the loop. */
export const createKubernetesClient = (session: KubernetesSession): KubernetesPort => {
  const call = createCaller(session);
  return {
    list: async (resource, options = {}) => {
      const answer = await call({
        method: 'GET',
        path: pathOf(resource, {
          namespace: options.namespace,
          query: {
            limit: String(PAGE_SIZE),
            continue: options.continueToken,
            labelSelector: options.labelSelector,
            fieldSelector: options.fieldSelector,
          },
        }),
      });
      const { items, metadata } = answer as { items?: KubernetesObject[] | null; metadata?: { continue?: string } };
      return { items: items ?? [], ...(metadata?.continue ? { continueToken: metadata.continue } : {}) };
    },
    get: (resource, name, namespace) => call({ method: 'GET', path: pathOf(resource, { namespace, name }) }),
    apply: (resource, object, fieldManager, { force = false } = {}) =>
      call({
        method: 'PATCH',
        path: pathOf(resource, { ...placeOf(object), query: { fieldManager, force: String(force), fieldValidation: 'Strict' } }),
        contentType: 'application/apply-patch+yaml', // JSON is YAML
        body: typed(resource, object),
      }),
    jsonPatch: (resource, name, namespace, operations) =>
      call({
        method: 'PATCH',
        path: pathOf(resource, { namespace, name, query: { fieldManager: FIELD_MANAGER } }),
        contentType: 'application/json-patch+json',
        body: operations,
      }),
    replaceStatus: async (resource, object) => {
      const request = {
        method: 'PUT',
        path: pathOf(resource, {
          ...placeOf(object),
          subresource: 'status',
          query: { fieldManager: FIELD_MANAGER, fieldValidation: 'Strict' },
        }),
        contentType: 'application/json',
        body: typed(resource, object),
      };
      if (!object.metadata.resourceVersion) {
        throw brokenError(request, 'not sent: metadata.resourceVersion is missing, and without it the write would overwrite another tick');
      }
      return call(request);
    },
    create: (resource, object) =>
      call({
        method: 'POST',
        path: pathOf(resource, { namespace: object.metadata.namespace, query: { fieldManager: FIELD_MANAGER, fieldValidation: 'Strict' } }),
        contentType: 'application/json',
        body: typed(resource, object),
      }),
  };
};

interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly contentType?: string;
  readonly body?: unknown;
}

/** Sends requests with a token, again where that is safe, and reads their answers. */
const createCaller = (session: KubernetesSession) => {
  let token: Promise<string | undefined> | undefined;

  const attempt = async (
    request: ApiRequest,
  ): Promise<{ readonly answer: HttpAnswer; readonly usedToken: Promise<string | undefined> }> => {
    const connection = await session.connection().catch((error: unknown) => {
      throw brokenError(request, "not sent: the cluster's endpoint is not known", error);
    });
    token ??= session.mintToken();
    const usedToken = token;
    const bearer = await usedToken.catch((error: unknown) => {
      token = undefined;
      throw brokenError(request, 'not sent: no token could be made', error);
    });
    return { answer: await connection.send(httpRequest(request, bearer), session.signal), usedToken };
  };

  return async (request: ApiRequest): Promise<KubernetesObject> => {
    let tokenRenewed = false;
    for (let attemptsMade = 1; ; ) {
      let failure: Error;
      let retryAfterSeconds = 0;
      let retry: boolean;
      try {
        const { answer, usedToken } = await attempt(request);
        if (answer.status >= 200 && answer.status < 300) return parsed(request, answer);
        if (answer.status === 401 && !tokenRenewed) {
          tokenRenewed = true;
          // Another call may have renewed it meanwhile.
          if (token === usedToken) token = undefined;
          continue;
        }
        failure = refusedError(request, answer, session.isHinted);
        retry = mayRetry(request.method, answer);
        retryAfterSeconds = parseRetryAfterSeconds(answer.headers['retry-after'], session.clock.nowSeconds());
      } catch (error) {
        if (!(error instanceof NoAnswerError)) throw error;
        if (error.reach !== 'Unknown' && !session.signal?.aborted) session.onUnreachable?.();
        failure = unansweredError(request, error, session.isHinted);
        retry = mayRetry(request.method, error) && !session.signal?.aborted;
      }
      const delaySeconds = retryDelaySeconds(attemptsMade, retryAfterSeconds, session.random);
      const inTime = session.clock.nowSeconds() + delaySeconds < session.deadlineSeconds;
      if (!retry || !inTime || attemptsMade >= MAX_ATTEMPTS) throw failure;
      attemptsMade++;
      // A wait that is broken off ends with the failure it waited for.
      await session.sleep(delaySeconds, session.signal).catch(() => Promise.reject(failure));
    }
  };
};

const httpRequest = (request: ApiRequest, bearer: string | undefined): HttpRequest => ({
  method: request.method,
  path: request.path,
  headers: {
    accept: 'application/json',
    ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
    'user-agent': FIELD_MANAGER,
    ...(request.contentType ? { 'content-type': request.contentType } : {}),
  },
  ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
});

const parsed = (request: ApiRequest, answer: HttpAnswer): KubernetesObject => {
  try {
    const value: unknown = JSON.parse(answer.body);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as KubernetesObject;
  } catch {
    // Told below.
  }
  throw brokenError(
    request,
    `answered ${answer.status}, but with ${JSON.stringify(answer.body.slice(0, 80))} where a JSON object was expected`,
  );
};

const typed = (resource: ApiResource, object: KubernetesObject): KubernetesObject => ({
  ...object,
  apiVersion: resource.group === '' ? resource.version : `${resource.group}/${resource.version}`,
  kind: resource.kind,
});

interface Place {
  readonly namespace?: string | undefined;
  readonly name?: string;
  readonly subresource?: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
}

const placeOf = (object: KubernetesObject): Place => ({ namespace: object.metadata.namespace, name: object.metadata.name });

const pathOf = (resource: ApiResource, place: Place): string => {
  const segments = [
    ...(resource.group === '' ? ['api'] : ['apis', resource.group]),
    resource.version,
    ...(place.namespace ? ['namespaces', place.namespace] : []),
    resource.plural,
    ...(place.name ? [place.name] : []),
    ...(place.subresource ? [place.subresource] : []),
  ];
  const query = Object.entries(place.query ?? {}).flatMap(([name, value]) => (value ? [`${name}=${encodeURIComponent(value)}`] : []));
  return `/${segments.map(encodeURIComponent).join('/')}${query.length > 0 ? `?${query.join('&')}` : ''}`;
};
