import { describe, expect, it } from 'vitest';
import type { EnforcementName } from '../../../../lambda/control-loop/contract/enums';
import { type Claimant, refusedClaims } from '../../../../lambda/control-loop/decide/refused-claims';
import type { Claims } from '../../../../lambda/control-loop/model/claims';
import { chatSpec } from '../../../support/fake-world';
import { fleetOf } from '../../../support/fleet-object';

const VICTIM = 'prod/chat';
const EVIL = 'tenant/evil';

/** A fleet that names the pools and the router of every other fleet here. */
const claimant = (key: string, createdSeconds: number | undefined, enforcement: EnforcementName = 'Enforce'): Claimant => {
  const [namespace, name] = key.split('/') as [string, string];
  return {
    key,
    fleet: { ...fleetOf(chatSpec(), { name, namespace }), enforcement },
    createdSeconds,
    routerResources: ['rule/1', 'targetgroup/inf2', 'targetgroup/g5'],
  };
};

/** What pools and routers say; by default every pool admits every namespace, and no router names a fleet. */
const claims = (
  changes: { pools?: Readonly<Record<string, readonly string[]>>; owners?: Readonly<Record<string, string>> } = {},
): Claims => ({
  namespacesByPool: new Map(Object.entries(changes.pools ?? { 'inf2-spot': ['*'], 'g5-spot': ['*'], 'g5-od': ['*'] })),
  ownerByFleet: new Map(Object.entries(changes.owners ?? {})),
});

const refusedKeys = (claimants: readonly Claimant[], said: Claims): readonly string[] => [...refusedClaims(claimants, said).keys()];

describe('a fleet that names a pool', () => {
  it('is steered where the NodePool admits its namespace', () => {
    expect(refusedKeys([claimant(VICTIM, 1)], claims({ pools: { 'g5-od': ['dev', 'prod'] } }))).toEqual([]);
  });

  it.each([[['prod']], [[]]])('is refused where the NodePool admits %j only, and told who can change that', (admitted) => {
    const message = refusedClaims([claimant(EVIL, 1)], claims({ pools: { 'g5-od': admitted } })).get(EVIL);
    expect(message).toMatch(/^pool g5-od: given a fleet in namespace tenant, expected .*adaptive-inference\.dev\/namespaces$/);
  });

  it('is not admitted by a namespace of which its own is a part', () => {
    expect(refusedKeys([claimant(EVIL, 1)], claims({ pools: { 'g5-od': ['tenant-a', 'my-tenant'] } }))).toEqual([EVIL]);
  });

  it('is not refused for a pool that is not known or does not exist: nothing is written to it', () => {
    expect(refusedKeys([claimant(VICTIM, 1)], claims({ pools: {} }))).toEqual([]);
  });
});

describe('two fleets that name one router', () => {
  it('leave it to the elder one, in whichever order they are listed', () => {
    const [elder, younger] = [claimant(VICTIM, 1000), claimant(EVIL, 2000)];
    expect(refusedKeys([elder, younger], claims())).toEqual([EVIL]);
    expect(refusedKeys([younger, elder], claims())).toEqual([EVIL]);
  });

  it('leave it to the fleet that its tags name, even if that is the younger one', () => {
    const said = claims({ owners: { [VICTIM]: VICTIM, [EVIL]: VICTIM } });
    const refused = refusedClaims([claimant(EVIL, 1000), claimant(VICTIM, 2000)], said);
    expect([...refused.keys()]).toEqual([EVIL]);
    expect(refused.get(EVIL)).toContain('the fleet that its tags name, prod/chat');
  });

  it('that are equally old leave it to the first by name', () => {
    expect(refusedKeys([claimant('b/chat', 1000), claimant('a/chat', 1000)], claims())).toEqual(['b/chat']);
  });

  it('leave it to one that says when it was created', () => {
    expect(refusedKeys([claimant('a/chat', undefined), claimant('b/chat', 1000)], claims())).toEqual(['a/chat']);
  });

  it.each(['Observe', 'Recommend'] as const)('are both steered where the elder is on %s: it writes nothing', (enforcement) => {
    expect(refusedKeys([claimant(EVIL, 1000, enforcement), claimant(VICTIM, 2000)], claims())).toEqual([]);
  });

  it.each(['Observe', 'Recommend'] as const)('are both decided for where the younger is on %s', (enforcement) => {
    expect(refusedKeys([claimant(VICTIM, 1000), claimant(EVIL, 2000, enforcement)], claims())).toEqual([]);
  });

  it('are not kept from it by an elder that is refused itself', () => {
    const said = claims({ pools: { 'g5-od': ['prod'] } });
    expect(refusedKeys([claimant(EVIL, 1000), claimant(VICTIM, 2000)], said)).toEqual([EVIL]);
  });

  it('may share a single target group no more than a rule', () => {
    const one = { ...claimant(VICTIM, 1000), routerResources: ['rule/1', 'targetgroup/g5'] };
    const other = { ...claimant(EVIL, 2000), routerResources: ['rule/2', 'targetgroup/g5'] };
    expect(refusedClaims([one, other], claims()).get(EVIL)).toContain('targetgroup/g5');
  });
});

describe('two fleets of one namespace', () => {
  it('do not scale the same Deployment', () => {
    const one = { ...claimant('prod/chat', 1000), routerResources: [] };
    const other = { ...claimant('prod/copy', 2000), routerResources: [] };
    expect(refusedClaims([one, other], claims()).get('prod/copy')).toMatch(/^ScaledObject prod\/.*the elder fleet prod\/chat/);
  });
});
