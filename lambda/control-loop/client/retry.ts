import type { Reach } from './http';

/** What one attempt ended with: an HTTP status, or how far it came without an answer. */
export type Outcome = { readonly status: number } | { readonly reach: Reach };

/** Attempts in all, the first one included. */
export const MAX_ATTEMPTS = 4;
const BASE_SECONDS = 0.2;
const CAP_SECONDS = 5;

/**
 * Whether the same request may be sent again.
 * Reads: after 429, 5xx and whatever broke the connection. Writes: only when it is certain that they were not applied,
 * which is after 429 (refused before it was processed) and when no byte was sent. A certificate that is not trusted
 * does not become so by asking again.
 */
export const mayRetry = (method: string, outcome: Outcome): boolean => {
  const reads = method === 'GET';
  if ('status' in outcome) return outcome.status === 429 || (reads && outcome.status >= 500);
  return outcome.reach === 'NotSent' || (reads && outcome.reach === 'Unknown');
};

/**
 * Time to wait before the next attempt, in seconds: full jitter over an exponentially growing range, 0.2 s doubling to
 * at most 5 s (M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015), added to what the server asked for.
 */
export const retryDelaySeconds = (attemptsMade: number, retryAfterSeconds: number, random: () => number): number => {
  let range = BASE_SECONDS;
  for (let attempt = 1; attempt < attemptsMade && range < CAP_SECONDS; attempt++) range *= 2;
  return retryAfterSeconds + random() * Math.min(range, CAP_SECONDS);
};

/** The seconds that a `Retry-After` header asks for, given as seconds or as a date (RFC 9110, 10.2.3); 0 without a readable one. */
export const parseRetryAfterSeconds = (header: string | undefined, nowSeconds: number): number => {
  if (header === undefined) return 0;
  if (/^\d+$/.test(header.trim())) return Number(header);
  const dateSeconds = Date.parse(header) / 1000;
  return Number.isNaN(dateSeconds) ? 0 : Math.max(0, dateSeconds - nowSeconds);
};
