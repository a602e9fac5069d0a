import { poolFields, unitFields } from '../contract/enums';
import type { Fleet } from './fleet';

/**
 * - `floor`: minimum replicas of a unit's scaler.
 * - `target`: throughput per pod that a unit's scaler scales on, in requests per minute.
 * - `share`: router weight of a unit.
 * - `weight`: `spec.weight` of a pool, 1 to 100.
 * - `limit`: `spec.limits` of a pool for its device resource, in devices.
 */
export type FieldKind = (typeof unitFields)[number] | (typeof poolFields)[number];

/** A field that the loop owns. */
export interface Field {
  readonly kind: FieldKind;
  /** Of the unit or pool. */
  readonly name: string;
}

/** A field as memory, annotations and records name it, for example `floor/g5`. */
export const formatField = ({ kind, name }: Field): string => `${kind}/${name}`;

/** The field of such a text; `undefined` where no field has that form. */
export const parseField = (text: string): Field | undefined => {
  const slash = text.indexOf('/');
  const kind = [...unitFields, ...poolFields].find((one) => one === text.slice(0, slash));
  return kind === undefined || slash === text.length - 1 ? undefined : { kind, name: text.slice(slash + 1) };
};

/** Every field of a fleet. */
export const fieldsOf = ({ units, pools }: Pick<Fleet, 'units' | 'pools'>): readonly Field[] => [
  ...unitFields.flatMap((kind) => units.map(({ name }) => ({ kind, name }))),
  ...poolFields.flatMap((kind) => pools.map(({ name }) => ({ kind, name }))),
];
