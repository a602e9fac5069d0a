import { ZONES } from './moto-client';

/** Spot prices, changeable at run time. */
export interface Market {
  onDemandPrice(instanceType: string): number | undefined;
  spotPrice(instanceType: string, zone: string): number | undefined;
  /** Changes a spot price in US dollars per hour, in one zone or in all; the history keeps the old one. */
  setSpotPrice(instanceType: string, priceUsdPerHour: number, zone?: string): void;
  /** Newest first. */
  readonly history: readonly PriceChange[];
}

interface PriceChange {
  readonly instanceType: string;
  readonly zone: string;
  readonly priceUsdPerHour: number;
  readonly at: Date;
}

/** A spot price where none was set, as a part of the on-demand price; a little dearer in each further zone. */
const SPOT_PART = 0.4;
const ZONE_STEP = 0.01;
/** Age of the first prices, in milliseconds. */
const FIRST_AGE = 3_600_000;

/** On-demand prices from the table of Karpenter's AWS provider. */
export const readPrices = (goSource: string): ReadonlyMap<string, number> =>
  new Map([...goSource.matchAll(/"([\w-]+\.[\w-]+)": ([\d.]+)/g)].map(([, name = '', price]) => [name, Number(price)]));

export const createMarket = (onDemand: ReadonlyMap<string, number>): Market => {
  const history: PriceChange[] = [];
  const first = new Date(Date.now() - FIRST_AGE);
  for (const [instanceType, price] of onDemand) {
    ZONES.forEach((zone, index) => {
      history.push({ instanceType, zone, priceUsdPerHour: Number((price * (SPOT_PART + index * ZONE_STEP)).toFixed(6)), at: first });
    });
  }
  return {
    onDemandPrice: (instanceType) => onDemand.get(instanceType),
    spotPrice: (instanceType, zone) => history.find((entry) => entry.instanceType === instanceType && entry.zone === zone)?.priceUsdPerHour,
    setSpotPrice: (instanceType, priceUsdPerHour, only) => {
      for (const zone of only === undefined ? ZONES : [only]) history.unshift({ instanceType, zone, priceUsdPerHour, at: new Date() });
    },
    history,
  };
};
