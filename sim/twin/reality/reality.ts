import type { Scenario } from '../../inputs/scenario';
import { type Performance, performanceOf } from './performance';

/** What is really so in a scenario, by time; the control loop sees of it what its signals show. */
export interface Reality {
  readonly performance: Performance;
}

export const realityOf = ({ reality }: Scenario): Reality => ({ performance: performanceOf(reality) });
