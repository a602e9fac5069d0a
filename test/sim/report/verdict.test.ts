import { describe, expect, it } from 'vitest';
import { count, duration, goalPercent, instant, latency, partPercent, sharePercent, strategyWords, usd } from '../../../sim/report/figures';
import { packColumn } from '../../../sim/report/pack';
import { tilesOf, verdictOn } from '../../../sim/report/verdict';
import { syntheticSummary } from './synthetic-run';

const plain = (texts: readonly string[]): string => texts.join(' ').replace(/\u00a0/g, ' ');

const shortage = (pool: string, detectedAfterSeconds: number | null, recoveredAfterSeconds: number | null) => ({
  pool,
  startSeconds: 600,
  detectedAfterSeconds,
  recoveredAfterSeconds,
});

describe('the verdict', () => {
  it('counts exactly the goal as held', () => {
    expect(verdictOn(syntheticSummary({ attainment: 0.99 })).held).toBe(true);
  });

  it('does not round a miss up to the goal', () => {
    const verdict = verdictOn(syntheticSummary({ attainment: 0.989999 }));
    expect(verdict.held).toBe(false);
    expect(plain([verdict.headline])).toContain('missed its objective: 98.99% of requests');
  });

  it('says when no request was late either', () => {
    expect(plain(verdictOn(syntheticSummary({ attainment: 1, requests: 2, shortages: [] })).sentences)).toBe(
      'No request was lost: all 2 requests were answered, none later than 0.9 s.',
    );
  });

  it('says when the shortage was never detected and the objective not regained', () => {
    expect(plain(verdictOn(syntheticSummary({ shortages: [shortage('g6-spot', null, null)] })).sentences)).toContain(
      'It never detected the shortage of g6-spot; the pool did not launch again before the end.',
    );
  });

  it('sums up many shortages by their slowest', () => {
    const shortages = ['a', 'b', 'c', 'd', 'e'].map((pool, index) => shortage(pool, 10 + index, 100 * index));
    expect(plain(verdictOn(syntheticSummary({ shortages })).sentences)).toContain(
      'There were 5 shortages (a, b, c and 2 more). It detected each within 14 s of the first refused launch; every pool launched again within 6 min 40 s.',
    );
  });

  it('is fair to a baseline that does better', () => {
    const baseline = syntheticSummary({ policy: 'static', costUsdPer1000Requests: 0.2, attainment: 0.999 });
    const mine = syntheticSummary({ costUsdPer1000Requests: 0.3, failed: 10 });
    expect(plain(verdictOn(mine, baseline).sentences)).toContain(
      'static also held the objective (99.90%) and cost $1,873: two-mode costs 50.0% more per request and loses 10 more requests.',
    );
    expect(tilesOf(mine, baseline).map((tile) => tile.better)).toEqual([false, false, false, undefined, undefined]);
  });

  it('calls equals equal', () => {
    const twin = syntheticSummary({ policy: 'static' });
    expect(plain(verdictOn(syntheticSummary(), twin).sentences)).toContain(
      'two-mode costs the same per request and neither loses a request.',
    );
    expect(tilesOf(syntheticSummary(), twin)[0]!.against).toBe('as static');
  });

  it('shows the percentile the objective watches', () => {
    const summary = syntheticSummary({ objective: { latencySeconds: 0.9, percentile: 99, attainment: 0.99 } });
    expect(tilesOf(summary).at(-1)).toMatchObject({ label: 'Latency p99', value: '0.83\u00a0s' });
  });
});

describe('figures', () => {
  it.each([
    [count(6_412_345), '6,412,345'],
    [count(999), '999'],
    [usd(1873.2), '$1,873'],
    [usd(12.345), '$12.35'],
    [usd(0.2921), '$0.292'],
    [usd(0.0123), '$0.0123'],
    [sharePercent(0.9962), '99.62%'],
    [sharePercent(0.99999), '99.99%'],
    [sharePercent(0.9899999, 0.99), '98.99%'],
    [sharePercent(0.99000001, 0.99), '99.000001%'],
    [sharePercent(1), '100%'],
    [goalPercent(0.999), '99.9%'],
    [partPercent(1204, 6_412_345), '0.019%'],
    [partPercent(1, 6_412_345), 'under 0.001%'],
    [latency(0.0856), '85.6\u00a0ms'],
    [latency(null), 'none'],
    [duration(250), '4\u00a0min 10\u00a0s'],
    [duration(3600), '1\u00a0h'],
    [duration(259_200), '3\u00a0d'],
    [duration(0.2), '0\u00a0s'],
    [instant('2024-11-13T00:00:00Z', 101_420), 'Thu\u00a014\u00a0Nov\u00a004:10'],
    [strategyWords('CapacityOptimized'), 'capacity-optimized'],
  ])('%s', (given, expected) => expect(given).toBe(expected));
});

describe('packed columns', () => {
  it('keep what changes as it is, rounded to the small unit', () => {
    expect(packColumn([0.1234, 0.5, null], 1000)).toEqual([123, 500, null]);
  });

  it('keep constant stretches as runs of value and length', () => {
    expect(packColumn([0, 0, 0, 7, 7, null, null, null], 1)).toEqual({ runs: [0, 3, 7, 2, null, 3] });
  });
});
