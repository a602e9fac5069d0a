import type { IConstruct } from 'constructs';
import { complain, kubernetesName, literal } from '../../private/validation';
import type { RoutedUnit } from '../weighted-router-props';
import { absolutePath } from './values';

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html: target groups per action. */
const MAX_TARGET_GROUPS = 5;

/** The greatest weight of a target group. */
const WHOLE = 999;

/** A unit with the weight its target group begins with. */
export interface SeededUnit {
  readonly name: string;
  readonly healthPath: string;
  readonly weight: number;
}

/** Checks the units of a router and turns their shares into weights, the way the control loop does. */
export function seedUnits(router: IConstruct, units: readonly RoutedUnit[]): readonly SeededUnit[] {
  if (units.length < 1 || units.length > MAX_TARGET_GROUPS) {
    complain(router, {
      wrong: '`units` has a number of units that one rule cannot hold',
      given: units.length,
      expected: `1 to ${MAX_TARGET_GROUPS}, the most target groups of one rule of an Application Load Balancer`,
      fix: 'Serve the model on fewer accelerators, or as two fleets.',
    });
  }
  const names = units.map(({ name }) => kubernetesName(router, 'units.name', name));
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    complain(router, { wrong: '`units` names a unit twice', given: twice, expected: 'each unit once', fix: 'Remove or rename one.' });
  }
  const shares = initialShares(router, units);
  return units.map(({ name, healthPath }, index) => ({
    name,
    healthPath: absolutePath(router, 'units.healthPath', healthPath ?? '/health'),
    weight: Math.max(1, Math.round((shares[index] ?? 0) * WHOLE)),
  }));
}

function initialShares(router: IConstruct, units: readonly RoutedUnit[]): readonly number[] {
  const stated = units.flatMap(({ initialShare }) =>
    initialShare === undefined ? [] : [literal(router, 'units.initialShare', initialShare)],
  );
  if (stated.length === 0) return units.map(() => 1 / units.length);
  if (stated.length < units.length) {
    complain(router, {
      wrong: '`initialShare` is stated for some units only',
      given: Object.fromEntries(units.map(({ name, initialShare }) => [name, initialShare ?? 'nothing'])),
      expected: 'a share for every unit, or for none',
      fix: 'Add the missing shares, or leave all out for equal ones.',
    });
  }
  const wrong = stated.find((share) => !(share > 0 && share <= 1));
  if (wrong !== undefined) {
    complain(router, {
      wrong: '`initialShare` is no share',
      given: wrong,
      expected: 'a number above 0, at most 1',
      fix: 'Write 40 % as 0.4; a unit that shall get nothing is left to the control loop.',
    });
  }
  const sum = stated.reduce((total, share) => total + share, 0);
  if (Math.abs(sum - 1) > 0.001) {
    complain(router, {
      wrong: 'the initial shares do not sum to 1',
      given: stated,
      expected: `a sum of 1, not ${Number(sum.toFixed(3))}`,
      fix: 'Divide each by the sum.',
    });
  }
  return stated;
}
