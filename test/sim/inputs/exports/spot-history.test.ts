import { describe, expect, it } from 'vitest';
import { importTexts, NOVEMBER, refusalOf } from '../../../support/export-files';

/** As in example 1 of https://docs.aws.amazon.com/cli/latest/reference/ec2/describe-spot-price-history.html, newest first. */
const price = (time: unknown, usd: string, more: object = {}) => ({
  AvailabilityZone: 'us-west-2a',
  InstanceType: 'g5.xlarge',
  ProductDescription: 'Linux/UNIX',
  SpotPrice: usd,
  Timestamp: time,
  ...more,
});
const history = (...prices: readonly object[]): string => JSON.stringify({ SpotPriceHistory: prices }, null, 2);
const hour = (number: number): string => `2026-11-01T0${number}:00:00+00:00`;
const pricesOf = (imported: ReturnType<typeof importTexts>) =>
  (imported.rows as { SpotPrice: string; Timestamp: string }[]).map(({ SpotPrice, Timestamp }) => `${Timestamp} ${SpotPrice}`);

describe('A history of spot prices', () => {
  it('becomes what the twin reads: prices of Linux, by time', () => {
    const windows = price(hour(1), '0.9', { ProductDescription: 'Windows' });
    const imported = importTexts(history(price(hour(2), '0.50'), windows, price(hour(0), '0.40')));
    expect(imported).toMatchObject({
      format: 'spot-prices',
      kind: 'prices',
      found: 3,
      used: 2,
      leftOut: [{ count: 1, why: 'of other systems than Linux/UNIX' }],
    });
    expect(JSON.parse(imported.text)).toEqual({
      SpotPriceHistory: [price('2026-11-01T00:00:00.000Z', '0.40'), price('2026-11-01T02:00:00.000Z', '0.50')],
    });
  });

  it('keeps the price that holds at --from, and is cut at --to', () => {
    const all = history(price(hour(4), '0.8'), price(hour(3), '0.7'), price(hour(1), '0.6'), price(hour(0), '0.5'));
    const imported = importTexts(all, { fromEpochSeconds: NOVEMBER + 2 * 3600, toEpochSeconds: NOVEMBER + 4 * 3600 });
    expect(pricesOf(imported)).toEqual(['2026-11-01T01:00:00.000Z 0.6', '2026-11-01T03:00:00.000Z 0.7']);
    expect(imported.leftOut).toEqual([
      { count: 1, why: 'replaced by a later one before --from' },
      { count: 1, why: 'after --to' },
    ]);
  });

  it('is moved to the start of a scenario', () => {
    const options = { fromEpochSeconds: NOVEMBER, scenarioStartEpochSeconds: Date.UTC(2026, 0, 1) / 1000 };
    expect(pricesOf(importTexts(history(price(hour(0), '0.5'), price(hour(1), '0.6')), options))).toEqual([
      '2026-01-01T00:00:00.000Z 0.5',
      '2026-01-01T01:00:00.000Z 0.6',
    ]);
  });

  it('counts prices that two files share once, and can be of one instance type', () => {
    const g6 = price(hour(0), '0.3', { InstanceType: 'g6.xlarge' });
    expect(importTexts([history(price(hour(0), '0.5')), history(price(hour(0), '0.5'), g6)], { series: ['g5.xlarge'] })).toMatchObject({
      used: 1,
      leftOut: [
        { count: 1, why: 'found again in the files' },
        { count: 1, why: 'of other instance types' },
      ],
    });
  });

  it.each([
    [
      'a price that is none',
      history(price(hour(0), 'cheap')),
      'export:7: SpotPriceHistory[0].SpotPrice: given "cheap" (text), expected a price of at least 0 US dollars per hour',
    ],
    [
      'a time that is none',
      history(price('noon', '0.5')),
      'export:8: SpotPriceHistory[0].Timestamp: given "noon" (text), expected a time such as 2026-11-01T00:00:00Z, or seconds or milliseconds since 1970',
    ],
    [
      'prices of Windows alone',
      history(price(hour(0), '0.5', { ProductDescription: 'Windows' })),
      'input: given no price, expected Linux/UNIX prices of at least one instance type',
    ],
  ])('is refused for %s', (_, text, message) => {
    expect(refusalOf(text)).toBe(message);
  });

  it('is not scaled', () => {
    expect(refusalOf(history(price(hour(0), '0.5')), { scale: 2 })).toBe(
      '--scale: given an export of spot-prices, expected an export of a load',
    );
  });
});
