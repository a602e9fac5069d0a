import { describe, expect, test } from 'vitest';
import { parseRetryAfterSeconds, retryDelaySeconds } from '../../../../lambda/control-loop/client/retry';

describe('the wait before a retry', () => {
  const almostOne = () => 0.999999;

  test('is drawn from a range that doubles from 0.2 s to at most 5 s', () => {
    const longest = [1, 2, 3, 4, 5, 6, 7].map((attempts) => Number(retryDelaySeconds(attempts, 0, almostOne).toFixed(3)));
    expect(longest).toEqual([0.2, 0.4, 0.8, 1.6, 3.2, 5, 5]);
  });

  test('may be nothing: the jitter is full', () => {
    expect(retryDelaySeconds(3, 0, () => 0)).toBe(0);
  });

  test('comes on top of what the server asked for', () => {
    expect(retryDelaySeconds(1, 30, () => 0.5)).toBeCloseTo(30.1, 9);
  });
});

test.each([
  [undefined, 0],
  ['12', 12],
  ['0', 0],
  ['-3', 0],
  ['soon', 0],
  ['Sun, 01 Mar 2026 12:01:00 GMT', 60],
  ['Sun, 01 Mar 2026 11:00:00 GMT', 0],
])('at 12:00:00, Retry-After %s means a wait of %d s', (header, seconds) => {
  expect(parseRetryAfterSeconds(header, 1_772_366_400)).toBe(seconds);
});
