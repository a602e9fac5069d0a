import { InvalidInputError, type Problem } from '../../lambda/control-loop/errors';
import { didYouMean } from '../../lambda/control-loop/model/did-you-mean';
import { poolsOf, unitsOf } from './fleets';
import type { AvailabilityRow } from './loaded-scenario';
import type { Scenario } from './scenario';

/** A time in which EC2 has nothing of a pool, or of all pools of a unit. */
export interface Loss {
  /** Name of a pool or a unit; of the pool where both have it. */
  readonly of: string;
  /** Since the start of the scenario. */
  readonly fromSeconds: number;
  readonly durationSeconds: number;
}

/** Capacity with losses over it: 0 while one lasts, and afterwards what it would have been by then. Throws `InvalidInputError`. */
export const withLosses = (
  availability: readonly AvailabilityRow[],
  losses: readonly Loss[],
  scenario: Scenario,
): readonly AvailabilityRow[] => {
  const problems = losses.flatMap((loss) => problemsOf(loss, scenario));
  if (problems.length > 0) throw new InvalidInputError(problems);
  return losses.reduce((rows, loss) => poolsLost(loss, scenario).reduce((all, pool) => lost(all, pool, loss), rows), availability);
};

const poolsLost = ({ of }: Loss, scenario: Scenario): readonly string[] => {
  const isPool = poolsOf(scenario).some(({ name }) => name === of);
  return isPool ? [of] : (unitsOf(scenario).find(({ name }) => name === of)?.pools ?? []);
};

const lost = (rows: readonly AvailabilityRow[], pool: string, { fromSeconds, durationSeconds }: Loss): readonly AvailabilityRow[] => {
  const toSeconds = fromSeconds + durationSeconds;
  const isOver = ({ timestampSeconds }: AvailabilityRow): boolean => timestampSeconds >= fromSeconds && timestampSeconds <= toSeconds;
  const own = rows.filter((row) => row.pool === pool);
  // Without a row EC2 has any number of devices.
  const afterwards = own.findLast(({ timestampSeconds }) => timestampSeconds <= toSeconds)?.devices ?? null;
  const kept = rows.filter((row) => row.pool !== pool || !isOver(row));
  return [...kept, { timestampSeconds: fromSeconds, pool, devices: 0 }, { timestampSeconds: toSeconds, pool, devices: afterwards }].sort(
    (a, b) => a.timestampSeconds - b.timestampSeconds,
  );
};

const problemsOf = ({ of, fromSeconds }: Loss, scenario: Scenario): readonly Problem[] => {
  const pools = poolsOf(scenario).map(({ name }) => name);
  const units = unitsOf(scenario).map(({ name }) => name);
  const problems: Problem[] = [];
  if (!pools.includes(of) && !units.includes(of)) {
    const fix = didYouMean(of, [...pools, ...units]);
    problems.push({
      where: '--lose',
      given: JSON.stringify(of),
      expected: `a pool (${pools.join(', ')}) or a unit (${units.join(', ')})`,
      ...(fix === undefined ? {} : { fix }),
    });
  }
  if (fromSeconds >= scenario.durationSeconds) {
    problems.push({
      where: '--lose',
      given: `${of} at second ${fromSeconds}`,
      expected: `less than ${scenario.durationSeconds}, the duration of the scenario in seconds`,
    });
  }
  return problems;
};
