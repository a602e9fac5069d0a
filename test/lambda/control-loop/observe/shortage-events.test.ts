import { describe, expect, it } from 'vitest';
import { launchFailures, poolFinder, refusedZones } from '../../../../lambda/control-loop/observe/shortage-events';
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

  it('counts once for each zone that it names, and for none as unknown', () => {
    const message = 'InsufficientInstanceCapacity in us-west-2a; UnfulfillableCapacity in us-west-2b, us-west-2a';
    expect(
      attribute([event('g5-spot-x7k2p', message)])
        .get('g5-spot')
        ?.map(({ zone }) => zone),
    ).toEqual(['us-west-2a', 'us-west-2b']);
    expect(
      attribute([event('g5-spot-x7k2p', 'no capacity')])
        .get('g5-spot')
        ?.map(({ zone }) => zone),
    ).toEqual(['unknown']);
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

describe('the zones of a refusal', () => {
  it('are those refused, not those EC2 recommends instead', () => {
    const message =
      'InsufficientInstanceCapacity: We currently do not have sufficient g5.xlarge capacity in the Availability Zone you requested (us-west-2a). ' +
      'You can currently get g5.xlarge capacity by not specifying an Availability Zone in your request or choosing us-west-2b, us-west-2c.';
    expect(refusedZones(message)).toEqual(['us-west-2a']);
  });

  it.each(['us-gov-west-1b', 'ap-southeast-2c', 'us-west-2-lax-1a', 'eusc-de-east-1a', 'us-isob-east-1a'])('may be %s', (zone) => {
    expect(refusedZones(`no capacity (${zone})`)).toEqual([zone]);
  });

  it.each(['us-west-2', 'g5.xlarge', 'usw2-az1', 'team-west-2a'])('are not %s', (text) => {
    expect(refusedZones(`no capacity (${text})`)).toEqual([]);
  });
});
