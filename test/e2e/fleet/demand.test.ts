import { describe, expect, it } from 'vitest';
import { createDemand } from './demand';

const world = () => {
  const clock = { seconds: 1000 };
  const demand = createDemand(
    () => ['inf2', 'g5'],
    () => clock.seconds,
  );
  return { clock, demand };
};

describe('the demand', () => {
  it('is 240 requests a minute, until it is set', () => {
    const { demand } = world();
    expect(demand.view()).toEqual({ requestsPerMinute: 240, latencySeconds: {} });
    demand.set('{"requestsPerMinute": 600}');
    expect(demand.requestsPerMinute).toBe(600);
  });

  it('follows a load from when it is given, until a rate is set', () => {
    const { clock, demand } = world();
    demand.follow([
      { minute: 0, requestsPerMinute: 100 },
      { minute: 2, requestsPerMinute: 300 },
    ]);
    expect(demand.requestsPerMinute).toBe(100);
    clock.seconds += 120;
    expect(demand.requestsPerMinute).toBe(300);
    demand.set('{"latencySeconds": {"g5": 1.4}}');
    expect(demand.view()).toEqual({ requestsPerMinute: 300, latencySeconds: { g5: 1.4 } });
    demand.set('{"requestsPerMinute": 50}');
    clock.seconds += 600;
    expect(demand.requestsPerMinute).toBe(50);
  });

  it('has the latency of its load, unless one is set', () => {
    const { demand } = world();
    expect(demand.latencySeconds('g5')).toBeUndefined();
    demand.set('{"latencySeconds": {"g5": 1.4}}');
    expect([demand.latencySeconds('g5'), demand.latencySeconds('inf2')]).toEqual([1.4, undefined]);
    demand.set('{"latencySeconds": null}');
    expect(demand.latencySeconds('g5')).toBeUndefined();
  });

  it.each([
    ['600', /^traffic: given 600, expected JSON such as/],
    ['{"requestsPerMinute": ', /^traffic: given \{"requestsPerMinute": , expected JSON/],
    ['{"requestsPerMinute": "600"}', /^traffic: requestsPerMinute: given "600", expected a number from 0/],
    ['{"rate": 600}', /^traffic: given rate, expected requestsPerMinute or latencySeconds/],
    ['{"requestsPerMinute": 600, "latencySeconds": {"g6": 1}}', /^traffic: latencySeconds: given unit g6, expected inf2 or g5/],
    ['{"requestsPerMinute": 600, "latencySeconds": {"g5": 0}}', /^traffic: latencySeconds: g5: given 0, expected a number above 0/],
    ['{"requestsPerMinute": 600, "latencySeconds": 1}', /^traffic: latencySeconds: given 1, expected null or an object/],
  ])('refuses %s, and stays as it is', (text, message) => {
    const { demand } = world();
    expect(() => demand.set(text)).toThrow(message);
    expect(demand.view()).toEqual({ requestsPerMinute: 240, latencySeconds: {} });
  });
});
