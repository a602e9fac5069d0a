import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readArrivals } from '../../../sim/inputs/arrivals';
import { readAvailability } from '../../../sim/inputs/availability';
import { ProblemList, readCsvRows } from '../../../sim/inputs/csv-rows';
import { epochSecondsOf } from '../../../sim/inputs/instant';
import { readSpotPrices } from '../../../sim/inputs/spot-prices';

const file = (text: string) => ({ name: 'file', text });

describe('Arrivals', () => {
  it('are rates that hold until the next row, none before the first', () => {
    expect(readArrivals(file('timestampSeconds,requestsPerMinute\n30,60\n90.5,1.2e2\n'), 100)).toEqual({
      kind: 'rates',
      rows: [
        { timestampSeconds: 0, requestsPerMinute: 0 },
        { timestampSeconds: 30, requestsPerMinute: 60 },
        { timestampSeconds: 90.5, requestsPerMinute: 120 },
      ],
    });
  });

  it('are single requests, several at one time if need be', () => {
    const arrivals = readArrivals(file('timestampSeconds\n0.25\n0.25\n7\n'), 100);
    expect(arrivals).toEqual({ kind: 'timestamps', timestampsSeconds: Float64Array.of(0.25, 0.25, 7) });
  });

  it('may have their columns in any order, blank lines, spaces, quotes and the line ends of Windows', () => {
    const rows = [{ timestampSeconds: 0, requestsPerMinute: 60 }];
    expect(readArrivals(file('requestsPerMinute, timestampSeconds\r\n\r\n60 , 0\r\n'), 100)).toEqual({ kind: 'rates', rows });
    expect(readArrivals(file('"timestampSeconds","requestsPerMinute"\r\n"0","60"\r\n'), 100)).toEqual({ kind: 'rates', rows });
  });

  it('stop being read after twenty mistakes', () => {
    const text = `timestampSeconds\n${'x\n'.repeat(1000)}`;
    expect(() => readArrivals(file(text), 100)).toThrow(/^(file:\d+: timestampSeconds: given "x", expected a number, at least 0\n?){20}$/);
  });
});

describe('CSV rows', () => {
  it('are the same with and without quotes', () => {
    const read = (text: string): unknown => {
      const rows: unknown[] = [];
      readCsvRows(file(text), [['a', 'b']], new ProblemList(), (row) => rows.push([row.values, row.where]));
      return rows;
    };
    const cell = fc.stringMatching(/^[a-z0-9.]{1,5}$/);
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell), { minLength: 1 }), fc.constantFrom('\n', '\r\n', '\n\n'), (records, end) => {
        const text = (quote: string) =>
          ['a,b', ...records.map((cells) => cells.map((c) => `${quote}${c}${quote}`).join(','))].join(end) + end;
        expect(read(text('"'))).toEqual(read(text('')));
      }),
      { seed: 3, numRuns: 100 },
    );
  });
});

describe('Availability', () => {
  it('is a number of devices, or unlimited where the row says nothing', () => {
    expect(readAvailability(file('timestampSeconds,pool,devices\n0,g5,\n0,g6,4\n60,g5,0\n'), ['g5', 'g6'], 100)).toEqual([
      { timestampSeconds: 0, pool: 'g5', devices: null },
      { timestampSeconds: 0, pool: 'g6', devices: 4 },
      { timestampSeconds: 60, pool: 'g5', devices: 0 },
    ]);
  });
});

describe('Spot prices', () => {
  const entry = (minute: string, price: string, product = 'Linux/UNIX', type = 'g5.xlarge') => ({
    AvailabilityZone: 'us-west-2a',
    InstanceType: type,
    ProductDescription: product,
    SpotPrice: price,
    Timestamp: `2026-01-01T00:${minute}:00+00:00`,
  });

  it('are those of Linux and of the instance types of the fleet, oldest first, in seconds from the start', () => {
    const history = {
      SpotPriceHistory: [
        entry('20', '0.50'),
        entry('15', '9.99', 'Windows'),
        entry('12', '0.10', 'Linux/UNIX', 'p3.2xlarge'),
        entry('05', '0.450000'),
      ],
    };
    const start = Date.UTC(2026, 0, 1, 0, 10) / 1000;
    expect(readSpotPrices(file(JSON.stringify(history)), start, ['g5.xlarge'])).toEqual([
      { instanceType: 'g5.xlarge', zone: 'us-west-2a', timestampSeconds: -300, priceUsdPerHour: 0.45 },
      { instanceType: 'g5.xlarge', zone: 'us-west-2a', timestampSeconds: 600, priceUsdPerHour: 0.5 },
    ]);
  });
});

describe('An instant', () => {
  it('is read with its offset from UTC', () => {
    expect(epochSecondsOf('1970-01-01T00:01:00Z')).toBe(60);
    expect(epochSecondsOf('1970-01-01T02:00:00.5+01:30')).toBe(1800.5);
    expect(epochSecondsOf('2024-02-29T23:59:59-00:00')).toBe(1709251199);
  });

  it.each(['2026-02-29T00:00:00Z', '2026-01-01T24:00:00Z', '2026-13-01T00:00:00Z', '2026-01-01T00:00:00', '2026-01-01', '', '1767225600'])(
    'is not %j',
    (text) => {
      expect(epochSecondsOf(text)).toBeUndefined();
    },
  );
});
