import { describe, expect, it } from 'vitest';
import {
  amount,
  count,
  figuresWith,
  goalPercent,
  partPercent,
  sharePercent,
  strategyWords,
  trafficPercent,
  usd,
} from '../../../sim/results/figures';

describe('figures', () => {
  const { counted, duration, instant, latency, statedLatency } = figuresWith(' ');
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
    [latency(0.0856), '85.6 ms'],
    [latency(null), 'none'],
    [latency(0.8123), '0.81 s'],
    [latency(12.345), '12.3 s'],
    [latency(0.9, 0.9), '0.90 s'],
    [latency(0.904, 0.9), '0.904 s'],
    [latency(0.896, 0.9), '0.896 s'],
    [latency(10.000_000_1, 10), '10.000000 s'],
    [statedLatency(0.9), '0.9 s'],
    [statedLatency(0.05), '50 ms'],
    [counted(1, 'request'), '1 request'],
    [counted(1204, 'request'), '1,204 requests'],
    [amount(60), '60'],
    [amount(71.96), '72'],
    [amount(1.25), '1.3'],
    [amount(0.01), 'under 0.1'],
    [amount(0), '0'],
    [amount(12_345.6), '12,346'],
    [trafficPercent(0.5), '50%'],
    [trafficPercent(0.460_99), '46.1%'],
    [trafficPercent(0.0001), 'under 0.1%'],
    [trafficPercent(0), '0%'],
    [duration(250), '4 min 10 s'],
    [duration(3600), '1 h'],
    [duration(259_200), '3 d'],
    [duration(0.2), '0 s'],
    [instant('2024-11-13T00:00:00Z', 101_420), 'Thu 14 Nov 04:10'],
    [strategyWords('CapacityOptimized'), 'capacity-optimized'],
  ])('%s', (given, expected) => expect(given).toBe(expected));

  it('keep number and unit together by the blank they are given', () => {
    expect(figuresWith('\u00a0').duration(250)).toBe('4\u00a0min 10\u00a0s');
  });
});
