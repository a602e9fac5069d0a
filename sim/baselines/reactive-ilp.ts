import { cheapestCover } from './covering';
import { type FleetView, type Rule, sharesByCapacity, spotFirst, type WantedUnit } from './rule';

/** A pool that refused a launch counts as having no more than it runs for this long. */
const REFUSED_SECONDS = 1800;

export interface ReactiveIlpOptions {
  /** What is bought for, as a multiple of the demand. */
  readonly headroom: number;
  /** How often it is solved, in seconds. */
  readonly everySeconds: number;
  /** Pods are given up when for so long no more were wanted, in seconds. */
  readonly keepSeconds: number;
  /** Whether a pool that refused launches is held to what it runs. */
  readonly avoidsRefused: boolean;
}

/**
 * Buys the cheapest whole pods for a multiple of the demand of the last minutes, as an integer program over units and pools. What it does
 * not know: queues, forecasts, the loss of a pool.
 *
 * Melange (T. Griggs et al., "Mélange: Cost Efficient Large Language Model Serving by Exploiting GPU Heterogeneity", arXiv 2404.14527)
 * is this program for a given load and capacity that is always to be had; the reactive one is solved every minute and avoids pools that
 * refused launches.
 */
export const reactiveIlp = ({ headroom, everySeconds, keepSeconds, avoidsRefused }: ReactiveIlpOptions): Rule => {
  let solvedSeconds = Number.NEGATIVE_INFINITY;
  let plans: { readonly atSeconds: number; readonly pods: Readonly<Record<string, number>> }[] = [];
  return (view) => {
    const { fleet, nowSeconds, demandPerMinute } = view;
    if (demandPerMinute !== undefined && nowSeconds - solvedSeconds >= everySeconds) {
      solvedSeconds = nowSeconds;
      plans = [
        ...plans.filter(({ atSeconds }) => nowSeconds - atSeconds <= keepSeconds),
        { atSeconds: nowSeconds, pods: planOf(view, headroom * demandPerMinute, avoidsRefused) },
      ];
    }
    const shares = sharesByCapacity(view);
    const most = (name: string): number => Math.max(...plans.map(({ pods }) => pods[name] ?? 0));
    return {
      units: Object.fromEntries(
        fleet.units.map(({ name, profile, minimumReplicas, maximumReplicas }): [string, WantedUnit] => [
          name,
          {
            ...(plans.length > 0 && { floor: Math.min(maximumReplicas, Math.max(minimumReplicas, most(name))) }),
            // The program decides, and the autoscaler has nothing to add.
            targetPerMinute: profile.throughputPerMinute,
            share: shares[name]!,
          },
        ]),
      ),
      poolOrder: spotFirst(view),
      removesDearest: true,
    };
  };
};

const planOf = (view: FleetView, ratePerMinute: number, avoidsRefused: boolean): Readonly<Record<string, number>> => {
  const { fleet, nowSeconds, priceUsdPerDeviceHour, refusedSeconds, readyPods } = view;
  const offers = fleet.units.flatMap((unit) =>
    unit.pools.map((pool) => {
      const { maximumDevices } = fleet.pools.find(({ name }) => name === pool)!;
      const isRefused = avoidsRefused && nowSeconds - (refusedSeconds[pool] ?? Number.NEGATIVE_INFINITY) < REFUSED_SECONDS;
      return {
        unit: unit.name,
        ratePerMinute: unit.profile.throughputPerMinute,
        usdPerHour: priceUsdPerDeviceHour[pool]! * unit.devicesPerPod,
        maximumPods: isRefused ? (readyPods[unit.name]?.[pool] ?? 0) : Math.floor(maximumDevices / unit.devicesPerPod),
      };
    }),
  );
  const counts = cheapestCover(offers, ratePerMinute);
  return Object.fromEntries(
    fleet.units.map(({ name }) => [name, offers.reduce((sum, offer, index) => sum + (offer.unit === name ? counts[index]! : 0), 0)]),
  );
};
