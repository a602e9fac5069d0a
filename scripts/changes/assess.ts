import { type App, base } from './apps';
import { type Blocker, blockersOf } from './blockers';
import { compare, type Difference } from './compare';
import { type Hazard, hazardsOf } from './hazards';
import type { Change } from './list/change';
import { type Synthesis, synthesize } from './snapshot';

/** What becomes of requests. */
export type Outcome = 'unaffected' | 'risk' | 'loss' | 'fails' | 'refused';

/** A change with what it does. */
export type Assessment =
  | { readonly change: Change; readonly outcome: 'refused'; readonly message: string }
  | {
      readonly change: Change;
      readonly outcome: Exclude<Outcome, 'refused'>;
      readonly difference: Difference;
      readonly hazards: readonly Hazard[];
      readonly blockers: readonly Blocker[];
      /** Warnings that the app did not give before the change. */
      readonly warnings: readonly string[];
    };

/** Assesses changes; apps that several of them begin or end with are synthesized once. */
export const assessor = (): ((change: Change) => Assessment) => {
  const known = new Map<App, Synthesis>();
  const synthesized = (app: App): Synthesis => {
    const result = known.get(app) ?? synthesize(app);
    known.set(app, result);
    return result;
  };
  return (change) => {
    const before = synthesized(change.before ?? base);
    if (before.refused) throw new Error(`${change.title}: the app before the change is refused: ${before.message}`);
    const after = synthesized(change.after);
    return after.refused ? { change, outcome: 'refused', message: after.message } : judged(change, before, after);
  };
};

type Accepted = Extract<Synthesis, { readonly refused: false }>;

const judged = (change: Change, before: Accepted, after: Accepted): Assessment => {
  const difference = compare(before.resources, after.resources);
  const blockers = blockersOf(difference);
  const hazards = hazardsOf(difference);
  const warnings = after.warnings.filter((warning) => !before.warnings.includes(warning));
  return { change, outcome: outcomeOf(blockers, hazards), difference, hazards, blockers, warnings };
};

const outcomeOf = (blockers: readonly Blocker[], hazards: readonly Hazard[]): Exclude<Outcome, 'refused'> => {
  if (blockers.length > 0) return 'fails';
  if (hazards.some(({ level }) => level === 'loss')) return 'loss';
  return hazards.length > 0 ? 'risk' : 'unaffected';
};

/** What is wrong with the sentences of a change; undefined if nothing is. They are written by hand, and must fit what was found. */
export const complaintAbout = ({ change, outcome }: Assessment): string | undefined => {
  const isSafe = outcome === 'unaffected';
  if (isSafe === (change.avoid === undefined)) return undefined;
  return isSafe
    ? `${change.title}: no request is in danger, but \`avoid\` says how to avoid that`
    : `${change.title}: the outcome is ${outcome}, and \`avoid\` does not say how to avoid it`;
};
