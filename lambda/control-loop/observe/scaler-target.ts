import { kedaTargetFields } from '../contract/names';
import type { LiveField } from '../model/live-scaler';
import type { Backend } from '../model/router';

export interface Trigger {
  readonly type?: unknown;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** The fields of a ScaledObject that may hold its target. */
export interface TargetSpec {
  readonly triggers?: readonly Trigger[];
  readonly advanced?: { readonly scalingModifiers?: { readonly formula?: unknown; readonly target?: unknown } };
}

/** Where the target of a ScaledObject is. */
export interface ScalerTarget {
  readonly field: LiveField;
  /** Of the trigger that carries it; left out where a formula over all of them does. */
  readonly triggerIndex?: number;
}

/**
 * The target of a ScaledObject, found by what it is and not by where it is: others put triggers before ours.
 *
 * That of the formula where there is one; else of the trigger that counts the requests of the unit's own target group; else of the trigger
 * at `metricIndex`; else of the only one that has a target at all.
 */
export const findTarget = ({ triggers = [], advanced }: TargetSpec, metricIndex: number, backend: Backend | undefined): ScalerTarget => {
  const modifiers = advanced?.scalingModifiers;
  if (typeof modifiers?.formula === 'string' && modifiers.formula !== '') {
    return { field: fieldAt('/spec/advanced/scalingModifiers/target', modifiers.target) };
  }
  const isOwn = ({ metadata }: Trigger): boolean =>
    metadata?.metricName === 'RequestCount' && backend !== undefined && counts(metadata, backend);
  const hasTarget = (trigger: Trigger | undefined): boolean => trigger !== undefined && fieldOf(trigger) !== undefined;
  const own = triggers.findIndex(isOwn);
  const withTarget = triggers.flatMap((trigger, index) => (hasTarget(trigger) ? [index] : []));
  const index = own >= 0 ? own : hasTarget(triggers[metricIndex]) || withTarget.length !== 1 ? metricIndex : withTarget[0]!;
  const trigger = triggers[index];
  const name = (trigger && fieldOf(trigger)) ?? kedaTargetFields['aws-cloudwatch']!;
  return { field: fieldAt(`/spec/triggers/${index}/metadata/${name}`, trigger?.metadata?.[name]), triggerIndex: index };
};

const fieldOf = ({ type, metadata }: Trigger): string | undefined => {
  const name = typeof type === 'string' ? kedaTargetFields[type] : kedaTargetFields['aws-cloudwatch'];
  return name !== undefined && metadata?.[name] !== undefined ? name : undefined;
};

/** Whether a trigger's dimensions name the target group of the backend. */
const counts = ({ dimensionValue }: Readonly<Record<string, unknown>>, backend: Backend): boolean =>
  String(dimensionValue)
    .split(';')
    .some((value) => value !== '' && backend.targetGroupArn.endsWith(`:${value}`));

const fieldAt = (path: string, raw: unknown): LiveField => (raw === undefined || raw === null ? { path } : { path, raw });
