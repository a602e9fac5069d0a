import { type Environment, environmentCredentials } from './credentials';

/** What all AWS clients share: where, as whom, and how long to try. */
export const awsClientProps = (region: string, environment: Environment) => ({
  region,
  credentials: environmentCredentials(environment),
  maxAttempts: 3,
  retryMode: 'adaptive',
  requestHandler: {
    connectionTimeout: 2_000,
    requestTimeout: 8_000,
    socketTimeout: 8_000,
    throwOnRequestTimeout: true,
  },
});

/** What ends a call that is under way. */
export interface CallOptions {
  readonly abortSignal?: AbortSignal;
}

/** Epoch seconds of a date that is there and valid. */
export const secondsOf = (date: Date | null | undefined): number | undefined => {
  const milliseconds = date?.getTime() ?? Number.NaN;
  return Number.isFinite(milliseconds) ? milliseconds / 1000 : undefined;
};

/** `{ nextToken }` where a service says that there is another page; some say so with an empty text. */
export const nextPage = (nextToken: string | undefined): { readonly nextToken?: string } => (nextToken ? { nextToken } : {});
