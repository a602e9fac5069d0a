import { Construct, type IConstruct } from 'constructs';

/** A construct behind its interface, as a scope for others: every construct of an app derives from `Construct`. */
export function scopeOf(construct: IConstruct): Construct {
  if (!Construct.isConstruct(construct)) throw new TypeError(`${String(construct)} is not a construct`);
  return construct;
}

/** The child of a construct that several others share, made by the first that asks for it. */
export function sharedChild<T extends IConstruct>(owner: IConstruct, id: string, make: (scope: Construct, id: string) => T): T {
  const existing = owner.node.tryFindChild(id);
  return existing === undefined ? make(scopeOf(owner), id) : (existing as T);
}
