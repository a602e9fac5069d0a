import type { BoundsInput, Offer } from '../../../sim/bounds/inputs';

interface PodOffer {
  readonly unit: string;
  readonly pool: number;
  readonly throughputPerMinute: number;
  readonly priceUsdPerHour: readonly number[];
  readonly coldStartSeconds?: number;
}

interface World {
  readonly stepSeconds?: number;
  readonly demandPerMinute: readonly number[];
  readonly resilience?: number;
  readonly pools: readonly { readonly isSpot?: boolean; readonly devices: readonly number[]; readonly isClosed?: readonly boolean[] }[];
  readonly offers: readonly PodOffer[];
}

/** A world of one fleet for bounds, one device a pod; its requests need no queue unless a test says so. */
export const boundsWorld = ({ stepSeconds = 3600, demandPerMinute, resilience = 0, pools, offers }: World): BoundsInput => ({
  steps: { stepSeconds, startsSeconds: Float64Array.from(demandPerMinute, (_, index) => index * stepSeconds) },
  fleets: [
    {
      name: 'fleet',
      resilience,
      objective: { latencySeconds: 1.5, percentile: 95, attainment: 0.999 },
      hasRandomArrivals: false,
      demandPerMinute: Float64Array.from(demandPerMinute),
    },
  ],
  pools: pools.map(({ isSpot = false, devices, isClosed }, index) => ({
    name: `pool-${index}`,
    isSpot,
    devices: Float64Array.from(devices),
    isClosed: isClosed ?? devices.map(() => false),
  })),
  offers: offers.map(
    (offer): Offer => ({
      fleet: 0,
      devices: 1,
      coldStartSeconds: 0,
      ...offer,
      station: { servers: 1, serviceSeconds: 60 / offer.throughputPerMinute },
      priceUsdPerHour: Float64Array.from(offer.priceUsdPerHour),
    }),
  ),
});
