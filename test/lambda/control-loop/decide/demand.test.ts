import { describe, expect, it } from 'vitest';
import { estimateDemand } from '../../../../lambda/control-loop/decide/demand';
import { fleetObservation, known, type Observation, unknown } from '../../../../lambda/control-loop/model/observation';
import { fleetOf, NOW, observationOf, poolOf, seriesOf, type UnitState, unitOf } from './fixtures';

const fleet = fleetOf({ units: [unitOf('a'), unitOf('b')], pools: [poolOf('a'), poolOf('b')] });

const estimate = (units: Record<string, UnitState>, routerWeights?: Observation['routerWeights'][string]) => {
  const observation = observationOf(fleet, units);
  const seen = fleetObservation(fleet, observation);
  return estimateDemand(fleet, { ...seen, ...(routerWeights && { routerWeights }) });
};

const flat = (value: number, minutes = 20) => Array.from({ length: minutes }, () => value);

describe('the demand of a fleet', () => {
  it('is the sum of its units when the load is steady', () => {
    expect(estimate({ a: { requestsPerMinute: 100 }, b: { requestsPerMinute: 50 } })).toEqual(
      known({ presentPerMinute: 150, plannedPerMinute: 150, noisePerMinute: 0 }, NOW - 120),
    );
  });

  it('is at present the mean of the last three minutes', () => {
    const demand = estimate({ a: { requestsPerMinute: seriesOf([50, 40, 80]) }, b: { requestsPerMinute: seriesOf([10, 0, 0]) } });
    expect(demand).toEqual(known({ presentPerMinute: 60, plannedPerMinute: 60, noisePerMinute: 0 }, NOW - 120));
  });

  it('is planned along the trend over the cold start of ten minutes', () => {
    // The sum rises by 2 a minute and was 138 in the minute that began two minutes ago: 138 + 2 * (2 + 10).
    const rising = Array.from({ length: 20 }, (_, minute) => 50 + minute);
    const demand = estimate({ a: { requestsPerMinute: seriesOf(rising) }, b: { requestsPerMinute: seriesOf(rising) } });
    expect(demand).toMatchObject({ value: { presentPerMinute: 136, plannedPerMinute: expect.closeTo(162, 9) } });
  });

  it('wavers as single minutes lie about their line', () => {
    const demand = (requests: readonly number[]) =>
      estimate({ a: { requestsPerMinute: seriesOf([...requests]) }, b: { requestsPerMinute: seriesOf(flat(0)) } });
    const wavering = Array.from({ length: 20 }, (_, minute) => (minute % 2 === 0 ? 110 : 90));
    // The line falls by 100/665 a minute and leaves 2000 - 100^2/665 = 1984.96 in squares, on 18 degrees of freedom.
    expect(demand(wavering)).toMatchObject({ value: { noisePerMinute: expect.closeTo(10.501, 3) } });
    const rising = Array.from({ length: 20 }, (_, minute) => 50 + minute);
    expect(demand(rising)).toMatchObject({ value: { noisePerMinute: expect.closeTo(0, 9) } });
    expect(estimate({ a: { requestsPerMinute: seriesOf([10, 90]) }, b: { requestsPerMinute: seriesOf([0, 0]) } })).toMatchObject({
      value: { noisePerMinute: 0 },
    });
  });

  it('is planned at most a quarter above the highest minute', () => {
    const steep = Array.from({ length: 6 }, (_, minute) => minute * 100);
    expect(estimate({ a: { requestsPerMinute: seriesOf(steep) }, b: { requestsPerMinute: seriesOf(flat(0, 6)) } })).toMatchObject({
      value: { presentPerMinute: 400, plannedPerMinute: 625 },
    });
  });

  it.each([600, 1800])('that steps from 100 to 200 is never planned as more than 250, with a cold start of %d s', (coldStartSeconds) => {
    const profile = { throughputPerMinute: 60, latencySeconds: 0.5, coldStartSeconds };
    const slow = fleetOf({ units: [unitOf('a', { profile })], pools: [poolOf('a')] });
    const planned = Array.from({ length: 21 }, (_, minutes) => {
      const requests = seriesOf([...flat(100, 20 - minutes), ...flat(200, minutes)]);
      const demand = estimateDemand(slow, fleetObservation(slow, observationOf(slow, { a: { requestsPerMinute: requests } })));
      return demand.known ? demand.value.plannedPerMinute : Number.NaN;
    });
    expect(Math.max(...planned)).toBe(250);
    expect(planned[0]).toBe(100);
    expect(planned[20]).toBe(200);
  });

  it('is not planned below the present when the load falls', () => {
    const falling = Array.from({ length: 20 }, (_, minute) => 500 - 20 * minute);
    expect(estimate({ a: { requestsPerMinute: seriesOf(falling) }, b: { requestsPerMinute: seriesOf(flat(0)) } })).toMatchObject({
      value: { presentPerMinute: 140, plannedPerMinute: 140 },
    });
  });

  it('is unknown as soon as one unit with weight is', () => {
    expect(estimate({ b: { requestsPerMinute: unknown('throttled') } })).toEqual(unknown('requests of b: throttled'));
  });

  it('is unknown when one unit was silent for more than five minutes', () => {
    const old = known({ values: [10], atSeconds: [NOW - 301] }, NOW - 301);
    expect(estimate({ b: { requestsPerMinute: old } })).toEqual(unknown('requests of b: 301 s old'));
  });

  it('takes a unit whose weight is known to be zero for one without requests', () => {
    expect(estimate({ a: { requestsPerMinute: 80 }, b: { requestsPerMinute: unknown('no data'), weight: 0 } })).toMatchObject({
      value: { presentPerMinute: 80 },
    });
  });

  it('counts what a unit served before its weight went to zero, so that a shift is no growth', () => {
    const before = known({ values: flat(50, 18), atSeconds: flat(0, 18).map((_, minute) => NOW - 120 - 60 * (19 - minute)) }, NOW - 240);
    const demand = estimate({
      a: { requestsPerMinute: seriesOf([...flat(50, 18), 100, 100]) },
      b: { requestsPerMinute: before, weight: 0 },
    });
    expect(demand).toEqual(known({ presentPerMinute: 100, plannedPerMinute: 100, noisePerMinute: 0 }, NOW - 120));
  });

  it('does not take missing data for zero while weights are unknown', () => {
    const demand = estimate({ a: { requestsPerMinute: 80 }, b: { requestsPerMinute: unknown('no data'), weight: 0 } }, unknown('denied'));
    expect(demand.known).toBe(false);
  });

  it('leaves out minutes that one unit lacks', () => {
    const gap = known({ values: [10, 10, 10, 10], atSeconds: [NOW - 360, NOW - 300, NOW - 240, NOW - 120] }, NOW - 120);
    const demand = estimate({ a: { requestsPerMinute: seriesOf([1, 2, 4, 1000, 6]) }, b: { requestsPerMinute: gap } });
    // Minutes known for both: 2+10, 4+10, 6+10 (of five minutes, one is missing in b).
    expect(demand).toMatchObject({ value: { presentPerMinute: 14 } });
  });
});
