import { describe, expect, it } from 'vitest';
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

describe('packed columns', () => {
  it('keep what changes as it is, rounded to the small unit', () => {
    expect(packColumn([0.1234, 0.5, null], 1000)).toEqual([123, 500, null]);
  });

  it('keep constant stretches as runs of value and length', () => {
    expect(packColumn([0, 0, 0, 7, 7, null, null, null], 1)).toEqual({ runs: [0, 3, 7, 2, null, 3] });
  });
});
