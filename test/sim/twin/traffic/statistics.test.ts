import { describe, expect, it } from 'vitest';
import { failures } from '../../../../sim/twin/traffic/minutes';
import { Statistics } from '../../../../sim/twin/traffic/statistics';

/** Statistics of two units with an objective of one second, and a clock that closes minutes. */
class Recorder {
  readonly statistics: Statistics;
  private minute = 0;

  constructor(warmUpSeconds = 0) {
    this.statistics = new Statistics(2, 1, warmUpSeconds);
  }

  /** Requests answered in a minute, good ones in half a second and bad ones in two, and failed ones, half a minute in. */
  minuteOf(good: number, bad: number, failed = 0, unit = 0): this {
    const now = this.minute * 60 + 30;
    for (let count = 0; count < good + bad; count += 1) {
      this.statistics.send();
      this.statistics.answer(unit, count < good ? 0.5 : 2, now);
    }
    for (let count = 0; count < failed; count += 1) {
      this.statistics.send();
      this.statistics.fail(unit, failures.timedOut, now);
    }
    this.statistics.closeMinute(3);
    this.minute += 1;
    return this;
  }
}

describe('the figures of a run', () => {
  it('count failed requests against the attainment', () => {
    const { statistics } = new Recorder().minuteOf(6, 2, 2);
    const summary = statistics.summary(0);
    expect(summary.requests).toBe(10);
    expect(summary.failed).toBe(2);
    expect(summary.requestsByUnit).toEqual([10, 0]);
    expect(summary.attainment).toBeCloseTo(0.6, 12);
    // Percentiles are of the eight answered ones: six of 0.5 s and two of 2 s.
    expect(Math.abs(summary.latencySeconds.p50! - 0.5)).toBeLessThan(0.005);
    expect(Math.abs(summary.latencySeconds.p95! - 2)).toBeLessThan(0.02);
    expect(summary.meanLatencySeconds).toBeCloseTo(7 / 8, 12);
  });

  it('are unknown, not zero, without requests', () => {
    expect(new Recorder().minuteOf(0, 0).statistics.summary(0)).toEqual({
      requests: 0,
      failed: 0,
      attained: 0,
      requestsByUnit: [0, 0],
      attainment: undefined,
      latencySeconds: { p50: undefined, p95: undefined, p99: undefined },
      meanLatencySeconds: undefined,
      worstFiveMinutesAttainment: undefined,
    });
  });

  it('leave out what ended in the warm-up', () => {
    const { statistics } = new Recorder(90).minuteOf(0, 5).minuteOf(4, 0).minuteOf(4, 2);
    // The second minute's requests end at 90 s sharp, which is after the warm-up.
    expect(statistics.summary(0).requests).toBe(10);
    expect(statistics.summary(0).attainment).toBeCloseTo(0.8, 12);
    expect(statistics.minutes(0).map(({ requests }) => requests)).toEqual([5, 4, 6]);
  });

  it('name the worst five minutes in a row, wherever they begin', () => {
    const recorder = new Recorder();
    for (const bad of [0, 0, 0, 1, 2, 3, 4, 0, 0, 0, 0, 0]) recorder.minuteOf(10 - bad, bad);
    // Minutes 2 to 6 and 3 to 7 have ten bad ones of fifty.
    expect(recorder.statistics.summary(0).worstFiveMinutesAttainment).toBeCloseTo(0.8, 12);
  });

  it('weigh the worst five minutes by requests and skip those without', () => {
    const recorder = new Recorder();
    for (let minute = 0; minute < 5; minute += 1) recorder.minuteOf(0, 0);
    recorder.minuteOf(30, 10);
    for (let minute = 0; minute < 4; minute += 1) recorder.minuteOf(0, 0);
    expect(recorder.statistics.summary(0).worstFiveMinutesAttainment).toBeCloseTo(0.75, 12);
  });

  it('take a run shorter than five minutes as one window', () => {
    expect(new Recorder().minuteOf(1, 1).minuteOf(3, 0).statistics.summary(0).worstFiveMinutesAttainment).toBeCloseTo(0.8, 12);
  });
});

describe('the minutes of a unit', () => {
  it('are known when they have ended, for an hour', () => {
    const recorder = new Recorder();
    expect(recorder.statistics.unitMinute(0, 0)).toBeUndefined();
    recorder.minuteOf(3, 1, 2);
    const minute = recorder.statistics.unitMinute(0, 0)!;
    expect([minute.requests, minute.answered, minute.errors, minute.refused]).toEqual([6, 4, 2, 0]);
    expect([minute.shortestSeconds, minute.longestSeconds, minute.latencySum]).toEqual([0.5, 2, 3.5]);
    expect(Math.abs(minute.latencySeconds(95)! - 2)).toBeLessThan(0.02);
    expect(recorder.statistics.unitMinute(1, 0)!.requests).toBe(0);
    expect(recorder.statistics.unitMinute(1, 0)!.latencySeconds(50)).toBeUndefined();
    for (let count = 1; count < 60; count += 1) recorder.minuteOf(1, 0);
    expect(recorder.statistics.unitMinute(0, 0)!.requests).toBe(6);
    recorder.minuteOf(1, 0);
    expect(recorder.statistics.unitMinute(0, 0)).toBeUndefined();
    expect(() => minute.requests).toThrow('Minute 0 was read after it was forgotten');
  });

  it('have the requests that no unit had a weight for under an index of their own', () => {
    const recorder = new Recorder();
    recorder.statistics.fail(-1, failures.refused, 10);
    recorder.minuteOf(2, 0);
    const refused = [0, 1, 2].map((unit) => recorder.statistics.unitMinute(unit, 0)!.refused);
    expect(refused).toEqual([0, 0, 1]);
  });

  it('do not exist for other units or other times', () => {
    const { statistics } = new Recorder().minuteOf(1, 0);
    expect(statistics.unitMinute(3, 0)).toBeUndefined();
    expect(statistics.unitMinute(-1, 0)).toBeUndefined();
    expect(statistics.unitMinute(0, -1)).toBeUndefined();
    expect(statistics.unitMinute(0, 1)).toBeUndefined();
    expect(statistics.unitMinute(0, 61)).toBeUndefined();
  });

  it('of the fleet hold users, requests in flight and the percentiles over all units', () => {
    const recorder = new Recorder();
    recorder.statistics.send();
    recorder.statistics.answer(1, 4, 10);
    recorder.statistics.send();
    recorder.minuteOf(3, 0);
    const [minute] = recorder.statistics.minutes(0);
    expect(minute).toMatchObject({
      minute: 0,
      sent: 5,
      requestsByUnit: [3, 1],
      requests: 4,
      failed: 0,
      attained: 3,
      users: 3,
      inFlight: 1,
    });
    expect(Math.abs(minute!.latencySeconds.p99! - 4)).toBeLessThan(0.04);
  });
});
