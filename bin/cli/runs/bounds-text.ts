import { type Bounds, boundNames, boundTexts, ratiosTo } from '../../../sim/bounds/bound-names';
import { NONE, usd } from '../text/numbers';
import type { Style } from '../text/style';
import { table } from '../text/table';

/** Policies by name with what they cost; null where that is not known. */
type Costs = readonly { readonly name: string; readonly costUsd: number | null }[];

/** The bounds of a scenario, and each cost as a multiple of them. */
export const boundsText = (bounds: Bounds, costs: Costs, style: Style): string => {
  const ratios = costs.map(({ costUsd }) => (costUsd === null ? undefined : ratiosTo(bounds, costUsd)));
  const rows = boundNames.flatMap((name): (readonly string[])[] => {
    const bound = bounds.usd[name];
    if (bound === undefined) return [];
    const isUnmet = (bounds.unmetPart[name] ?? 0) > 0;
    return [[boundTexts[name].label, `${usd(bound)}${isUnmet ? '*' : ''}`, ...ratios.map((ratio) => ratioText(ratio?.[name]))]];
  });
  const marks = boundNames.some((name) => (bounds.unmetPart[name] ?? 0) > 0)
    ? '\n  * in a part of the time no purchase could give all of this: it counts with as much as could be had'
    : '';
  const costRow = ['', '', ...costs.map(({ costUsd }) => (costUsd === null ? NONE : usd(costUsd)))];
  const head = ['least cost', '', ...costs.map(({ name }) => name)];
  return `${style('bold', 'Cost as a multiple of the least possible')}\n${table([head, costRow, ...rows], '  ')}${marks}`;
};

/** For example `1.92x`. */
const ratioText = (ratio: number | undefined): string => (ratio === undefined ? NONE : `${ratio.toFixed(2)}x`);
