import type { Command } from 'commander';
import { fleetDefaults } from '../../../lambda/control-loop/contract/defaults';
import { policies } from '../../../lambda/control-loop/contract/policies';
import { policyNames } from '../../../sim/policies/policies';
import type { Engine } from '../runs/engine';
import { policyOf, seedOf } from '../runs/option-values';
import { INPUT_FILES, judge, runScenario, type ScenarioOptions, scenarioHelp, withScenarioOptions } from '../runs/scenario-run';
import { summaryText } from '../runs/summary-text';
import { examples } from '../text/help';
import type { Io } from '../text/io';
import { print } from '../text/print';

interface SimulateOptions extends ScenarioOptions {
  readonly policy: string;
  readonly seed: number;
}

/** `simulate`: one policy on one scenario. */
export const addSimulate = (program: Command, io: Io, engine: () => Promise<Engine>, onExitCode: (code: number) => void): void => {
  const command = program
    .command('simulate')
    .summary('simulate one policy on a scenario')
    .description('Simulates one policy on a scenario and prints latency, failures and cost.')
    .argument('<scenario>', scenarioHelp())
    .option('--policy <name>', `one of ${policyNames.join(', ')}`, policyOf('--policy'), policies[fleetDefaults.policyName].commandLineName)
    .option('--seed <n>', 'seed of the random numbers; the same seed gives the same result', seedOf, 1);
  withScenarioOptions(command, 'a report', 'exit 1 if a smaller share of requests, 0 to 1, is within the objective')
    .addHelpText(
      'after',
      examples(
        [
          'simulate smoke',
          'simulate paper-c-inf2-loss --policy static --seed 7 --out report.html',
          'simulate smoke --arrivals load.csv --availability capacity.csv --spot-prices prices.json',
          'simulate smoke --lose g5-spot@10m/20m --lose inf2@40m/5m',
          'simulate smoke --json --fail-below 0.99',
        ],
        INPUT_FILES,
      ),
    )
    .action(async (scenario: string, options: SimulateOptions) => onExitCode(await simulate(scenario, options, io, engine)));
};

const simulate = async (name: string, options: SimulateOptions, io: Io, engine: () => Promise<Engine>): Promise<number> => {
  const { summaries, bounds } = await runScenario(name, [{ policy: options.policy, seed: options.seed }], options, io, engine);
  const summary = summaries[0]!;
  print(io, options, bounds === undefined ? summary : { ...summary, bounds }, (style) => summaryText(summary, style, bounds));
  return judge(summaries, options, io);
};
