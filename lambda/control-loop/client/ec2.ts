import {
  DescribeCapacityReservationsCommand,
  DescribeInstanceTypeOfferingsCommand,
  DescribeSpotPriceHistoryCommand,
  type EC2Client,
  type _InstanceType as InstanceType,
} from '@aws-sdk/client-ec2';
import type { Ec2Port } from '../ports';
import { type CallOptions, nextPage, secondsOf } from './aws';

const PAGE_SIZE = 1000;

/**
 * The three reading calls of EC2, one page a call. Entries without a name, number or date are left out.
 * Asking about no instance types or no reservations answers nothing: EC2 would answer with all there are.
 */
export const ec2Port = (client: EC2Client, options: CallOptions = {}): Ec2Port => ({
  describeSpotPriceHistory: async ({ instanceTypes, startSeconds, nextToken }) => {
    if (instanceTypes.length === 0) return { prices: [] };
    const answer = await client.send(
      new DescribeSpotPriceHistoryCommand({
        InstanceTypes: named(instanceTypes),
        ProductDescriptions: ['Linux/UNIX'],
        StartTime: new Date(startSeconds * 1000),
        MaxResults: PAGE_SIZE,
        NextToken: nextToken,
      }),
      options,
    );
    const prices = (answer.SpotPriceHistory ?? []).flatMap((entry) => {
      const priceUsdPerHour = Number.parseFloat(entry.SpotPrice ?? '');
      const atSeconds = secondsOf(entry.Timestamp);
      if (!entry.InstanceType || !entry.AvailabilityZone || !Number.isFinite(priceUsdPerHour) || atSeconds === undefined) return [];
      return [{ instanceType: entry.InstanceType, zone: entry.AvailabilityZone, priceUsdPerHour, atSeconds }];
    });
    return { prices, ...nextPage(answer.NextToken) };
  },

  describeInstanceTypeOfferings: async ({ instanceTypes, nextToken }) => {
    if (instanceTypes.length === 0) return { offerings: [] };
    const answer = await client.send(
      new DescribeInstanceTypeOfferingsCommand({
        LocationType: 'availability-zone',
        Filters: [{ Name: 'instance-type', Values: [...instanceTypes] }],
        MaxResults: PAGE_SIZE,
        NextToken: nextToken,
      }),
      options,
    );
    const offerings = (answer.InstanceTypeOfferings ?? []).flatMap(({ InstanceType: instanceType, Location: zone }) =>
      instanceType && zone ? [{ instanceType, zone }] : [],
    );
    return { offerings, ...nextPage(answer.NextToken) };
  },

  describeCapacityReservations: async ({ ids, nextToken }) => {
    if (ids.length === 0) return { reservations: [] };
    const answer = await client.send(
      new DescribeCapacityReservationsCommand({
        CapacityReservationIds: [...ids],
        // One that is pending, expired or cancelled holds nothing that could be launched.
        Filters: [{ Name: 'state', Values: ['active'] }],
        NextToken: nextToken,
      }),
      options,
    );
    const reservations = (answer.CapacityReservations ?? []).flatMap((entry) => {
      const {
        CapacityReservationId: id,
        InstanceType: instanceType,
        AvailabilityZone: zone,
        AvailableInstanceCount: availableInstances,
      } = entry;
      return id && instanceType && zone && availableInstances !== undefined ? [{ id, instanceType, zone, availableInstances }] : [];
    });
    return { reservations, ...nextPage(answer.NextToken) };
  },
});

/** The SDK's list of instance types is closed and always behind EC2's. */
const named = (instanceTypes: readonly string[]): InstanceType[] => instanceTypes as InstanceType[];
