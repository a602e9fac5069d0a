import { EC2Client } from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { ec2Port } from '../../../../lambda/control-loop/client/ec2';
import { formOf, startAwsServer, xml } from './aws-server';

const XMLNS = 'xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"';

const startEc2 = async (body: string, status = 200) => {
  const server = await startAwsServer(xml(`<?xml version="1.0" encoding="UTF-8"?>\n${body}`, status));
  return { ...server, port: ec2Port(new EC2Client(server.clientProps)) };
};

describe('spot prices', () => {
  test('are read with price and time as numbers', async () => {
    const { port, received } = await startEc2(`<DescribeSpotPriceHistoryResponse ${XMLNS}>
      <requestId>1</requestId>
      <spotPriceHistorySet>
        <item><instanceType>g5.xlarge</instanceType><productDescription>Linux/UNIX</productDescription><spotPrice>0.421700</spotPrice>
          <timestamp>2026-03-01T11:40:00.000Z</timestamp><availabilityZone>us-west-2a</availabilityZone></item>
        <item><instanceType>inf2.xlarge</instanceType><productDescription>Linux/UNIX</productDescription><spotPrice>0.2</spotPrice>
          <timestamp>2026-03-01T12:00:00.500Z</timestamp><availabilityZone>us-west-2b</availabilityZone></item>
      </spotPriceHistorySet>
      <nextToken>page-2</nextToken>
    </DescribeSpotPriceHistoryResponse>`);
    const page = await port.describeSpotPriceHistory({ instanceTypes: ['g5.xlarge', 'inf2.xlarge'], startSeconds: 1_772_362_800 });
    expect(page).toEqual({
      prices: [
        { instanceType: 'g5.xlarge', zone: 'us-west-2a', priceUsdPerHour: 0.4217, atSeconds: 1_772_365_200 },
        { instanceType: 'inf2.xlarge', zone: 'us-west-2b', priceUsdPerHour: 0.2, atSeconds: 1_772_366_400.5 },
      ],
      nextToken: 'page-2',
    });
    expect(formOf(received[0])).toMatchObject({
      Action: 'DescribeSpotPriceHistory',
      Version: '2016-11-15',
      'InstanceType.1': 'g5.xlarge',
      'InstanceType.2': 'inf2.xlarge',
      'ProductDescription.1': 'Linux/UNIX',
      StartTime: '2026-03-01T11:00:00Z',
    });
  });

  test('without price, time or zone are left out, and an empty token ends the pages', async () => {
    const { port } = await startEc2(`<DescribeSpotPriceHistoryResponse ${XMLNS}>
      <spotPriceHistorySet>
        <item><instanceType>g5.xlarge</instanceType><timestamp>2026-03-01T11:40:00Z</timestamp><availabilityZone>us-west-2a</availabilityZone></item>
        <item><instanceType>g5.xlarge</instanceType><spotPrice></spotPrice><timestamp>2026-03-01T11:40:00Z</timestamp><availabilityZone>us-west-2a</availabilityZone></item>
        <item><instanceType>g5.xlarge</instanceType><spotPrice>0.4</spotPrice><availabilityZone>us-west-2a</availabilityZone></item>
        <item><instanceType>g5.xlarge</instanceType><spotPrice>0.4</spotPrice><timestamp>2026-03-01T11:40:00Z</timestamp></item>
      </spotPriceHistorySet>
      <nextToken></nextToken>
    </DescribeSpotPriceHistoryResponse>`);
    expect(await port.describeSpotPriceHistory({ instanceTypes: ['g5.xlarge'], startSeconds: 0 })).toEqual({ prices: [] });
  });
});

test('offerings are asked for by availability zone', async () => {
  const { port, received } = await startEc2(`<DescribeInstanceTypeOfferingsResponse ${XMLNS}>
    <instanceTypeOfferingSet>
      <item><instanceType>g6.xlarge</instanceType><locationType>availability-zone</locationType><location>us-west-2a</location></item>
      <item><instanceType>g6.xlarge</instanceType><locationType>availability-zone</locationType></item>
      <item><instanceType>g6.xlarge</instanceType><locationType>availability-zone</locationType><location>us-west-2c</location></item>
    </instanceTypeOfferingSet>
  </DescribeInstanceTypeOfferingsResponse>`);
  expect(await port.describeInstanceTypeOfferings({ instanceTypes: ['g6.xlarge'], nextToken: 'page-2' })).toEqual({
    offerings: [
      { instanceType: 'g6.xlarge', zone: 'us-west-2a' },
      { instanceType: 'g6.xlarge', zone: 'us-west-2c' },
    ],
  });
  expect(formOf(received[0])).toMatchObject({
    Action: 'DescribeInstanceTypeOfferings',
    LocationType: 'availability-zone',
    'Filter.1.Name': 'instance-type',
    'Filter.1.Value.1': 'g6.xlarge',
    NextToken: 'page-2',
  });
});

test('capacity reservations are those that are active, with what is left in them', async () => {
  const { port, received } = await startEc2(`<DescribeCapacityReservationsResponse ${XMLNS}>
    <capacityReservationSet>
      <item><capacityReservationId>cr-0a</capacityReservationId><instanceType>p5.48xlarge</instanceType><availabilityZone>us-west-2a</availabilityZone>
        <totalInstanceCount>4</totalInstanceCount><availableInstanceCount>0</availableInstanceCount><state>active</state></item>
      <item><capacityReservationId>cr-0b</capacityReservationId><instanceType>p5.48xlarge</instanceType><availabilityZone>us-west-2a</availabilityZone>
        <totalInstanceCount>4</totalInstanceCount><state>active</state></item>
    </capacityReservationSet>
  </DescribeCapacityReservationsResponse>`);
  expect(await port.describeCapacityReservations({ ids: ['cr-0a', 'cr-0b'] })).toEqual({
    reservations: [{ id: 'cr-0a', instanceType: 'p5.48xlarge', zone: 'us-west-2a', availableInstances: 0 }],
  });
  expect(formOf(received[0])).toMatchObject({
    Action: 'DescribeCapacityReservations',
    'CapacityReservationId.1': 'cr-0a',
    'CapacityReservationId.2': 'cr-0b',
    'Filter.1.Name': 'state',
    'Filter.1.Value.1': 'active',
  });
});

test('asking about nothing asks nothing: EC2 would answer with all there is', async () => {
  const { port, received } = await startEc2('<never/>');
  expect(await port.describeSpotPriceHistory({ instanceTypes: [], startSeconds: 0 })).toEqual({ prices: [] });
  expect(await port.describeInstanceTypeOfferings({ instanceTypes: [] })).toEqual({ offerings: [] });
  expect(await port.describeCapacityReservations({ ids: [] })).toEqual({ reservations: [] });
  expect(received).toHaveLength(0);
});

test('a refusal keeps the code and words of EC2', async () => {
  const { port, received } = await startEc2(
    '<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>You are not authorized to perform: ec2:DescribeInstanceTypeOfferings</Message></Error></Errors><RequestID>1</RequestID></Response>',
    403,
  );
  await expect(port.describeInstanceTypeOfferings({ instanceTypes: ['g5.xlarge'] })).rejects.toMatchObject({
    name: 'UnauthorizedOperation',
    message: expect.stringContaining('ec2:DescribeInstanceTypeOfferings'),
  });
  expect(received).toHaveLength(1);
});
