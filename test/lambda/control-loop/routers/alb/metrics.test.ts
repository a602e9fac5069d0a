import { describe, expect, it } from 'vitest';
import { startDeadline } from '../../../../../lambda/control-loop/observe/deadline';
import { observeTraffic } from '../../../../../lambda/control-loop/observe/traffic';
import type { MetricQuery } from '../../../../../lambda/control-loop/ports';
import { FakePorts } from '../../../../support/fake-ports';
import { chatSpec, NOW_SECONDS, steadyMetrics } from '../../../../support/fake-world';
import { fleetOf } from '../../../../support/fleet-object';

const observe = async (prepare: (fake: FakePorts) => void, nowSeconds = NOW_SECONDS) => {
  const fake = new FakePorts(nowSeconds);
  fake.metric = steadyMetrics(60);
  prepare(fake);
  const deadline = startDeadline(10);
  const metrics = await observeTraffic(fake.ports.routers, deadline, [fleetOf(chatSpec())], nowSeconds);
  deadline.cancel();
  return { fake, inf2: metrics.get('default/chat/inf2')!, g5: metrics.get('default/chat/g5')! };
};

const isOf = (query: MetricQuery, unit: string, metricName: string): boolean =>
  query.metricName === metricName && query.dimensions.TargetGroup === `targetgroup/${unit}/0123456789abcdef`;

describe('the load balancer metrics', () => {
  it('are asked by the dimensions in the ARNs, latency at the percentile of the objective', async () => {
    const { fake } = await observe(() => {});
    const [call, ...more] = fake.callsOf('cloudWatch.getMetricData');
    const input = call!.args[0] as { queries: MetricQuery[]; startSeconds: number; endSeconds: number };
    expect(more).toHaveLength(0);
    expect(input.queries).toHaveLength(12);
    expect(input.queries[1]).toEqual({
      id: 'm1',
      namespace: 'AWS/ApplicationELB',
      metricName: 'TargetResponseTime',
      dimensions: { TargetGroup: 'targetgroup/inf2/0123456789abcdef', LoadBalancer: 'app/chat/0123456789abcdef' },
      statistic: 'p95',
      periodSeconds: 60,
    });
    expect(input.queries.filter(({ metricName }) => metricName === 'HTTPCode_ELB_5XX_Count')).toHaveLength(1);
    expect(input.endSeconds - input.startSeconds).toBe(1800);
  });

  it('leave out the minute that ended less than a minute ago', async () => {
    const onTheMinute = await observe(() => {}, NOW_SECONDS);
    expect(onTheMinute.inf2.requestsPerMinute).toMatchObject({ known: true, atSeconds: NOW_SECONDS - 60 });
    const late = await observe(() => {}, NOW_SECONDS + 59);
    expect(late.inf2.requestsPerMinute).toMatchObject({ known: true, atSeconds: NOW_SECONDS - 60 });
    const settled = await observe(() => {}, NOW_SECONDS + 60);
    expect(settled.inf2.requestsPerMinute).toMatchObject({ known: true, atSeconds: NOW_SECONDS });
  });

  it('give thirty minutes of requests, oldest first', async () => {
    const { inf2 } = await observe((fake) => {
      fake.metric = (query, minute) => (query.metricName === 'RequestCount' ? (minute - NOW_SECONDS) / 60 + 100 : 1);
    });
    if (!inf2.requestsPerMinute.known) throw new Error(inf2.requestsPerMinute.reason);
    const { values, atSeconds } = inf2.requestsPerMinute.value;
    expect(values).toEqual(Array.from({ length: 30 }, (_, index) => 69 + index));
    expect(atSeconds[29]).toBe(NOW_SECONDS - 120);
  });

  it('count a minute without requests as zero only where healthy hosts were reported in it', async () => {
    const { inf2, g5 } = await observe((fake) => {
      fake.metric = (query, minute) => {
        if (minute === NOW_SECONDS - 120 && query.metricName === 'RequestCount') return undefined;
        if (minute === NOW_SECONDS - 120 && isOf(query, 'g5', 'HealthyHostCount')) return undefined;
        return steadyMetrics(60)(query, minute);
      };
    });
    expect(inf2.requestsPerMinute).toMatchObject({ known: true, atSeconds: NOW_SECONDS - 60 });
    expect(inf2.requestsPerMinute.known && inf2.requestsPerMinute.value.values.at(-1)).toBe(0);
    expect(g5.requestsPerMinute).toMatchObject({ known: true, atSeconds: NOW_SECONDS - 120 });
    expect(g5.requestsPerMinute.known && g5.requestsPerMinute.value.values.at(-1)).toBe(60);
  });

  it('end the series at a gap that nothing explains', async () => {
    const { inf2 } = await observe((fake) => {
      fake.metric = (query, minute) => (minute === NOW_SECONDS - 300 ? undefined : steadyMetrics(60)(query, minute));
    });
    expect(inf2.requestsPerMinute.known && inf2.requestsPerMinute.value.atSeconds).toEqual([
      NOW_SECONDS - 240,
      NOW_SECONDS - 180,
      NOW_SECONDS - 120,
    ]);
  });

  it('are unknown after five minutes of silence, never zero', async () => {
    const { inf2 } = await observe((fake) => {
      fake.metric = (query, minute) => (minute >= NOW_SECONDS - 360 ? undefined : steadyMetrics(60)(query, minute));
    });
    const { minutes, ...signals } = inf2;
    expect(minutes.known && minutes.value.slice(-5).map((minute) => Object.keys(minute))).toEqual(Array(5).fill(['startSeconds']));
    for (const signal of Object.values(signals)) {
      expect(signal).toMatchObject({ known: false, reason: expect.stringContaining('no data in the last 5 complete minutes') });
    }
  });

  it('know no latency without traffic, but know that there is none', async () => {
    const { inf2 } = await observe((fake) => {
      fake.metric = ({ metricName }) => (metricName === 'HealthyHostCount' ? 2 : undefined);
    });
    expect(inf2.latencySeconds.known).toBe(false);
    expect(inf2.healthyHosts).toMatchObject({ known: true, value: 2 });
    expect(inf2.errorsPerMinute).toMatchObject({ known: true, value: 0 });
    expect(inf2.requestsPerMinute.known && inf2.requestsPerMinute.value.values.every((value) => value === 0)).toBe(true);
  });

  it.each(['PartialData', 'InternalError', 'Forbidden'] as const)(
    'answered %s are unknown and say so, the others stay known',
    async (status) => {
      const { inf2, g5 } = await observe((fake) => {
        fake.metricStatus = (query) => (isOf(query, 'g5', 'RequestCount') ? status : 'Complete');
      });
      expect(g5.requestsPerMinute).toEqual({ known: false, reason: `RequestCount: CloudWatch answered ${status}` });
      expect(g5.latencySeconds.known).toBe(true);
      expect(inf2.requestsPerMinute.known).toBe(true);
    },
  );

  it('tell each minute by itself: as many answers as there are latencies, and what is not known of it is left out', async () => {
    const { inf2 } = await observe((fake) => {
      fake.metric = (query, minute) => {
        const age = (NOW_SECONDS - minute) / 60;
        if (query.metricName === 'TargetResponseTime')
          return age === 3 ? undefined : query.statistic === 'SampleCount' ? 50 + age : age / 10;
        if (query.metricName === 'HealthyHostCount') return age === 4 ? undefined : age === 5 ? Number.NaN : 2;
        return steadyMetrics(60)(query, minute);
      };
    });
    if (!inf2.minutes.known) throw new Error(inf2.minutes.reason);
    const { value, atSeconds } = inf2.minutes;
    expect(atSeconds).toBe(NOW_SECONDS - 60);
    expect(value).toHaveLength(30);
    expect(value.slice(-4).map(({ requests: _1, refused: _2, failed: _3, ...minute }) => minute)).toEqual([
      { startSeconds: NOW_SECONDS - 300, answered: 55, latencySeconds: 0.5 },
      { startSeconds: NOW_SECONDS - 240, answered: 54, latencySeconds: 0.4 },
      { startSeconds: NOW_SECONDS - 180, answered: 0, errors: 0, healthyHosts: 2 },
      { startSeconds: NOW_SECONDS - 120, answered: 52, latencySeconds: 0.2, errors: 0, healthyHosts: 2 },
    ]);
  });

  it('are not corroborated by healthy hosts that were not answered in full', async () => {
    const { inf2 } = await observe((fake) => {
      fake.metric = ({ metricName }) => (metricName === 'HealthyHostCount' ? 1 : undefined);
      fake.metricStatus = ({ metricName }) => (metricName === 'HealthyHostCount' ? 'PartialData' : 'Complete');
    });
    expect(inf2.requestsPerMinute.known).toBe(false);
    expect(inf2.errorsPerMinute.known).toBe(false);
  });

  it.each([Number.NaN, -1, Number.POSITIVE_INFINITY])('reject %s at the boundary', async (value) => {
    const { inf2 } = await observe((fake) => {
      fake.metric = (query, minute) =>
        isOf(query, 'inf2', 'RequestCount') || isOf(query, 'inf2', 'TargetResponseTime') ? value : steadyMetrics(60)(query, minute);
    });
    expect(inf2.requestsPerMinute).toMatchObject({ known: false, reason: expect.stringContaining(`given ${value}`) });
    expect(inf2.latencySeconds).toMatchObject({ known: false, reason: expect.stringContaining(`given ${value}`) });
    expect(inf2.healthyHosts.known).toBe(true);
  });

  it('end the series at an older value that makes no sense', async () => {
    const { inf2 } = await observe((fake) => {
      fake.metric = (query, minute) => (minute === NOW_SECONDS - 240 ? Number.NaN : steadyMetrics(60)(query, minute));
    });
    expect(inf2.requestsPerMinute.known && inf2.requestsPerMinute.value.values).toEqual([60, 60]);
  });

  it('count the requests that the load balancer refused as demand of the units without a healthy host', async () => {
    const { inf2, g5 } = await observe((fake) => {
      fake.metric = (query, minute) => {
        if (query.metricName === 'HTTPCode_ELB_503_Count') return 600;
        if (!isOf(query, 'g5', query.metricName)) return steadyMetrics(60)(query, minute);
        return query.metricName === 'HealthyHostCount' ? 0 : undefined;
      };
    });
    expect(g5.requestsPerMinute.known && g5.requestsPerMinute.value.values).toEqual(Array(30).fill(600));
    expect(inf2.requestsPerMinute.known && inf2.requestsPerMinute.value.values).toEqual(Array(30).fill(60));
    expect(g5.minutes.known && g5.minutes.value.at(-1)).toMatchObject({ requests: 600, refused: 600, failed: 600, healthyHosts: 0 });
    expect(inf2.minutes.known && inf2.minutes.value.at(-1)).toMatchObject({ requests: 60, refused: 0, failed: 0, healthyHosts: 1 });
  });

  it('split what was refused where no unit has a host, reported as none or not reported at all', async () => {
    const { inf2, g5 } = await observe((fake) => {
      fake.metric = (query) => {
        if (query.metricName === 'HTTPCode_ELB_503_Count') return 600;
        return isOf(query, 'g5', 'HealthyHostCount') ? 0 : undefined;
      };
    });
    expect(g5.requestsPerMinute.known && g5.requestsPerMinute.value.values.at(-1)).toBe(300);
    expect(inf2.requestsPerMinute.known && inf2.requestsPerMinute.value.values.at(-1)).toBe(300);
  });

  it('know nothing of a minute without counts, refusals and healthy hosts: none was there to count', async () => {
    const { inf2 } = await observe((fake) => {
      fake.metric = ({ metricName }) => (metricName === 'HealthyHostCount' ? 0 : undefined);
    });
    expect(inf2.requestsPerMinute.known).toBe(false);
    expect(inf2.minutes.known && inf2.minutes.value.at(-1)).toEqual({ startSeconds: NOW_SECONDS - 120, healthyHosts: 0 });
  });

  it('take no refusals of another rule of the load balancer for demand of units that have healthy hosts', async () => {
    const { inf2 } = await observe((fake) => {
      fake.metric = (query, minute) => (query.metricName === 'HTTPCode_ELB_503_Count' ? 6000 : steadyMetrics(60)(query, minute));
    });
    expect(inf2.requestsPerMinute.known && inf2.requestsPerMinute.value.values.at(-1)).toBe(60);
  });

  it("put the load balancer's own errors on the units without a healthy host", async () => {
    const { inf2, g5 } = await observe((fake) => {
      fake.metric = (query, minute) => {
        if (query.metricName === 'HTTPCode_ELB_5XX_Count') return 30;
        if (query.metricName === 'HTTPCode_Target_5XX_Count') return 2;
        return isOf(query, 'g5', 'HealthyHostCount') ? 0 : steadyMetrics(60)(query, minute);
      };
    });
    expect(g5.errorsPerMinute).toMatchObject({ known: true, value: 32 });
    expect(inf2.errorsPerMinute).toMatchObject({ known: true, value: 2 });
  });

  it("share the load balancer's own errors where every unit has a healthy host", async () => {
    const { inf2, g5 } = await observe((fake) => {
      fake.metric = (query, minute) => (query.metricName === 'HTTPCode_ELB_5XX_Count' ? 30 : steadyMetrics(60)(query, minute));
    });
    expect(g5.errorsPerMinute).toMatchObject({ known: true, value: 15 });
    expect(inf2.errorsPerMinute).toMatchObject({ known: true, value: 15 });
  });

  it('are unknown with the reason when CloudWatch fails', async () => {
    const { inf2 } = await observe((fake) => fake.failures.set('cloudWatch.getMetricData', new Error('Rate exceeded')));
    expect(inf2.healthyHosts).toEqual({ known: false, reason: 'CloudWatch GetMetricData failed: Rate exceeded' });
  });

  it('of a fleet without router are not asked for, and the reason says why', async () => {
    const { router: _router, ...spec } = chatSpec();
    const fake = new FakePorts(NOW_SECONDS);
    const deadline = startDeadline(10);
    const fleet = fleetOf({ ...spec, units: spec.units.map(({ targetGroupArn: _arn, ...unit }) => unit) });
    const metrics = await observeTraffic(fake.ports.routers, deadline, [fleet], NOW_SECONDS);
    deadline.cancel();
    expect(fake.calls).toHaveLength(0);
    expect(metrics.get('default/chat/g5')?.healthyHosts).toMatchObject({
      known: false,
      reason: expect.stringContaining('behind no router'),
    });
  });

  it('of ARNs that are not those of a load balancer are unknown, and the reason says what was given', async () => {
    const fake = new FakePorts(NOW_SECONDS);
    const deadline = startDeadline(10);
    const fleet = fleetOf(chatSpec({ router: { listenerRuleArn: 'arn:of:something:else' } }));
    const metrics = await observeTraffic(fake.ports.routers, deadline, [fleet], NOW_SECONDS);
    deadline.cancel();
    expect(fake.calls).toHaveLength(0);
    expect(metrics.get('default/chat/g5')?.requestsPerMinute).toMatchObject({
      known: false,
      reason: expect.stringContaining('given listener rule arn:of:something:else'),
    });
  });
});
