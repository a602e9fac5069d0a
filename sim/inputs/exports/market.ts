import { InvalidInputError } from '../../../lambda/control-loop/errors';
import type { ImportOptions, LeftOut, Price, PricesReading } from './format';
import { iso } from './times';

/** Spot prices of a scenario, by time. */
export interface ImportedPrices {
  readonly startEpochSeconds: number;
  readonly durationSeconds: number;
  readonly prices: readonly Price[];
  readonly leftOut: readonly LeftOut[];
}

/** Prices from `from` until `to`, and of each type and zone the one that holds at `from`; moved to the start of the scenario if asked. */
export const pricesOf = (reading: PricesReading, options: ImportOptions): ImportedPrices => {
  const ascending = [...reading.prices].sort((a, b) => a.epochSeconds - b.epochSeconds);
  if (ascending.length === 0) {
    const expected = 'Linux/UNIX prices of at least one instance type';
    throw new InvalidInputError([{ where: options.series.length > 0 ? '--series' : 'input', given: 'no price', expected }]);
  }
  const start = options.fromEpochSeconds ?? ascending[0]!.epochSeconds;
  const end = options.toEpochSeconds ?? Math.max(start, ascending.at(-1)!.epochSeconds);
  const held = new Map<string, Price>();
  const during: Price[] = [];
  let [before, after] = [0, 0];
  for (const price of ascending) {
    const key = `${price.instanceType} ${price.zone}`;
    if (price.epochSeconds <= start) {
      if (held.has(key)) before++;
      held.set(key, price);
    } else if (price.epochSeconds < end || options.toEpochSeconds === undefined) during.push(price);
    else after++;
  }
  const kept = [...held.values(), ...during];
  if (kept.length === 0) {
    const expected = `a time after ${iso(ascending[0]!.epochSeconds)}, the first price`;
    throw new InvalidInputError([{ where: '--to', given: iso(end), expected }]);
  }
  const shift = options.scenarioStartEpochSeconds === undefined ? 0 : options.scenarioStartEpochSeconds - start;
  return {
    startEpochSeconds: start + shift,
    durationSeconds: end - start,
    prices: kept.map((price) => ({ ...price, epochSeconds: price.epochSeconds + shift })).sort((a, b) => a.epochSeconds - b.epochSeconds),
    leftOut: [
      { count: before, why: 'replaced by a later one before --from' },
      { count: after, why: 'after --to' },
    ],
  };
};
