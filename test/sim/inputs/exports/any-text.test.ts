import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidInputError } from '../../../../lambda/control-loop/errors';
import { readArrivals } from '../../../../sim/inputs/arrivals';
import { formatNames } from '../../../../sim/inputs/exports/formats';
import { importTexts } from '../../../support/export-files';

/** What files that are nearly exports are made of. */
const word = fc.constantFrom(
  ...['MetricDataResults', 'Datapoints', 'Timestamp', 'Timestamps', 'Values', 'Sum', 'status', 'success', 'data', 'resultType', 'matrix'],
  ...['result', 'values', 'metric', 'SpotPriceHistory', 'items', 'kind', 'reason', 'InsufficientCapacityError', 'involvedObject', 'type'],
  ...['Point', 'http_reqs', 'time', 'value', 'metadata', '2026-11-01T00:00:00Z', '', 'NodeClaim', 'name', 'g5-spot-x7k2p', 'metrics'],
);
const { json } = fc.letrec((tie) => ({
  json: fc.oneof(
    { maxDepth: 5 },
    word,
    fc.constantFrom(null, true, 0, -1, 1.5, 1_793_491_200, 1e300),
    fc.array(tie('json'), { maxLength: 4 }),
    fc.dictionary(word, tie('json'), { maxKeys: 5 }),
  ),
}));
const object = fc.dictionary(word, json, { minKeys: 1, maxKeys: 5 });
const csv = fc.array(
  fc.array(fc.constantFrom('Timestamp', 'Name', 'Total Request Count', 'Aggregated', '1793491200', '7', '', '"'), { maxLength: 4 }),
);
const text = fc.oneof(
  object.map((value) => JSON.stringify(value)),
  fc.array(object, { maxLength: 4 }).map((values) => values.map((value) => JSON.stringify(value)).join('\n')),
  csv.map((rows) => rows.map((cells) => cells.join(',')).join('\n')),
  fc.string({ maxLength: 60 }),
  fc.string({ maxLength: 60 }).map((rest) => `https 2026-11-01T00:00:00Z ${rest}`),
);

describe('Any text', () => {
  it.each([undefined, ...formatNames])('as %s becomes what the twin reads, or is refused in a sentence', (format) => {
    fc.assert(
      fc.property(text, (given) => {
        try {
          const imported = importTexts(given, {}, format);
          expect(imported.used).toBeGreaterThan(0);
          if (imported.kind === 'load') readArrivals({ name: 'load.csv', text: imported.text }, Number.MAX_SAFE_INTEGER);
        } catch (error) {
          if (!(error instanceof InvalidInputError)) throw error;
          expect(error.message).toMatch(/^.+: given .+, expected .+/);
        }
      }),
      { seed: 11, numRuns: 1500 },
    );
  });

  it('of a load that was counted keeps the number of its requests', () => {
    const hours = fc.array(fc.integer({ min: 0, max: 7199 }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(hours, fc.integer({ min: 1, max: 4000 }), (seconds, periodSeconds) => {
        const start = Date.UTC(2026, 10, 1) / 1000;
        const lines = seconds.map((second) =>
          JSON.stringify({ type: 'Point', metric: 'http_reqs', data: { time: start + second, value: 1 } }),
        );
        const options = { fromEpochSeconds: start, toEpochSeconds: start + 7200, periodSeconds };
        const rows = importTexts(lines.join('\n'), options).rows as { timestampSeconds: number; requestsPerMinute: number }[];
        const requests = rows.reduce((sum, { timestampSeconds, requestsPerMinute }, index) => {
          const end = rows[index + 1]?.timestampSeconds ?? 7200;
          return sum + (requestsPerMinute * (end - timestampSeconds)) / 60;
        }, 0);
        expect(requests).toBeCloseTo(seconds.length, 5);
      }),
      { seed: 12, numRuns: 300 },
    );
  });
});
