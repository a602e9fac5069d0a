import { describe, expect, it } from 'vitest';
import { overrideProblem, overridesText, readOverrides } from '../../../../lambda/control-loop/model/overrides';
import { chatSpec } from '../../../support/fake-world';
import { fleetOf } from '../decide/fixtures';

const entry = { field: 'floor/g5', value: 3, owner: 'ada', reason: 'launch day', until: '2026-03-01T12:00:00Z' };

describe('the overrides annotation', () => {
  it('is read with the time of its end', () => {
    expect(readOverrides(JSON.stringify([entry]))).toEqual({ entries: [{ ...entry, untilSeconds: 1_772_366_400 }], problems: [] });
  });

  it.each([
    ['no annotation', undefined],
    ['an empty one', ''],
    ['an empty list', '[]'],
  ])('%s overrides nothing', (_what, text) => {
    expect(readOverrides(text)).toEqual({ entries: [], problems: [] });
  });

  it.each([
    ['floor/g5=3', /^the annotation is no JSON: /],
    ['{"floor/g5":3}', /^the annotation: given {"floor\/g5":3} \(object\), expected a list of overrides$/],
    ['[3]', /^entry 1: given 3 \(number\), expected an object of field, value, owner, reason and until$/],
    [JSON.stringify([{ ...entry, field: '' }]), /^entry 1: field: given "" \(text\), expected a field such as /],
    [JSON.stringify([{ ...entry, value: null }]), /^entry 1, floor\/g5: value: given null, expected a number$/],
    [JSON.stringify([{ ...entry, owner: undefined }]), /^entry 1, floor\/g5: owner: given nothing, expected who wants it$/],
    [JSON.stringify([{ ...entry, reason: ' ' }]), /^entry 1, floor\/g5: reason: given " " \(text\), expected why$/],
    [JSON.stringify([{ ...entry, until: 'tomorrow' }]), /^entry 1, floor\/g5: until: given "tomorrow" \(text\), expected a time such as /],
    [JSON.stringify([{ ...entry, until: 1_772_366_400 }]), /^entry 1, floor\/g5: until: given 1772366400 \(number\), expected a time/],
  ])('%j is told, not thrown', (text, problem) => {
    const { entries, problems } = readOverrides(text);
    expect(entries).toEqual([]);
    expect(problems).toEqual([expect.stringMatching(problem)]);
  });

  it('keeps the right entries beside a wrong one', () => {
    const { entries, problems } = readOverrides(JSON.stringify([{ ...entry, until: '' }, entry]));
    expect(entries.map(({ field }) => field)).toEqual(['floor/g5']);
    expect(problems).toHaveLength(1);
  });

  it('reads a hundred entries and says that there are more', () => {
    const { entries, problems } = readOverrides(JSON.stringify(Array.from({ length: 130 }, () => entry)));
    expect(entries).toHaveLength(100);
    expect(problems).toEqual(['130 entries, of which only the first 100 are read']);
  });

  it('is written as it is read', () => {
    const { entries } = readOverrides(JSON.stringify([entry]));
    expect(JSON.parse(overridesText(entries))).toEqual([entry]);
  });
});

describe('an override of a fleet', () => {
  const fleet = fleetOf(chatSpec());

  it.each([
    ['floor/g5', 0],
    ['target/inf2', 0.5],
    ['share/inf2', 1],
    ['weight/g5-od', 100],
    ['limit/g5-spot', 0],
    ['strategy', 'CapacityOptimized'],
  ])('%s may be %j', (field, value) => {
    expect(overrideProblem(fleet, field, value)).toBeUndefined();
  });

  it.each([
    ['floor/g5', 1.5, 'whole pods from 0 to 10000'],
    ['floor/g5', '2', 'whole pods from 0 to 10000'],
    ['target/g5', 0, 'requests per minute and pod, above 0'],
    ['share/g5', 40, 'a part of the traffic from 0 to 1'],
    ['weight/g5-od', 0, 'an integer from 1 to 100'],
    ['limit/g5-od', -1, 'whole devices from 0 to 100000'],
    ['strategy', 'Static', 'CostOptimized or CapacityOptimized'],
  ])('%s may not be %j', (field, value, expected) => {
    expect(overrideProblem(fleet, field, value)).toMatchObject({ where: field, expected });
  });

  it('of the strategy may not be of a policy that has one alone', () => {
    const still = fleetOf({ ...chatSpec(), policy: { name: 'Static' } });
    expect(overrideProblem(still, 'strategy', 'CostOptimized')).toMatchObject({
      where: 'strategy',
      expected: 'no override, as policy Static has no other strategy',
    });
  });

  it.each([
    ['floor/g6', 'did you mean "floor/g5"?'],
    ['weight/inf2', 'did you mean "weight/inf2-spot"?'],
    ['floors/g5', 'did you mean "floor/g5"?'],
    ['latency', undefined],
  ])('%s is no field of it', (field, fix) => {
    const problem = overrideProblem(fleet, field, 1);
    expect(problem).toMatchObject({ where: field, given: 'a field of this name' });
    expect(problem?.fix).toBe(fix);
  });
});
