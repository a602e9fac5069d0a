import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadScenario } from '../../../sim/inputs/load-scenario';

/** The smoke scenario: an hour from 2026-01-01T00:00:00Z on, inf2.xlarge and g5.xlarge in us-west-2a and us-west-2b. */
describe('What a run uses of a file', () => {
  const directory = mkdtempSync(join(tmpdir(), 'adaptive-inference-'));
  afterAll(() => rmSync(directory, { recursive: true }));
  const useOf = (option: 'arrivals' | 'availability' | 'spotPrices', text: string) => {
    writeFileSync(join(directory, 'file'), text);
    return loadScenario('smoke', directory, { [option]: 'file' }).fileUses?.[0];
  };

  it('is not said of the files of the scenario itself', () => {
    expect(loadScenario('smoke', directory).fileUses).toBeUndefined();
  });

  it('of arrivals: the rows until the end of the scenario', () => {
    const day = Array.from({ length: 1440 }, (_, minute) => `${minute * 60},100`);
    expect(useOf('arrivals', ['timestampSeconds,requestsPerMinute', ...day].join('\n'))).toEqual({
      name: 'file',
      entries: 'rows',
      found: 1440,
      used: 60,
      leftOut: [{ count: 1380, why: 'after the end of the scenario' }],
      notes: [],
    });
  });

  it('of arrivals: what the load is before the first and after the last row', () => {
    expect(useOf('arrivals', 'timestampSeconds,requestsPerMinute\n60,100\n120,200\n')).toMatchObject({
      found: 2,
      used: 2,
      leftOut: [],
      notes: [
        'no load before second 60, the first row',
        'the rate of the last row, at second 120, holds to the end of the scenario, second 3600',
      ],
    });
  });

  it('of single requests: those until the end of the scenario', () => {
    expect(useOf('arrivals', 'timestampSeconds\n1\n2\n3600\n')).toMatchObject({ found: 3, used: 2, notes: [] });
  });

  it('of capacity: the rows until the end of the scenario', () => {
    expect(useOf('availability', 'timestampSeconds,pool,devices\n0,g5-od,4\n7200,g5-od,\n')).toMatchObject({ found: 2, used: 1 });
  });

  const price = (zone: string, time: string, InstanceType = 'g5.xlarge', ProductDescription = 'Linux/UNIX') => ({
    AvailabilityZone: zone,
    InstanceType,
    ProductDescription,
    SpotPrice: '0.5',
    Timestamp: time,
  });
  const prices = (...history: readonly object[]) => useOf('spotPrices', JSON.stringify({ SpotPriceHistory: history }));

  it('of prices: none of zones that the fleet does not have', () => {
    expect(prices(price('eu-west-1b', '2026-01-01T00:10:00Z'), price('eu-west-1a', '2026-01-01T00:10:00Z'))).toEqual({
      name: 'file',
      entries: 'prices',
      found: 2,
      used: 0,
      leftOut: [{ count: 2, why: 'of zones that no spot pool with the type has: eu-west-1a, eu-west-1b' }],
      notes: [],
    });
  });

  it('of prices: the one that holds at the start, and those until the end', () => {
    expect(
      prices(
        price('us-west-2a', '2025-12-30T00:00:00Z'),
        price('us-west-2a', '2025-12-31T00:00:00Z'),
        price('us-west-2a', '2026-01-01T00:30:00Z'),
        price('us-west-2a', '2026-01-01T01:00:00Z'),
        price('us-west-2a', '2026-01-01T00:30:00Z', 'p5.48xlarge'),
        price('us-west-2a', '2026-01-01T00:30:00Z', 'g5.xlarge', 'Windows'),
      ),
    ).toMatchObject({
      found: 6,
      used: 2,
      leftOut: [
        { count: 2, why: 'of no instance type of a spot pool, or not of Linux/UNIX' },
        { count: 1, why: 'replaced by a later one before the scenario starts' },
        { count: 1, why: 'after the end of the scenario' },
      ],
      notes: [],
    });
  });

  it('of prices of another year: that none changes during the scenario', () => {
    expect(prices(price('us-west-2a', '2026-11-01T00:00:00Z'), price('us-west-2a', '2026-11-01T01:00:00Z'))).toMatchObject({
      used: 1,
      notes: ['no price changes during the scenario, which starts at 2026-01-01T00:00:00Z: import --scenario-start moves prices there'],
    });
  });
});
