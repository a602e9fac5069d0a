import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FieldKind, fieldsOf, formatField, parseField } from '../../../../lambda/control-loop/model/field';
import { chatSpec } from '../../../support/fake-world';
import { fleetOf } from '../../../support/fleet-object';

const KINDS: readonly FieldKind[] = ['floor', 'target', 'share', 'weight', 'limit'];

describe('A field', () => {
  it('is written as kind and name', () => {
    expect(formatField({ kind: 'floor', name: 'g5' })).toBe('floor/g5');
    expect(parseField('limit/g5-spot')).toEqual({ kind: 'limit', name: 'g5-spot' });
  });

  it('is read as it was written, whatever the name', () => {
    fc.assert(
      fc.property(fc.constantFrom(...KINDS), fc.string({ minLength: 1 }), (kind, name) => {
        expect(parseField(formatField({ kind, name }))).toEqual({ kind, name });
      }),
      { seed: 1 },
    );
  });

  it.each(['', 'floor', 'floor/', '/g5', 'floors/g5', 'strategy', 'FLOOR/g5'])('has no such form as %j', (text) => {
    expect(parseField(text)).toBeUndefined();
  });

  it('belongs to each unit three times and to each pool twice', () => {
    expect(fieldsOf(fleetOf(chatSpec())).map(formatField)).toEqual([
      'floor/inf2',
      'floor/g5',
      'target/inf2',
      'target/g5',
      'share/inf2',
      'share/g5',
      'weight/inf2-spot',
      'weight/g5-spot',
      'weight/g5-od',
      'limit/inf2-spot',
      'limit/g5-spot',
      'limit/g5-od',
    ]);
  });
});
