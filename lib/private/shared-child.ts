import { Construct, type IConstruct } from 'constructs';

/** A construct as the scope of others; interfaces of constructs do not state that every construct derives from `Construct`. */
export function scopeOf(construct: IConstruct): Construct {
  if (!Construct.isConstruct(construct)) throw new TypeError(`${String(construct)} is not a construct`);
  return construct;
}

/** A child that several constructs share; the first one that needs it creates it. */
export function sharedChild<T extends IConstruct>(owner: IConstruct, id: string, make: (scope: Construct, id: string) => T): T {
  const existing = owner.node.tryFindChild(id);
  return existing === undefined ? make(scopeOf(owner), id) : (existing as T);
}
