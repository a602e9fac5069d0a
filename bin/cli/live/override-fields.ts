import { InvalidInputError, type Problem } from '../../../lambda/control-loop/errors';
import { parseField } from '../../../lambda/control-loop/model/field';
import { shown } from '../../../lambda/control-loop/model/field-problem';
import type { Fleet } from '../../../lambda/control-loop/model/fleet';
import { overrideProblem } from '../../../lambda/control-loop/model/overrides';
import { refuse } from '../text/problems';

/** One field of a fleet and the value that a person asks for. */
export interface Assignment {
  readonly field: string;
  readonly value: number | string;
}

/** Reads `floor/g5=3`; a percentage is a part of 1. */
export const assignmentOf = (text: string): Assignment => {
  const [, field, value] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if (field === undefined || value === undefined) {
    return refuse('FIELD=VALUE', JSON.stringify(text), 'a field and its value, such as floor/g5=3 or share/g5=40%');
  }
  const [, number, sign] = /^(-?\d+(?:\.\d+)?)(%?)$/.exec(value) ?? [];
  return { field, value: number === undefined ? value : sign === '%' ? Number(number) / 100 : Number(number) };
};

/** Refuses what the fleet has no field for, and what the guardrails would not let through. */
export const checkAssignments = (fleet: Fleet, assignments: readonly Assignment[]): void => {
  const problems = assignments.flatMap(({ field, value }): readonly Problem[] => {
    const problem = overrideProblem(fleet, field, value) ?? boundProblem(fleet, field, value);
    if (problem === undefined) return [];
    const isPercentage = parseField(field)?.kind === 'share' && typeof value === 'number' && value > 1 && value <= 100;
    return [isPercentage ? { ...problem, fix: `did you mean ${field}=${value}%?` } : problem];
  });
  if (problems.length > 0) throw new InvalidInputError(problems);
};

/** A value outside the bounds that the spec states: the loop would clamp it, and the person would wait for it in vain. */
const boundProblem = (fleet: Fleet, field: string, value: number | string): Problem | undefined => {
  const { kind, name } = parseField(field) ?? {};
  const unit = fleet.units.find((one) => one.name === name);
  const pool = fleet.pools.find((one) => one.name === name);
  if (typeof value !== 'number') return undefined;
  if (kind === 'floor' && unit !== undefined) {
    const { minimumReplicas, maximumReplicas } = unit;
    if (value > maximumReplicas) return outside(field, value, `at most ${maximumReplicas}, maximumReplicas of the unit`);
    if (value < minimumReplicas) return outside(field, value, `at least ${minimumReplicas}, minimumReplicas of the unit`);
  }
  if (kind === 'limit' && pool !== undefined && value > pool.maximumDevices) {
    return outside(field, value, `at most ${pool.maximumDevices}, maximumDevices of the pool`);
  }
  return undefined;
};

const outside = (where: string, value: number, expected: string): Problem => ({
  where,
  given: shown(value),
  expected,
  fix: 'override within the bound, or change the spec of the fleet',
});
