import { setTimeout as delay } from 'node:timers/promises';
import { type AwsAnswer, type AwsCall, AwsError } from './call';

export interface FaultMatch {
  readonly service?: string;
  readonly action?: string;
  readonly accessKey?: string;
}

/**
 * `Throttle`: the service's own refusal. `ServerError`: 500. `Slow`: answers late. `Cut`: the connection breaks off instead of an answer.
 * `Garbage`: an answer that is none, as of a broken proxy.
 */
export type Fault =
  | { readonly kind: 'Throttle' | 'ServerError' | 'Cut' | 'Garbage' }
  | { readonly kind: 'Slow'; readonly seconds: number }
  | { readonly kind: 'Refuse'; readonly code: string; readonly message: string; readonly status?: number };

/** Thrown where a connection is to be broken off. */
export class CutOff extends Error {}

/** Thrown where something else is to be answered than the service would. */
export class Garbled extends Error {
  readonly answer: AwsAnswer = { status: 200, headers: { 'content-type': 'text/html' }, body: '<html><body>It works!</body></html>' };
}

export interface Faults {
  /** From now until it is ended, or that many times. */
  inject(match: FaultMatch, fault: Fault, times?: number): () => void;
  clear(): void;
  /** Throws, or waits, as the rules say. */
  apply(call: AwsCall): Promise<void>;
}

export const createFaults = (): Faults => {
  const rules = new Set<{ readonly match: FaultMatch; readonly fault: Fault; left: number }>();
  return {
    inject: (match, fault, times = Number.POSITIVE_INFINITY) => {
      const rule = { match, fault, left: times };
      rules.add(rule);
      return () => rules.delete(rule);
    },
    clear: () => rules.clear(),
    apply: async (call) => {
      for (const rule of rules) {
        const { service = call.service, action = call.action, accessKey = call.accessKey } = rule.match;
        if (rule.left <= 0 || service !== call.service || action !== call.action || accessKey !== call.accessKey) continue;
        rule.left -= 1;
        await suffer(call, rule.fault);
      }
    },
  };
};

const suffer = async (call: AwsCall, fault: Fault): Promise<void> => {
  switch (fault.kind) {
    case 'Slow':
      await delay(fault.seconds * 1000);
      return;
    case 'Cut':
      throw new CutOff();
    case 'Garbage':
      throw new Garbled();
    case 'ServerError':
      throw new AwsError(call.protocol === 'ec2' ? 'InternalError' : 'InternalFailure', 'An internal error has occurred', 500);
    case 'Refuse':
      throw new AwsError(fault.code, fault.message, fault.status);
    case 'Throttle':
      throw call.protocol === 'ec2'
        ? new AwsError('RequestLimitExceeded', 'Request limit exceeded.', 503)
        : call.protocol === 'query'
          ? new AwsError('Throttling', 'Rate exceeded', 400)
          : new AwsError('ThrottlingException', 'Rate exceeded', call.protocol === 'rest' ? 429 : 400);
  }
};
