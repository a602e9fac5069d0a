import { describe, expect, it } from 'vitest';
import { launchFailures, poolFinder, readRefusals } from '../../../../lambda/control-loop/observe/shortage-events';
import type { KubernetesObject } from '../../../../lambda/control-loop/ports';

const T = '2026-03-01T12:00:00Z';
const SECONDS = 1_772_366_400;

const event = (name: string, message: string, changes: Readonly<Record<string, unknown>> = { lastTimestamp: T }): KubernetesObject => ({
  metadata: { name: `${name}.1` },
  reason: 'InsufficientCapacityError',
  involvedObject: { kind: 'NodeClaim', name },
  message,
  ...changes,
});

const attribute = (events: readonly KubernetesObject[], pools: readonly string[] = ['g5-spot', 'g5-spot-large', 'g5-od']) =>
  launchFailures(events, poolFinder(pools));

describe('a refused launch', () => {
  it('belongs to the pool that its NodeClaim is named after', () => {
    const failures = attribute([event('g5-od-x7k2p', 'no capacity')]);
    expect([...failures.keys()]).toEqual(['g5-od']);
  });

  it('belongs to the longest pool name where one begins with the other', () => {
    expect([...attribute([event('g5-spot-large-x7k2p', '')]).keys()]).toEqual(['g5-spot-large']);
    expect([...attribute([event('g5-spot-x7k2p', '')]).keys()]).toEqual(['g5-spot']);
  });

  it('belongs to no pool where the rest of the name is not one random suffix', () => {
    expect(attribute([event('g5-spot-small-x7k2p', ''), event('g5-spot', ''), event('l4-x7k2p', '')]).size).toBe(0);
  });

  it('belongs to its pool though the API server cut the long name', () => {
    const pool = 'a'.repeat(60);
    expect([...attribute([event(`${'a'.repeat(58)}x7k2p`, '')], [pool]).keys()]).toEqual([pool]);
  });

  it('is not what Karpenter remembers of a pool: after a spot notice EC2 has refused nothing', () => {
    const remembered: KubernetesObject = {
      metadata: { name: 'g5-spot.1' },
      reason: 'NoCompatibleInstanceTypes',
      involvedObject: { kind: 'NodePool', name: 'g5-spot' },
      message: 'NodePool requirements filtered out all compatible available instance types',
      lastTimestamp: T,
    };
    expect(attribute([remembered]).size).toBe(0);
  });

  it('counts once for each zone and instance type that it names, and for none as unknown', () => {
    const zone = { zone: 'us-west-2a', instanceType: 'g5.xlarge' };
    const spot = 'InsufficientInstanceCapacity: There is no Spot capacity available that matches your request.';
    const refusedOf = (message: string) => attribute([event('g5-spot-x7k2p', message)]).get('g5-spot');
    expect(refusedOf(refusal(onDemand('us-west-2a')))).toEqual([expect.objectContaining(zone)]);
    expect(refusedOf(refusal(onDemand('us-west-2a', ''), onDemand('us-west-2b', '')))).toMatchObject([
      zone,
      { ...zone, zone: 'us-west-2b' },
    ]);
    expect(refusedOf(refusal(spot))?.map(({ zone, instanceType }) => [zone, instanceType])).toEqual([['unknown', undefined]]);
  });

  it('does not take the name of the NodeClaim for a zone', () => {
    const failures = attribute([event('us-west-2a-x7k2p', 'NodeClaim us-west-2a-x7k2p event: no capacity')], ['us-west-2a']);
    expect(failures.get('us-west-2a')?.map(({ zone }) => zone)).toEqual(['unknown']);
  });

  it.each([
    [{ lastTimestamp: '2026-03-01T12:05:00Z', firstTimestamp: T, count: 9 }, SECONDS + 300],
    [{ eventTime: T, series: { count: 4, lastObservedTime: '2026-03-01T12:06:00.500000Z' } }, SECONDS + 360.5],
    [{ eventTime: T, lastTimestamp: null, firstTimestamp: null }, SECONDS],
    [{ metadata: { name: 'e', creationTimestamp: T } }, SECONDS],
  ])('is as young as it was last seen: %j', (times, seconds) => {
    expect(attribute([event('g5-spot-x7k2p', '', times)]).get('g5-spot')?.[0]?.atSeconds).toBe(seconds);
  });

  it('without any time is left out', () => {
    expect(attribute([event('g5-spot-x7k2p', '', {})]).size).toBe(0);
  });

  it('stands in the order of time', () => {
    const failures = attribute([
      event('g5-spot-bbbbb', 'second', { lastTimestamp: '2026-03-01T12:00:10Z' }),
      event('g5-spot-aaaaa', 'first'),
    ]);
    expect(failures.get('g5-spot')?.map(({ message }) => message)).toEqual(['first', 'second']);
  });
});

/** Karpenter lists the errors of a fleet request, and cuts what is longer than 300 characters. */
const refusal = (...errors: readonly string[]): string => {
  const call = '(aws-error-code=UnfulfillableCapacity, aws-operation-name=CreateFleet)';
  return `creating instance, insufficient capacity, with fleet error(s), ${errors.join('; ')} ${call}`;
};
const cut = (message: string): string => `${message.slice(0, 300)}...`;

/** EC2's words on a type in a zone, with the zones that it recommends whether or not they have capacity. */
const onDemand = (zone: string, alternatives = 'us-west-2b, us-west-2c'): string =>
  `InsufficientInstanceCapacity: We currently do not have sufficient g5.xlarge capacity in the Availability Zone you requested (${zone}). ` +
  'Our system will be working on provisioning additional capacity. You can currently get g5.xlarge capacity by not specifying an ' +
  `Availability Zone in your request or choosing ${alternatives}.`;

describe('what a refusal names', () => {
  it('is the zone and type refused, not the zones that EC2 recommends instead', () => {
    expect(readRefusals(refusal(onDemand('us-west-2a')))).toEqual({
      refused: [{ zone: 'us-west-2a', instanceType: 'g5.xlarge' }],
      mayNameMore: false,
    });
  });

  it('may be one zone of several where Karpenter cut the message', () => {
    expect(readRefusals(cut(refusal(onDemand('us-west-2a'), onDemand('us-west-2b'))))).toEqual({
      refused: [{ zone: 'us-west-2a', instanceType: 'g5.xlarge' }],
      mayNameMore: true,
    });
  });

  it('is the whole pool where another error begins before the cut', () => {
    const short =
      'InsufficientInstanceCapacity: We currently do not have sufficient g5.xlarge capacity in the Availability Zone you requested (us-west-2a).';
    expect(readRefusals(cut(refusal(short, onDemand('us-west-2b')))).refused).toContainEqual({
      zone: 'unknown',
      instanceType: 'g5.xlarge',
    });
    const longer = `${short} Our system will be working on provisioning additional capacity.`;
    expect(readRefusals(cut(refusal(longer, onDemand('us-west-2b')))).refused).toContainEqual({ zone: 'unknown' });
  });

  it.each([
    ['MaxSpotInstanceCountExceeded: Max spot instance count exceeded', { zone: 'unknown', isQuota: true }],
    [
      'VcpuLimitExceeded: You have requested more vCPU capacity than your current vCPU limit of 64 allows for the instance bucket that the specified instance type belongs to.',
      { zone: 'unknown', isQuota: true },
    ],
    ['UnfulfillableCapacity: Unable to fulfill capacity due to your request configuration.', { zone: 'unknown' }],
    [
      'Unsupported: Your requested instance type (trn1.32xlarge) is not supported in your requested Availability Zone (us-west-2a). Please retry your request by not specifying an Availability Zone or choosing us-west-2b.',
      { zone: 'us-west-2a', instanceType: 'trn1.32xlarge' },
    ],
  ])('of %s', (error, expected) => {
    expect(readRefusals(refusal(error)).refused).toEqual([expected]);
  });

  it('is nothing where Karpenter had nothing left to ask for', () => {
    const message = 'insufficient capacity, all requested instance types were unavailable during launch';
    expect(readRefusals(message)).toEqual({ refused: [{ zone: 'unknown' }], mayNameMore: false });
  });

  it.each(['us-gov-west-1b', 'ap-southeast-2c', 'us-west-2-lax-1a', 'eusc-de-east-1a', 'us-isob-east-1a'])('may be the zone %s', (zone) => {
    expect(readRefusals(`no capacity (${zone})`).refused).toEqual([{ zone }]);
  });

  it.each(['us-west-2', 'usw2-az1', 'team-west-2a'])('is no zone: %s', (text) => {
    expect(readRefusals(`no capacity (${text})`).refused).toEqual([{ zone: 'unknown' }]);
  });

  it.each(['g5.xlarge', 'p5.48xlarge', 'inf2.24xlarge', 'p4de.24xlarge', 'g4dn.metal', 'u7i-12tb.224xlarge'])(
    'may be the type %s',
    (type) => {
      expect(readRefusals(`no capacity (${type})`).refused).toEqual([{ zone: 'unknown', instanceType: type }]);
    },
  );
});

describe('a refusal that Karpenter cut', () => {
  const exhausted = (seconds: string): KubernetesObject => ({
    metadata: { name: 'g5-od.1' },
    reason: 'NoCompatibleInstanceTypes',
    involvedObject: { kind: 'NodePool', name: 'g5-od' },
    message: 'NodePool requirements filtered out all compatible available instance types',
    lastTimestamp: `2026-03-01T12:00:${seconds}Z`,
  });
  const refused = event('g5-od-x7k2p', cut(refusal(onDemand('us-west-2a'), onDemand('us-west-2b'))), {
    lastTimestamp: '2026-03-01T12:00:30Z',
  });
  const zonesOf = (...events: readonly KubernetesObject[]) =>
    attribute(events)
      .get('g5-od')
      ?.map(({ zone }) => zone);

  it('is of the whole pool when Karpenter has nothing left to ask for afterwards', () => {
    expect(zonesOf(refused, exhausted('40'))).toEqual(['unknown', 'us-west-2a']);
    expect(zonesOf(exhausted('30'), refused)).toEqual(['unknown', 'us-west-2a']);
  });

  it('is of the zone that it names while Karpenter still has others to ask for', () => {
    expect(zonesOf(refused)).toEqual(['us-west-2a']);
    expect(zonesOf(exhausted('20'), refused)).toEqual(['us-west-2a']);
  });
});
