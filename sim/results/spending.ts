import type { Fleet } from '../../lambda/control-loop/model/fleet';
import { stationOf } from '../../lambda/control-loop/model/profile';
import type { SpendingRate } from '../twin/spending';

/** What the money of a run went for after the warm-up, in US dollars, as the ends of the minutes show it. */
export interface Spending {
  /** Ready pods, as far as they worked on requests, by the stated profile. */
  readonly servingUsd: number;
  /** Ready pods, as far as they had nothing to do: the reserve for demand and for the loss of a pool. */
  readonly idleUsd: number;
  /** From the launch of an instance until its pod is ready. */
  readonly startUpUsd: number;
  /** Instances under notice. */
  readonly reclaimedUsd: number;
  /** Instances without a pod, or whose pod ends. */
  readonly emptyUsd: number;
  /** Part of the above: what ready pods cost more than in a cheaper pool of their unit that had capacity. */
  readonly dearerUsd: number;
  /** The longest time in which that was more than a tenth of all that was spent, in seconds: how long a return took. */
  readonly longestDearerSeconds: number;
}

/** One minute: what was paid for at its end, and what the pods of each unit did in it. */
export interface SpendingMinute {
  readonly rate: SpendingRate;
  /** By unit index over all fleets. */
  readonly requestsByUnit: readonly number[];
  readonly readyPodsByUnit: readonly number[];
}

const MINUTE_SECONDS = 60;
/** From this part of all spending on, pods that could be cheaper count as not returned. */
const NOTABLE_PART = 0.1;

/** Adds up the minutes of a run. */
export const spendingOf = (fleets: readonly Fleet[], minutes: readonly SpendingMinute[]): Spending => {
  const stations = fleets.flatMap(({ units }) => units.map(({ profile }) => stationOf(profile)));
  const sum = { serving: 0, idle: 0, starting: 0, reclaimed: 0, empty: 0, dearer: 0 };
  let dearerMinutes = 0;
  let longest = 0;
  for (const { rate, requestsByUnit, readyPodsByUnit } of minutes) {
    const ready = rate.readyByUnit.reduce((total, usd) => total + usd, 0);
    for (const [unit, usd] of rate.readyByUnit.entries()) {
      const { servers, serviceSeconds } = stations[unit]!;
      const capacity = (readyPodsByUnit[unit]! * servers * MINUTE_SECONDS) / serviceSeconds;
      const busy = capacity === 0 ? 0 : Math.min(1, (requestsByUnit[unit] ?? 0) / capacity);
      sum.serving += usd * busy;
      sum.idle += usd * (1 - busy);
    }
    sum.starting += rate.starting;
    sum.reclaimed += rate.reclaimed;
    sum.empty += rate.empty;
    sum.dearer += rate.dearer;
    const isDearer = rate.dearer > NOTABLE_PART * (ready + rate.starting + rate.reclaimed + rate.empty);
    dearerMinutes = isDearer ? dearerMinutes + 1 : 0;
    longest = Math.max(longest, dearerMinutes);
  }
  const usd = (perHour: number): number => Number((perHour / 60).toFixed(4));
  return {
    servingUsd: usd(sum.serving),
    idleUsd: usd(sum.idle),
    startUpUsd: usd(sum.starting),
    reclaimedUsd: usd(sum.reclaimed),
    emptyUsd: usd(sum.empty),
    dearerUsd: usd(sum.dearer),
    longestDearerSeconds: longest * MINUTE_SECONDS,
  };
};
