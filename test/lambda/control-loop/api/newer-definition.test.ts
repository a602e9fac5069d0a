import { describe, expect, it } from 'vitest';
import { readFleetObject, readListedFleet } from '../../../../lambda/control-loop/api';
import { resources } from '../../../../lambda/control-loop/contract/names';
import { createTickCaches, tick } from '../../../../lambda/control-loop/tick';
import { chatSpec, chatWorld } from '../../../support/fake-world';
import { fleetObject } from '../../../support/fleet-object';

/** A spec as a newer CustomResourceDefinition stores it: with fields that it fills in by default, at every depth. */
const newer = (spec = chatSpec()) => ({
  ...spec,
  warmPool: { pods: 0 },
  objective: { ...spec.objective, window: '28d' },
  units: spec.units.map((unit) => ({ ...unit, scaler: { ...unit.scaler, behavior: 'Fast' } })),
});

describe('a fleet of a newer CustomResourceDefinition, after a rollback of the loop', () => {
  it('is steered by all that the older loop knows', () => {
    const { fleet: old } = readListedFleet(fleetObject(chatSpec()));
    const { fleet } = readListedFleet(fleetObject(newer()));
    const { unknownFields, ...known } = fleet!;
    expect(known).toEqual(old);
    expect(unknownFields).toEqual([
      'spec.objective.window',
      'spec.units[0].scaler.behavior',
      'spec.units[1].scaler.behavior',
      'spec.warmPool',
    ]);
  });

  it('says in a finding what is without effect, and acts', async () => {
    const fake = chatWorld();
    const chat = fake.kubernetes.read(resources.inferenceFleets, 'chat', 'default');
    fake.kubernetes.put(resources.inferenceFleets, { ...chat, spec: newer() });
    const { decision, fleets } = await tick(fake.ports, {
      deadlineSeconds: fake.nowSeconds + 50,
      trigger: 'test',
      caches: createTickCaches(),
    });
    expect(fleets[0]?.outcome).toBe('Acted');
    expect(decision.fleets[0]!.findings.filter(({ code }) => code === 'Spec').map(({ message }) => message)).toEqual([
      expect.stringMatching(/^spec\.objective\.window, .*: not known to this version of the loop, and without effect$/),
    ]);
  });

  it('is refused with all that is wrong where something else is wrong too', () => {
    const { problems } = readListedFleet(fleetObject({ ...newer(), resilience: 2 }));
    expect(problems?.map(({ where }) => where)).toContain('spec.resilience');
    expect(problems?.map(({ where }) => where)).toContain('spec.warmPool');
  });

  it('is refused as a file: there an unknown field is a mistake', () => {
    expect(readFleetObject(fleetObject(newer())).problems?.map(({ where }) => where)).toContain('spec.warmPool');
  });
});
