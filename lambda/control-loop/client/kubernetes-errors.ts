import { loopAccess } from '../contract/names';
import { KubernetesError } from '../errors';
import type { HttpAnswer, NoAnswerError } from './http';

/** What a request was, for the text of its error. */
export interface Call {
  readonly method: string;
  readonly path: string;
}

const HINTS: Readonly<Record<number, string>> = {
  400: 'the API server could not read the request: the manifest or patch does not have the shape the served version expects',
  401: "the token was refused twice: give the function's role an access entry on the cluster (recreating the role breaks an old entry), and check that CLUSTER_NAME and the clock are right",
  403: `the role's Kubernetes group lacks this permission: bind the control loop's ClusterRole to the group of its access entry, and in the namespace of a fleet ${loopAccess.fleetsRole}`,
  404: 'no such object, or the kind is not installed (Karpenter, KEDA and the InferenceFleet CRD): it may have been deleted since it was read',
  409: 'another writer was faster or owns the field: nothing was written; read again and decide again',
  410: 'the continue token of this list has expired: start the list again from its first page',
  422: 'the value is invalid or a `test` of the patch did not hold: nothing was written; read again and decide again',
  429: 'the API server is overloaded: it kept refusing until attempts or time ran out',
};

/** The error of a call that was answered without success; `isHinted` adds what someone who runs the loop can do. */
export const refusedError = (call: Call, answer: HttpAnswer, isHinted = true): KubernetesError => {
  const { reason, message } = statusOf(answer.body);
  const hint = isHinted ? (HINTS[answer.status] ?? (answer.status >= 500 ? failedHint(call) : undefined)) : undefined;
  const said = message === undefined ? '' : `: ${message}`;
  return new KubernetesError(
    `${call.method} ${call.path}: ${answer.status}${reason ? ` ${reason}` : ''}${said}${hint ? ` (${hint})` : ''}`,
    answer.status,
  );
};

/** The error of a call without a complete answer; `isHinted` as above. */
export const unansweredError = (call: Call, error: NoAnswerError, isHinted = true): KubernetesError => {
  if (!isHinted) return new KubernetesError(`${call.method} ${call.path}: no answer: ${error.message}`, 0, { cause: error });
  const hint = {
    NotSent:
      "nothing was sent: check that the cluster's endpoint can be reached from the function's subnets and security group, on port 443",
    NotTrusted:
      "the server's certificate is not signed by the cluster's authority: nothing was sent; it is read again from EKS before the next call",
    Unknown: failedHint(call),
  }[error.reach];
  return new KubernetesError(`${call.method} ${call.path}: no answer: ${error.message} (${hint})`, 0, { cause: error });
};

/** The error of a call for which something else was missing: the cluster's address, a token, a readable answer. */
export const brokenError = (call: Call, what: string, cause?: unknown): KubernetesError =>
  new KubernetesError(`${call.method} ${call.path}: ${what}${cause instanceof Error ? `: ${cause.message}` : ''}`, 0, { cause });

const failedHint = (call: Call): string =>
  call.method === 'GET'
    ? 'reading was tried again until attempts or time ran out'
    : 'it is unknown whether the write was applied, so it was not repeated: the next tick reads what is there';

/** Reason and message of a Kubernetes `Status`; what else stands in the way answers in plain text, which is shortened. */
const statusOf = (body: string): { readonly reason?: string; readonly message?: string } => {
  try {
    const status: unknown = JSON.parse(body);
    if (typeof status === 'object' && status !== null) {
      const { reason, message } = status as { readonly reason?: unknown; readonly message?: unknown };
      return { ...(typeof reason === 'string' ? { reason } : {}), ...(typeof message === 'string' ? { message } : {}) };
    }
  } catch {
    // Not JSON: a proxy or load balancer in between.
  }
  const text = body.trim().slice(0, 200);
  return text === '' ? {} : { message: text };
};
