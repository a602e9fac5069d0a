import type { Scenario } from '../../inputs/scenario';
import type { ClusterSettings } from '../settings';
import { type Performance, performanceOf } from './performance';
import { type Scaling, scalingOf } from './scaling';
import { type Signals, signalsOf } from './signals';
import { type Starts, startsOf } from './starts';
import { type Targets, targetsOf } from './targets';

/** What is really so in a scenario, by time; the control loop sees of it what its signals show. */
export interface Reality {
  readonly performance: Performance;
  readonly targets: Targets;
  readonly starts: Starts;
  readonly scaling: Scaling;
  readonly signals: Signals;
}

export const realityOf = ({ reality }: Scenario, settings: ClusterSettings): Reality => ({
  performance: performanceOf(reality),
  targets: targetsOf(reality, settings),
  starts: startsOf(reality),
  scaling: scalingOf(reality),
  signals: signalsOf(reality),
});
