import type { Finding, Reasoned } from '../../model/decision';

/** What a guardrail decided, and what it noticed on the way. */
export interface Guarded<Decision> {
  readonly decision: Decision;
  readonly findings: readonly Finding[];
}

export type GuardedField = Guarded<Reasoned<number>>;

/** A decision to leave a field as it is. */
export const leave = (reason: string): Reasoned<number> => ({ value: undefined, reason });

/** Leaves a field as it is; that is nothing to report. */
export const left = (reason: string): GuardedField => ({ decision: leave(reason), findings: [] });

/** Leaves a field as it is, and reports why. */
export const held = (code: Finding['code'], subject: string, message: string): GuardedField => ({
  decision: leave(message),
  findings: [{ code, subject, message }],
});
