import type { Ec2Port, SpotPrice } from '../../../lambda/control-loop/ports';
import type { SpotMarket } from './spot-market';

export interface Ec2PortInput {
  readonly market: SpotMarket;
  readonly startEpochSeconds: number;
  readonly nowSeconds: () => number;
}

/** What EC2 reports of prices and offerings. It has no capacity reservations. */
export const createEc2Port = ({ market, startEpochSeconds, nowSeconds }: Ec2PortInput): Ec2Port => ({
  /** Every change since `startSeconds` and the price in effect then, newest first, as DescribeSpotPriceHistory answers. */
  async describeSpotPriceHistory({ instanceTypes, startSeconds }) {
    const now = nowSeconds();
    const start = startSeconds - startEpochSeconds;
    const prices: SpotPrice[] = [];
    for (const instanceType of instanceTypes.filter((type) => market.knows(type))) {
      for (const zone of market.offeredZones(instanceType)) {
        const steps = market.spotSteps(instanceType, zone);
        const past = steps.filter((step, index) => index === 0 || step.sinceSeconds <= now);
        const inEffect = past.findLastIndex((step) => step.sinceSeconds <= start);
        for (const step of past.slice(Math.max(0, inEffect)).reverse()) {
          // A price that is in effect from the start was set before it.
          const since = Math.min(step.sinceSeconds, now);
          prices.push({ instanceType, zone, priceUsdPerHour: step.usdPerHour, atSeconds: startEpochSeconds + since });
        }
      }
    }
    return { prices };
  },

  async describeInstanceTypeOfferings({ instanceTypes }) {
    return {
      offerings: instanceTypes
        .filter((type) => market.knows(type))
        .flatMap((instanceType) => market.offeredZones(instanceType).map((zone) => ({ instanceType, zone }))),
    };
  },

  async describeCapacityReservations() {
    return { reservations: [] };
  },
});
