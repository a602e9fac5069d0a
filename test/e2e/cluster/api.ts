import { setTimeout as delay } from 'node:timers/promises';
import { type HttpsConnection, openConnection } from '../../../lambda/control-loop/client/http';
import { createKubernetesClient } from '../../../lambda/control-loop/client/kubernetes';
import { KubernetesError } from '../../../lambda/control-loop/errors';
import type { ApiResource, KubernetesObject, KubernetesPort } from '../../../lambda/control-loop/ports';

/** The loop's own client with what only tests need. */
export interface Api extends KubernetesPort {
  /** All objects, whatever the number of pages. */
  all(
    resource: ApiResource,
    options?: { readonly namespace?: string; readonly labelSelector?: string },
  ): Promise<readonly KubernetesObject[]>;
  /** JSON merge patch. */
  patch(resource: ApiResource, name: string, namespace: string | undefined, change: unknown): Promise<KubernetesObject>;
  /** Strategic merge patch of the status: conditions are merged by type. */
  patchStatus(resource: ApiResource, name: string, namespace: string | undefined, change: unknown): Promise<KubernetesObject>;
  /** Deletes an object; one that is gone already is no error. */
  remove(resource: ApiResource, name: string, namespace?: string): Promise<void>;
  /** `undefined` where there is no such object. */
  find(resource: ApiResource, name: string, namespace?: string): Promise<KubernetesObject | undefined>;
  /** Any path, for what has no method of its own. */
  raw(method: string, path: string, body?: unknown, contentType?: string): Promise<{ readonly status: number; readonly body: string }>;
}

interface ApiProps {
  readonly endpoint: string;
  readonly certificateAuthorityPem: string;
  readonly token: string;
}

/** A client with a token that does not end. */
export const createApi = (props: ApiProps): Api => createApiOn(openConnection(props), props.token);

/** A client that is not bound to a tick and has no deadline; without a token it is the connection that proves who calls. */
export const createApiOn = (connection: HttpsConnection, token?: string): Api => {
  const port = createKubernetesClient({
    connection: async () => connection,
    mintToken: async () => token,
    clock: { nowSeconds: () => Date.now() / 1000 },
    deadlineSeconds: Number.POSITIVE_INFINITY,
    random: Math.random,
    sleep: (seconds) => delay(seconds * 1000),
  });
  const raw: Api['raw'] = async (method, path, body, contentType = 'application/json') =>
    connection.send({
      method,
      path,
      headers: {
        accept: 'application/json',
        'content-type': contentType,
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const send = async (method: string, path: string, body?: unknown, contentType?: string): Promise<KubernetesObject> => {
    const answer = await raw(method, path, body, contentType);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.body}`);
    return JSON.parse(answer.body) as KubernetesObject;
  };
  return {
    ...port,
    raw,
    all: async (resource, options = {}) => {
      const items: KubernetesObject[] = [];
      let continueToken: string | undefined;
      do {
        const page = await port.list(resource, { ...options, ...(continueToken ? { continueToken } : {}) });
        items.push(...page.items);
        continueToken = page.continueToken;
      } while (continueToken);
      return items;
    },
    patch: (resource, name, namespace, change) => send('PATCH', pathOf(resource, name, namespace), change, 'application/merge-patch+json'),
    patchStatus: (resource, name, namespace, change) =>
      send('PATCH', `${pathOf(resource, name, namespace)}/status`, change, 'application/strategic-merge-patch+json'),
    remove: async (resource, name, namespace) => {
      const answer = await raw('DELETE', pathOf(resource, name, namespace));
      if (answer.status >= 300 && answer.status !== 404)
        throw new Error(`DELETE ${resource.plural} ${name}: ${answer.status} ${answer.body}`);
    },
    find: (resource, name, namespace) =>
      port.get(resource, name, namespace).catch((error: unknown) => {
        if (error instanceof KubernetesError && error.status === 404) return undefined;
        throw error;
      }),
  };
};

const pathOf = (resource: ApiResource, name?: string, namespace?: string): string =>
  [
    resource.group === '' ? '/api' : `/apis/${resource.group}`,
    resource.version,
    ...(namespace === undefined ? [] : ['namespaces', namespace]),
    resource.plural,
    ...(name === undefined ? [] : [name]),
  ].join('/');
