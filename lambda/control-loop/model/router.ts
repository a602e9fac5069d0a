/** The rule of an Application Load Balancer's listener, which forwards to target groups by weight. */
export interface AlbListenerRule {
  readonly kind: 'AlbListenerRule';
  readonly listenerRuleArn: string;
}

/** The target group of a unit's pods. */
export interface AlbTargetGroup {
  readonly kind: 'AlbTargetGroup';
  readonly targetGroupArn: string;
}

/** What splits the requests of a fleet over its units. Another kind of router is one more member. */
export type Router = AlbListenerRule;

/** Where a router sends the requests of one unit. */
export type Backend = AlbTargetGroup;

/** A fleet's router and the backends behind it. */
export interface Routing<R = Router, B = Backend> {
  readonly router: R;
  /** By unit name. */
  readonly backends: Readonly<Record<string, B>>;
}

/**
 * By unit name: whole numbers of at least 0. The share of a unit is its weight divided by the sum of all. What a router sends requests to
 * beside the units is under its `backendId`.
 */
export type Weights = Readonly<Record<string, number>>;

/** What tells a backend from every other, and from the names of units. */
export const backendId = ({ kind: _, ...identity }: Backend): string => Object.values(identity).join('/');

/** The backend of a router that has this `backendId`. */
export const backendWithId = (router: Router, id: string): Backend => {
  switch (router.kind) {
    case 'AlbListenerRule':
      return { kind: 'AlbTargetGroup', targetGroupArn: id };
  }
};

/** The routing of a fleet; `undefined` where it has no router. */
export const routingOf = ({
  router,
  units,
}: {
  readonly router?: Router | undefined;
  readonly units: readonly { readonly name: string; readonly backend?: Backend | undefined }[];
}): Routing | undefined =>
  router && { router, backends: Object.fromEntries(units.flatMap(({ name, backend }) => (backend ? [[name, backend]] : []))) };
