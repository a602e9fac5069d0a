import { describe, expect, it } from 'vitest';
import { FLEET_API_VERSION, readFleetObject, readListedFleet } from '../../../../lambda/control-loop/api';
import { chatSpec, ruleArn, targetGroupArn } from '../../../support/fake-world';
import { fleetObject } from '../../../support/fleet-object';

describe('An InferenceFleet', () => {
  it('is read by the version that it states', () => {
    const { fleet } = readFleetObject(fleetObject(chatSpec(), { name: 'chat', namespace: 'ml' }));
    expect(fleet).toMatchObject({ name: 'chat', namespace: 'ml', objective: { latencySeconds: 0.9, percentile: 95 } });
  });

  it('has its listener rule as router and its target groups as backends', () => {
    const { fleet } = readFleetObject(fleetObject(chatSpec()));
    expect(fleet?.router).toEqual({ kind: 'AlbListenerRule', listenerRuleArn: ruleArn('chat') });
    expect(fleet?.units.map(({ backend }) => backend)).toEqual([
      { kind: 'AlbTargetGroup', targetGroupArn: targetGroupArn('inf2') },
      { kind: 'AlbTargetGroup', targetGroupArn: targetGroupArn('g5') },
    ]);
  });

  it('without a router has no backends', () => {
    const { router: _router, ...spec } = chatSpec();
    const { fleet } = readFleetObject(fleetObject({ ...spec, units: spec.units.map(({ targetGroupArn: _arn, ...unit }) => unit) }));
    expect(fleet).not.toHaveProperty('router');
    for (const unit of fleet!.units) expect(unit).not.toHaveProperty('backend');
  });

  it('of a version that is not served is refused, with everything else that is wrong', () => {
    const object = { ...fleetObject({ ...chatSpec(), pools: [] }), apiVersion: 'adaptive-inference.dev/v0' };
    expect(readFleetObject(object).problems).toEqual([
      {
        where: 'apiVersion',
        given: '"adaptive-inference.dev/v0" (text)',
        expected: JSON.stringify(FLEET_API_VERSION),
        fix: `did you mean ${JSON.stringify(FLEET_API_VERSION)}?`,
      },
      expect.objectContaining({ where: 'spec.pools' }),
    ]);
  });

  it('in a file must state version and kind', () => {
    const { metadata, spec } = fleetObject(chatSpec());
    expect(readFleetObject({ metadata, spec }).problems?.map(({ where }) => where)).toEqual(['apiVersion', 'kind']);
  });

  it('in a list of the API server is of the version that was asked for where it states none', () => {
    const { metadata, spec } = fleetObject(chatSpec());
    expect(readListedFleet({ metadata, spec } as object).fleet).toMatchObject({ name: 'chat', namespace: 'default' });
  });

  it.each([undefined, null, 7, 'fleet', []])('that is %j is refused without throwing', (object) => {
    expect(readFleetObject(object).problems?.length).toBeGreaterThan(0);
  });
});
