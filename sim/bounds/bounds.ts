import type { LoadedScenario } from '../inputs/loaded-scenario';
import { type BoundName, type Bounds, boundNames, rounded } from './bound-names';
import { type FluidBound, fluidBound } from './fluid';
import { loadHighs } from './highs';
import { boundsInputOf } from './inputs';
import type { Minimise } from './linear-program';
import { wholePodsBound } from './whole-pods';

/** The bounds of a scenario. The same scenario gives the same bounds, whatever the seed. */
export const boundsOf = async (loaded: LoadedScenario): Promise<Bounds> => boundsBy(await loadHighs(), loaded);

const boundsBy = (minimise: Minimise, loaded: LoadedScenario): Bounds => {
  const input = boundsInputOf(loaded);
  const found: Record<BoundName, FluidBound | undefined> = {
    lb0: fluidBound(input, minimise),
    lbOnDemand: fluidBound(input, minimise, { isOffered: (_, isSpot) => !isSpot }),
    lbN1: fluidBound(input, minimise, { survivesLoss: true }),
    lbN1Q: wholePodsBound(input, false),
    lbN1QStrict: wholePodsBound(input, true),
  };
  const by = <T>(value: (bound: FluidBound) => T) =>
    Object.fromEntries(boundNames.map((name) => [name, found[name] && value(found[name])])) as Record<BoundName, T | undefined>;
  return {
    stepSeconds: input.steps.stepSeconds,
    usd: by(({ usd }) => rounded(usd)),
    unmetPart: by(({ unmetPart }) => rounded(unmetPart)),
  };
};
