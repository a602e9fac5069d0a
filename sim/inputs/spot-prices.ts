import * as z from 'zod/mini';
import { validate } from '../../lambda/control-loop/api/validate';
import { InvalidInputError } from '../../lambda/control-loop/errors';
import { type FieldProblem, shown } from '../../lambda/control-loop/model/field-problem';
import { numberOf } from './csv-rows';
import { epochSecondsOf } from './instant';
import type { ScenarioSpotPrice } from './loaded-scenario';
import { type DataFile, parseDataFile, type TextFile } from './text-file';

/** As `aws ec2 describe-spot-price-history` prints it; further fields are those of newer versions of the command. */
const SpotPriceFileSchema = z.object({
  SpotPriceHistory: z
    .array(
      z.object({
        AvailabilityZone: z.string().check(z.minLength(1)),
        InstanceType: z.string().check(z.minLength(1)),
        ProductDescription: z.string(),
        SpotPrice: z.string().check(z.describe('US dollars per hour, as text: "0.2275"')),
        Timestamp: z.string().check(z.describe('RFC 3339, for example 2026-01-01T00:00:00+00:00')),
      }),
    )
    .check(z.minLength(1)),
});

/** Prices of other operating systems include their licence. */
const LINUX = ['Linux/UNIX', 'Linux/UNIX (Amazon VPC)'];

export const isLinux = (productDescription: string): boolean => LINUX.includes(productDescription);

type SpotPriceEntry = z.output<typeof SpotPriceFileSchema>['SpotPriceHistory'][number];

/** The entries of a spot price history, each with a price; their times are not read. */
export const parseSpotPriceHistory = (file: TextFile): { readonly json: DataFile; readonly entries: readonly SpotPriceEntry[] } => {
  const json = parseDataFile(file);
  const parsed = validate(SpotPriceFileSchema, json.value);
  if (!parsed.ok) throw new InvalidInputError(json.problems(parsed.problems));
  const entries = parsed.value.SpotPriceHistory;
  const problems = entries.flatMap(({ SpotPrice: given }, index): readonly FieldProblem[] => {
    const price = numberOf(given);
    if (price !== undefined && price >= 0) return [];
    return [{ path: ['SpotPriceHistory', index, 'SpotPrice'], given: shown(given), expected: 'a price of at least 0 US dollars per hour' }];
  });
  if (problems.length > 0) throw new InvalidInputError(json.problems(problems));
  return { json, entries };
};

/** Reads a spot price history; keeps Linux prices of the given instance types, by time. */
export const readSpotPrices = (
  file: TextFile,
  startEpochSeconds: number,
  instanceTypes: readonly string[],
): readonly ScenarioSpotPrice[] => {
  const { json, entries } = parseSpotPriceHistory(file);
  const problems: FieldProblem[] = [];
  const prices: ScenarioSpotPrice[] = [];
  entries.forEach((entry, index) => {
    const at = ['SpotPriceHistory', index];
    const time = epochSecondsOf(entry.Timestamp);
    if (time === undefined) {
      problems.push({
        path: [...at, 'Timestamp'],
        given: shown(entry.Timestamp),
        expected: 'an RFC 3339 instant, for example 2026-01-01T00:00:00+00:00',
      });
    }
    if (time === undefined) return;
    if (!isLinux(entry.ProductDescription) || !instanceTypes.includes(entry.InstanceType)) return;
    prices.push({
      instanceType: entry.InstanceType,
      zone: entry.AvailabilityZone,
      timestampSeconds: time - startEpochSeconds,
      priceUsdPerHour: Number(entry.SpotPrice),
    });
  });
  if (problems.length === 0 && prices.length === 0) {
    problems.push({
      path: ['SpotPriceHistory'],
      given: 'no Linux/UNIX price of an instance type of the spot pools',
      expected: `prices of ${instanceTypes.join(', ') || 'a spot pool, and the fleet has none'}`,
    });
  }
  if (problems.length > 0) throw new InvalidInputError(json.problems(problems));
  // The command prints the newest first; sort is stable, so equal times keep the file's order.
  return prices.sort((a, b) => a.timestampSeconds - b.timestampSeconds);
};
