import { describe, expect, it } from 'vitest';
import { createTickCaches } from '../../../../lambda/control-loop/observe/caches';
import { readFleet, readMemory } from '../../../../lambda/control-loop/observe/fleets';
import type { KubernetesObject } from '../../../../lambda/control-loop/ports';
import { chatSpec } from '../../../support/fake-world';
import { fleetObject } from '../../../support/fleet-object';

const object = (changes: Partial<KubernetesObject['metadata']> = {}, spec: unknown = chatSpec()): KubernetesObject =>
  fleetObject(spec, { namespace: 'prod', uid: 'u', generation: 1, ...changes });

const memory = {
  strategy: 'CapacityOptimized',
  strategySinceSeconds: 5,
  switches: 1,
  shortages: [{ pool: 'g5-spot', zone: 'unknown', firstSeenSeconds: 1, lastFailureSeconds: 2, failures: 1, nextProbeSeconds: 3 }],
  profiles: {
    g5: {
      ...{ throughputPerMinute: 45, latencySeconds: 1.4, coldStartSeconds: 300 },
      stated: { throughputPerMinute: 90, latencySeconds: 0.7, coldStartSeconds: 300 },
      partedSinceSeconds: 60,
      minuteSeconds: 120,
    },
  },
  written: { 'floor/g5': { value: 2, previous: 1 } },
};

describe('the pause annotation', () => {
  it.each([
    [undefined, { up: false, down: false }],
    ['up', { up: true, down: false }],
    ['down', { up: false, down: true }],
    ['all', { up: true, down: true }],
    ['', { up: true, down: true }],
    ['Up', { up: true, down: true }],
    ['until tomorrow', { up: true, down: true }],
    ['down until 2026-03-01T12:00:00Z', { up: false, down: true, untilSeconds: 1_772_366_400 }],
    ['all until 2026-03-01T14:00:00+02:00', { up: true, down: true, untilSeconds: 1_772_366_400 }],
    ['down until tomorrow', { up: true, down: true }],
    ['down until 2026-03-01', { up: true, down: true }],
    ['down until', { up: true, down: true }],
  ])('%j pauses %j: what cannot be read pauses everything', (value, paused) => {
    const annotations = value === undefined ? {} : { 'adaptive-inference.dev/pause': value };
    expect(readFleet(object({ annotations }), createTickCaches()).pause).toEqual(paused);
  });
});

describe('the spec of a fleet', () => {
  it('is read with all its defaults', () => {
    const { fleet, key } = readFleet(object(), createTickCaches());
    expect(key).toBe('prod/chat');
    expect(fleet).toMatchObject({ name: 'chat', namespace: 'prod', enforcement: 'Enforce', resilience: 1 });
  });

  it('that makes no sense is told, not thrown', () => {
    const { fleet, refusal } = readFleet(object({}, { ...chatSpec(), resilience: 2 }), createTickCaches());
    expect(fleet).toBeUndefined();
    expect(refusal).toMatchObject({ reason: 'InvalidSpec', message: expect.stringContaining('resilience') });
  });

  it('is parsed again when its generation changes, and when the fleet is made anew', () => {
    const caches = createTickCaches();
    const resilienceOf = (metadata: Partial<KubernetesObject['metadata']>, resilience: number) =>
      readFleet(object(metadata, chatSpec({ resilience })), caches).fleet?.resilience;
    expect(resilienceOf({}, 0.5)).toBe(0.5);
    expect(resilienceOf({ generation: 2 }, 0.25)).toBe(0.25);
    expect(resilienceOf({ uid: 'v', generation: 2 }, 0.75)).toBe(0.75);
  });
});

describe('the memory in a status', () => {
  const remembered = (generation: number, observedGeneration: number) =>
    readFleet({ ...object({ generation }), status: { memory, observedGeneration } }, createTickCaches()).memory;

  it('forgets what was written when the spec has changed: a deployment may have set those fields', () => {
    expect(remembered(2, 2)?.written).toEqual(memory.written);
    expect(remembered(3, 2)).toEqual({ ...memory, written: {} });
  });

  it('is read as it was written', () => {
    expect(readMemory(memory)).toEqual(memory);
  });

  it('may be of a version that learned no profiles', () => {
    const { profiles: _, ...before } = memory;
    expect(readMemory(before)).toEqual({ ...before, profiles: {} });
  });

  it('without a profile that is damaged is as good as before', () => {
    const inf2 = { ...memory.profiles.g5, latencySeconds: null };
    expect(readMemory({ ...memory, profiles: { ...memory.profiles, inf2 } })).toEqual(memory);
  });

  it.each([
    ['nothing', undefined],
    ['text', 'memory'],
    ['an unknown mode', { ...memory, strategy: 'Panic' }],
    ['a time that is none', { ...memory, strategySinceSeconds: '5' }],
    ['a damaged shortage', { ...memory, shortages: [{ pool: 'g5-spot' }] }],
    ['profiles that are none', { ...memory, profiles: 5 }],
    ['a damaged value', { ...memory, written: { 'floor/g5': { value: null } } }],
  ])('that is %s counts as none', (_what, value) => {
    expect(readMemory(value)).toBeUndefined();
  });
});
