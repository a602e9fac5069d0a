import type { SimulatedPolicy } from '../policies/policies';
import { withoutForecast, withoutReturn } from './ablations';
import { withCheapestUnit } from './cheapest-unit';
import { hpaRule } from './hpa';
import { reactiveIlp } from './reactive-ilp';
import { decideBy, type Rule } from './rule';
import { saturation } from './saturation';
import { spotHedge } from './spot-hedge';
import { peaksOf, staticPeakRule } from './static-peak';

/** Capacity as a multiple of the demand of the last minutes, each as docs/baselines.md says how it was tuned. */
const headrooms = { hpaOnCheapest: 2.5, hpaOnAll: 3.5, melange: 4.5, reactiveIlp: 4.5, spotHedge: 4.5, saturation: 4.5 } as const;

const by = (newRule: () => Rule): SimulatedPolicy => ({ baseline: () => decideBy(newRule) });

const hpaOnCheapest = (utilization: number): SimulatedPolicy => ({
  ...by(() => hpaRule(utilization)),
  change: (scenario) => withCheapestUnit(scenario),
});

/** What others do, and the optimizer without one of its parts, by name; each in the place of the loop's own `decide`. */
export const baselines = {
  'hpa-cheapest-60': hpaOnCheapest(0.6),
  'hpa-cheapest-70': hpaOnCheapest(0.7),
  'hpa-cheapest-80': hpaOnCheapest(0.8),
  'hpa-cheapest-tuned': hpaOnCheapest(1 / headrooms.hpaOnCheapest),
  'hpa-equal-60': by(() => hpaRule(0.6)),
  'hpa-equal-70': by(() => hpaRule(0.7)),
  'hpa-equal-80': by(() => hpaRule(0.8)),
  'hpa-equal-tuned': by(() => hpaRule(1 / headrooms.hpaOnAll)),
  'static-peak': {
    baseline: (scenario, _, arrivals) => {
      const peaks = peaksOf(scenario, arrivals);
      return decideBy(() => staticPeakRule((fleet) => peaks.get(fleet)!));
    },
    change: (scenario) => withCheapestUnit(scenario, ['on-demand']),
  },
  'melange-ilp': by(() => reactiveIlp({ headroom: headrooms.melange, everySeconds: 600, keepSeconds: 0, avoidsRefused: false })),
  'reactive-ilp': by(() => reactiveIlp({ headroom: headrooms.reactiveIlp, everySeconds: 60, keepSeconds: 600, avoidsRefused: true })),
  'spot-hedge': by(() => spotHedge({ utilization: 1 / headrooms.spotHedge, extraPods: 2 })),
  saturation: by(() => saturation(1 / headrooms.saturation)),
  'optimizer-without-n-1': {
    loopPolicy: 'Optimizer',
    change: (scenario) => ({
      ...scenario,
      fleet: { ...scenario.fleet, resilience: 0 },
      otherFleets: scenario.otherFleets.map((other) => ({ ...other, fleet: { ...other.fleet, resilience: 0 } })),
    }),
  },
  'optimizer-without-forecast': { loopPolicy: 'Optimizer', baseline: () => withoutForecast },
  'optimizer-without-return': { loopPolicy: 'Optimizer', baseline: () => withoutReturn },
} as const satisfies Record<string, SimulatedPolicy>;
