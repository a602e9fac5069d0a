import { describe, expect, it } from 'vitest';
import { isParted } from '../../../../lambda/control-loop/model/learned-profile';

const stated = { throughputPerMinute: 100, latencySeconds: 0.5, coldStartSeconds: 300 };

describe('a learned profile', () => {
  it.each([
    ['a throughput of 80 of 100', { throughputPerMinute: 80 }, false],
    ['a throughput of 79 of 100', { throughputPerMinute: 79 }, true],
    ['a throughput of 121 of 100', { throughputPerMinute: 121 }, true],
    ['a latency of 0.59 s of 0.5 s', { latencySeconds: 0.59 }, false],
    ['a latency of 0.61 s of 0.5 s', { latencySeconds: 0.61 }, true],
    ['a cold start of 430 s of 300 s, which nine of ten starts stay within', { coldStartSeconds: 430 }, false],
    ['a cold start of 440 s of 300 s', { coldStartSeconds: 440 }, true],
  ])('with %s', (_, learned, parted) => {
    expect(isParted({ ...stated, ...learned }, stated)).toBe(parted);
  });
});
