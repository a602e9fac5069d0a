/** Least costs of a scenario in US dollars, after its warm-up. */
export interface Bounds {
  /** Length of the steps in which demand, prices and capacity were looked at, in seconds. */
  readonly stepSeconds: number;
  /** By name; undefined where the scenario has nothing to buy for it. */
  readonly usd: Readonly<Record<BoundName, number | undefined>>;
  /** By name: the part of what was asked for that no purchase could have given. 0 where all could be held. */
  readonly unmetPart: Readonly<Record<BoundName, number | undefined>>;
}

/** The bounds in the order in which they are shown. What they assume: docs/evaluation.md. */
export const boundTexts = {
  lb0: { label: 'LB0', meaning: 'parts of pods, everything known in advance, no loss to survive' },
  lbOnDemand: { label: 'LB-OD', meaning: 'the same without spot' },
  lbN1: { label: 'LB-N1', meaning: 'parts of pods, survives the loss of any one pool' },
  lbN1Q: { label: 'LB-N1-Q', meaning: 'whole pods that answer within the objective; after a loss queues do not grow' },
  lbN1QStrict: { label: 'LB-N1-Q strict', meaning: 'whole pods that answer within the objective, after a loss too' },
} as const;

export type BoundName = keyof typeof boundTexts;

export const boundNames = Object.keys(boundTexts) as readonly BoundName[];

/** A cost as a multiple of each bound; undefined without the bound, or where it is nothing. */
export const ratiosTo = ({ usd }: Bounds, costUsd: number): Readonly<Record<BoundName, number | undefined>> =>
  Object.fromEntries(boundNames.map((name) => [name, usd[name] ? rounded(costUsd / usd[name]) : undefined])) as Record<
    BoundName,
    number | undefined
  >;

/** In decimal places: solvers find an optimum to about seven digits. */
export const rounded = (value: number): number => Number(value.toFixed(4));
