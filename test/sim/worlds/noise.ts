import type { LoadedScenario, ScenarioSpotPrice } from '../../../sim/inputs/loaded-scenario';
import { randomStreams } from '../../../sim/kernel/random';
import { type SteadyWorld, steadyWorld } from './steady';

/** How often every price changes, in seconds. */
const PRICE_SECONDS = 300;
/** How far a price lies from its mean at most, as a part of it. */
const PRICE_NOISE = 0.02;

/**
 * A steady world in which every spot price lies somewhere within 2 % of its mean, and somewhere else every five minutes.
 *
 * @param spotPriceFraction the mean, as a part of the on-demand price
 */
export const noisyPrices = (world: SteadyWorld, spotPriceFraction: number): LoadedScenario => {
  const steady = steadyWorld(world);
  const { durationSeconds, fleet } = steady.scenario;
  const random = randomStreams(1)('noise of prices');
  const spotPrices: ScenarioSpotPrice[] = [];
  for (let timestampSeconds = 0; timestampSeconds < durationSeconds; timestampSeconds += PRICE_SECONDS) {
    for (const { instanceTypes, zones = [] } of fleet.pools.filter(({ capacityType }) => capacityType === 'spot')) {
      for (const { name: instanceType, priceUsdPerHour } of instanceTypes) {
        for (const zone of zones) {
          const factor = spotPriceFraction * (1 + PRICE_NOISE * (2 * random.uniform() - 1));
          spotPrices.push({ instanceType, zone, timestampSeconds, priceUsdPerHour: priceUsdPerHour * factor });
        }
      }
    }
  }
  return { ...steady, spotPrices };
};
