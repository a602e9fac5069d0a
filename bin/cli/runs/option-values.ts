import { didYouMean } from '../../../lambda/control-loop/model/did-you-mean';
import { rounded } from '../../../lambda/control-loop/model/field-problem';
import { numberOf } from '../../../sim/inputs/csv-rows';
import { INSTANT, instantOf } from '../../../sim/inputs/exports/times';
import type { Loss } from '../../../sim/inputs/losses';
import { policyNames } from '../../../sim/policies/policies';
import { durationOf } from '../text/durations';
import { refuse } from '../text/problems';

/** Parsers of option values. */

const MAX_SEED = 2_147_483_647;
const MAX_SEEDS = 1000;

const integerBetween = (option: string, minimum: number, maximum: number) => (text: string) => {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return value >= minimum && value <= maximum ? value : refuse(option, JSON.stringify(text), `an integer from ${minimum} to ${maximum}`);
};

export const seedOf = integerBetween('--seed', 0, MAX_SEED);
export const seedCountOf = integerBetween('--seeds', 1, MAX_SEEDS);

export const positiveOf =
  (option: string, expected = 'a number above 0') =>
  (text: string): number => {
    const value = numberOf(text);
    return value !== undefined && value > 0 ? value : refuse(option, JSON.stringify(text), expected);
  };

export const instantOption = (option: string) => (text: string) => instantOf(text) ?? refuse(option, JSON.stringify(text), INSTANT);

export const attainmentOf = (text: string): number => {
  const value = numberOf(text);
  if (value !== undefined && value > 0 && value <= 1) return value;
  const fix = value !== undefined && value > 1 && value <= 100 ? `a part of 1, not a percentage: ${rounded(value / 100)}?` : undefined;
  return refuse('--fail-below', JSON.stringify(text), 'a share of requests above 0 and at most 1, for example 0.99', fix);
};

export const policyOf =
  (option: string) =>
  (text: string): string => {
    const name = text.trim();
    if ((policyNames as readonly string[]).includes(name)) return name;
    return refuse(option, JSON.stringify(name), `one of ${policyNames.join(', ')}`, didYouMean(name, policyNames));
  };

export const processesOf = integerBetween('--processes', 1, 1024);

/** Names separated by commas, each once, at least one. */
export const namesOf =
  (option: string, nameOf: (text: string) => string) =>
  (text: string): readonly string[] => {
    const names = text.split(',').map((name) => nameOf(name.trim()));
    const repeated = names.find((name, index) => names.indexOf(name) !== index);
    if (names.includes('')) return refuse(option, JSON.stringify(text), 'names separated by commas');
    return repeated === undefined ? names : refuse(option, `${JSON.stringify(repeated)} twice`, 'each once');
  };

export const policiesOf = (text: string): readonly string[] => {
  const names = text.split(',').map(policyOf('--policies'));
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) return refuse('--policies', `${JSON.stringify(repeated)} twice`, 'each policy once');
  const [only] = names;
  return names.length > 1
    ? names
    : refuse(
        '--policies',
        `one policy, ${JSON.stringify(only)}`,
        'two or more policies',
        `to run one: simulate <scenario> --policy ${only}`,
      );
};

/** `g6-spot@2d12h/45m`, after those that were given before it. */
export const lossesOf = (text: string, before: readonly Loss[] = []): readonly Loss[] => {
  const parts = /^([^@/]+)@([^@/]+)\/([^@/]+)$/.exec(text);
  if (parts === null) return refuse('--lose', JSON.stringify(text), 'POOL@WHEN/DURATION, for example g6-spot@2d12h/45m');
  const [, of, when, duration] = parts as unknown as [string, string, string, string];
  return [...before, { of, fromSeconds: durationOf('--lose', 0)(when), durationSeconds: durationOf('--lose')(duration) }];
};
