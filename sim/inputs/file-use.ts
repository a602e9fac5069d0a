import { poolsOf } from './fleets';
import type { Arrivals, AvailabilityRow, FileUse, ScenarioSpotPrice } from './loaded-scenario';
import type { Scenario } from './scenario';

/** How much of an input file a run uses, and why the rest does not. */

/** Of a file of arrivals, of which these are the rows. */
export const arrivalsUse = (name: string, arrivals: Arrivals, { durationSeconds }: Scenario): FileUse => {
  const times = arrivals.kind === 'rates' ? arrivals.rows.map(({ timestampSeconds }) => timestampSeconds) : [...arrivals.timestampsSeconds];
  const used = times.filter((time) => time < durationSeconds).length;
  const notes: string[] = [];
  if (arrivals.kind === 'rates') {
    const [first, last, before] = [times[0]!, times.at(-1)!, times.at(-2)];
    if (first > 0) notes.push(`no load before second ${first}, the first row`);
    // The last row of a file that ends with the scenario stands one period before the end.
    if (before !== undefined && durationSeconds - last > 2 * (last - before)) {
      notes.push(`the rate of the last row, at second ${last}, holds to the end of the scenario, second ${durationSeconds}`);
    }
  }
  return { name, entries: 'rows', found: times.length, used, leftOut: afterTheEnd(times.length - used), notes };
};

/** Of a file of capacity. */
export const availabilityUse = (name: string, rows: readonly AvailabilityRow[], { durationSeconds }: Scenario): FileUse => {
  const used = rows.filter(({ timestampSeconds }) => timestampSeconds < durationSeconds).length;
  return { name, entries: 'rows', found: rows.length, used, leftOut: afterTheEnd(rows.length - used), notes: [] };
};

/**
 * Of a file of spot prices.
 *
 * @param found entries of the file
 * @param prices those that are of an instance type of a spot pool, by time
 */
export const spotPricesUse = (name: string, found: number, prices: readonly ScenarioSpotPrice[], scenario: Scenario): FileUse => {
  const { durationSeconds, startTime } = scenario;
  const pools = poolsOf(scenario).filter(({ capacityType }) => capacityType === 'spot');
  // A pool that names no zones launches in those of the prices.
  const isZoneOf = ({ instanceType, zone }: ScenarioSpotPrice): boolean =>
    pools.some(({ instanceTypes, zones }) => instanceTypes.some((type) => type.name === instanceType) && (zones?.includes(zone) ?? true));
  const own = prices.filter(isZoneOf);
  const strange = [...new Set(prices.filter((price) => !isZoneOf(price)).map(({ zone }) => zone))].sort();
  const byOffering = new Map<string, ScenarioSpotPrice[]>();
  for (const price of own) {
    const key = `${price.instanceType} ${price.zone}`;
    const steps = byOffering.get(key);
    if (steps === undefined) byOffering.set(key, [price]);
    else steps.push(price);
  }
  let [replaced, late] = [0, 0];
  for (const steps of byOffering.values()) {
    // Before its first price that price holds, and every price until the next.
    const atStart = Math.max(
      0,
      steps.findLastIndex(({ timestampSeconds }) => timestampSeconds <= 0),
    );
    replaced += atStart;
    late += steps.filter(({ timestampSeconds }, index) => index > atStart && timestampSeconds >= durationSeconds).length;
  }
  const isDuring = ({ timestampSeconds }: ScenarioSpotPrice): boolean => timestampSeconds >= 0 && timestampSeconds < durationSeconds;
  return {
    name,
    entries: 'prices',
    found,
    used: own.length - replaced - late,
    leftOut: [
      { count: found - prices.length, why: 'of no instance type of a spot pool, or not of Linux/UNIX' },
      { count: prices.length - own.length, why: `of zones that no spot pool with the type has: ${strange.join(', ')}` },
      { count: replaced, why: 'replaced by a later one before the scenario starts' },
      ...afterTheEnd(late),
    ].filter(({ count }) => count > 0),
    notes:
      own.length === 0 || own.some(isDuring)
        ? []
        : [`no price changes during the scenario, which starts at ${startTime}: import --scenario-start moves prices there`],
  };
};

const afterTheEnd = (count: number): FileUse['leftOut'] => (count === 0 ? [] : [{ count, why: 'after the end of the scenario' }]);
