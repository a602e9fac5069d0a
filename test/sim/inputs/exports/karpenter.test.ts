import { describe, expect, it } from 'vitest';
import { importTexts, NOVEMBER, refusalOf } from '../../../support/export-files';

/**
 * An Event as https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/ has it, with the reason and message of
 * Karpenter (sigs.k8s.io/karpenter `pkg/controllers/nodeclaim/lifecycle/events.go`).
 */
const refusal = (nodeClaim: string, minute: string, code = 'InsufficientInstanceCapacity', more: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name: `${nodeClaim}.1`, namespace: 'default', uid: nodeClaim, creationTimestamp: `2026-11-01T${minute}:00Z` },
  involvedObject: { apiVersion: 'karpenter.sh/v1', kind: 'NodeClaim', name: nodeClaim },
  reason: 'InsufficientCapacityError',
  message: `NodeClaim ${nodeClaim} event: creating instance, insufficient capacity, with fleet error(s), ${code}: We currently do not have sufficient g5.xlarge capacity in the Availability Zone you requested (us-west-2a).`,
  type: 'Warning',
  firstTimestamp: `2026-11-01T${minute}:00Z`,
  lastTimestamp: `2026-11-01T${minute}:00Z`,
  count: 1,
  ...more,
});
const list = (...items: readonly object[]): string => JSON.stringify({ apiVersion: 'v1', items, kind: 'List' }, null, 2);

describe("Karpenter's refused launches", () => {
  it('become a pool without devices from a refusal until three minutes after it', () => {
    const other = { ...refusal('g5-spot-aaaaa', '00:00'), reason: 'Launched' };
    expect(importTexts(list(other, refusal('g5-spot-x7k2p', '00:10'), refusal('g5-spot-b4n8q', '00:12')))).toMatchObject({
      format: 'karpenter',
      kind: 'availability',
      text: 'timestampSeconds,pool,devices\n0,g5-spot,0\n300,g5-spot,\n',
      startEpochSeconds: NOVEMBER + 600,
      found: 2,
      used: 2,
    });
  });

  it('are apart for each pool, and where three minutes passed without one', () => {
    const events = list(refusal('g5-spot-x7k2p', '00:10'), refusal('inf2-spot-b4n8q', '00:11'), refusal('g5-spot-c9c9c', '00:20'));
    expect(importTexts(events, { fromEpochSeconds: NOVEMBER, toEpochSeconds: NOVEMBER + 1300 }).text).toBe(
      'timestampSeconds,pool,devices\n600,g5-spot,0\n660,inf2-spot,0\n780,g5-spot,\n840,inf2-spot,\n1200,g5-spot,0\n',
    );
  });

  it('that are counted up in one Event last from the first to the last time', () => {
    const counted = refusal('g5-spot-x7k2p', '00:10', undefined, { series: { count: 4, lastObservedTime: '2026-11-01T00:20:00.000000Z' } });
    expect(importTexts(list(counted)).text).toBe('timestampSeconds,pool,devices\n0,g5-spot,0\n780,g5-spot,\n');
  });

  it('leave out quotas, repetitions and other pools', () => {
    const quota = refusal('g5-spot-qqqqq', '00:10', 'MaxSpotInstanceCountExceeded');
    const events = [refusal('g5-spot-x7k2p', '00:10'), quota, refusal('g6-spot-b4n8q', '00:11')];
    expect(importTexts([list(...events), list(...events.slice(0, 1))], { series: ['g5-spot'] })).toMatchObject({
      used: 1,
      leftOut: [
        { count: 1, why: 'found again in the files' },
        { count: 1, why: 'about a quota of the account, which is no lack of capacity' },
        { count: 1, why: 'of other pools' },
      ],
    });
  });

  it('are refused for a pool that is not among them', () => {
    expect(refusalOf(list(refusal('g5-spot-x7k2p', '00:10')), { series: ['g5-spot', 'g6-spot'] })).toBe(
      '--series: given "g6-spot", expected a pool of the export: g5-spot; did you mean "g5-spot"?',
    );
  });

  it.each([
    [
      'no refusal',
      list({ ...refusal('g5-spot-x7k2p', '00:10'), reason: 'Launched' }),
      'export: given no Event with reason InsufficientCapacityError on a NodeClaim, expected at least one refused launch; Events are kept for an hour: collect them while it happens, with -A for all namespaces',
    ],
    [
      'a NodeClaim without a pool in its name',
      list(refusal('mine', '00:10')),
      'export:16: items[0].involvedObject.name: given "mine", expected the name of a NodeClaim: its pool and five characters, g5-spot-x7k2p',
    ],
    ['Events that are no list', JSON.stringify({ kind: 'List', items: 'none' }), 'export:1: items: given "none" (text), expected a list'],
    [
      'a time that is none',
      list(refusal('g5-spot-x7k2p', 'never')),
      'export:4: items[0]: given no time, expected as lastTimestamp a time such as 2026-11-01T00:00:00Z, or seconds or milliseconds since 1970',
    ],
  ])('are refused for %s', (_, text, message) => {
    expect(refusalOf(text)).toBe(message);
  });
});
