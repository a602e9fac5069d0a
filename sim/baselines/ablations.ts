import { type Decide, decide, decideWith } from '../../lambda/control-loop/decide/decide';
import { initialMemory } from '../../lambda/control-loop/decide/memory';
import { policies } from '../../lambda/control-loop/decide/policies';
import type { PodReturn } from '../../lambda/control-loop/model/decision';

/** The loop with `Optimizer` and without one of its parts: what the part is worth. */

/** Plans for the demand of the last minutes in place of its forecast. */
export const withoutForecast: Decide = decideWith({
  ...policies,
  Optimizer: (context) => {
    const { demand } = context;
    return policies.Optimizer(
      demand.known
        ? { ...context, demand: { ...demand, value: { ...demand.value, plannedPerMinute: demand.value.presentPerMinute } } }
        : context,
    );
  },
});

/** Longer than any move waits, so that none is ever begun. */
const WAIT_SECONDS = 86_400;

/** Moves no pods to cheaper pools. */
export const withoutReturn: Decide = (inputs, observation) =>
  decide(
    inputs.map((input) => {
      const waiting: PodReturn = { phase: 'Waiting', untilSeconds: observation.atSeconds + WAIT_SECONDS, moves: 0 };
      const memory = input.memory ?? initialMemory(input.fleet, observation.atSeconds);
      return { ...input, memory: { ...memory, returns: Object.fromEntries(input.fleet.units.map(({ name }) => [name, waiting])) } };
    }),
    observation,
  );
