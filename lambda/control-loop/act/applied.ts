import { conditionTypes, conditionReasons as reasons } from '../contract/names';
import type { WriteOutcome, WriteRecord } from '../model/write-record';
import type { KubernetesObject } from '../ports';
import { type Condition, conditionOf, conditionsOf } from './conditions';

/** Reasons of writes that did not succeed, the gravest first. */
const REASONS: readonly (readonly [WriteOutcome, string])[] = [
  ['Failed', reasons.writeFailed],
  ['NotFound', reasons.writeFailed],
  ['Contested', reasons.otherWriter],
  ['Conflict', reasons.writeConflict],
  ['Skipped', reasons.writeSkipped],
];

/** Of one write; a condition has room for several. */
const MAX_CAUSE = 300;

/** The condition `Applied` after the writes of a fleet were tried, with field and cause of each that did not succeed. */
export const appliedCondition = (object: KubernetesObject, now: string, writes: readonly WriteRecord[]): Condition => {
  const undone = writes.filter(({ outcome }) => outcome !== 'Done');
  const [, reason = reasons.asDecided] = REASONS.find(([outcome]) => undone.some((write) => write.outcome === outcome)) ?? [];
  const message = undone.length === 0 ? 'what was decided is written' : undone.map(textOf).join('; ');
  return conditionOf(object, now, conditionTypes.applied, undone.length === 0, reason, message);
};

const textOf = ({ object, fields, previous, outcome, message = '' }: WriteRecord): string => {
  const changes = Object.entries(fields).map(([field, value]) => `${field} from ${previous[field] ?? 'nothing'} to ${value}`);
  const cause = message.length <= MAX_CAUSE ? message : `${message.slice(0, MAX_CAUSE - 3)}...`;
  return `${object} ${changes.join(', ')}: ${outcome}${cause === '' ? '' : `, ${cause}`}`;
};

/** What is said of it before writes are tried: as it was, for what they will come to is not known yet. */
export const appliedBefore = (object: KubernetesObject): readonly Condition[] =>
  conditionsOf(object).filter(({ type }) => type === conditionTypes.applied);

/**
 * The object as it was recorded, with another condition; `undefined` where that is no news: it says the same already, or nothing was said
 * and all is well, which the next tick that has nothing to write says.
 */
export const withCondition = (object: KubernetesObject, condition: Condition): KubernetesObject | undefined => {
  const conditions = conditionsOf(object);
  const before = conditions.find(({ type }) => type === condition.type);
  if (before === undefined && condition.status === 'True') return undefined;
  if (before?.status === condition.status && before.reason === condition.reason && before.message === condition.message) return undefined;
  return { ...object, status: { ...object.status, conditions: [...conditions.filter((one) => one !== before), condition] } };
};
