import { KubernetesError } from '../../../lambda/control-loop/errors';
import type { Reality } from '../../inputs/reality';
import { holdsAt } from '../reality/windows';
import type { LoopWrite, WriteListener } from './loop-writes';

type Entry = Reality['refusedWrites'][number];

/** Refuses the writes that the scenario's reality refuses, as the API server or Elastic Load Balancing would. */
export const refusals = (entries: readonly Entry[], nowSeconds: () => number): WriteListener => ({
  before: (write) => {
    const entry = entries.findLast((candidate) => holdsAt(candidate, nowSeconds()) && refuses(candidate, write));
    if (entry === undefined) return;
    throw entry.kind === 'ListenerRule' ? routerError(entry) : new KubernetesError(entry.message ?? webhookMessage(write), entry.status);
  },
});

const refuses = (entry: Entry, { kind, name, fields }: LoopWrite): boolean => {
  if (entry.kind !== kind) return false;
  if (entry.kind === 'ListenerRule') return true;
  const { field } = entry;
  const isNamed = entry.name === undefined || entry.name === name;
  return isNamed && (field === undefined || fields.some((pointer) => pointer === field || pointer.startsWith(`${field}/`)));
};

const webhookMessage = ({ kind, name }: LoopWrite): string => `admission webhook denied the request: ${kind} "${name}" must not be changed`;

/** Names of errors of the Elastic Load Balancing API, by HTTP status (API reference, "Common Errors"). */
const ROUTER_ERRORS: Readonly<Record<number, string>> = {
  400: 'ValidationError',
  403: 'AccessDenied',
  429: 'Throttling',
  503: 'ServiceUnavailable',
};

const routerError = ({ status, message }: Entry): Error => {
  const name = ROUTER_ERRORS[status] ?? 'InternalFailure';
  return Object.assign(new Error(message ?? `ModifyRule was answered with ${status} ${name}`), { name });
};
