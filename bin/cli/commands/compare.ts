import type { Command } from 'commander';
import { policyNames } from '../../../sim/policies/policies';
import { comparisonJson, comparisonOf } from '../runs/comparison';
import { comparisonText } from '../runs/comparison-text';
import type { Engine } from '../runs/engine';
import { policiesOf, seedCountOf } from '../runs/option-values';
import { INPUT_FILES, judge, runScenario, type ScenarioOptions, scenarioHelp, withScenarioOptions } from '../runs/scenario-run';
import { examples } from '../text/help';
import type { Io } from '../text/io';
import { print } from '../text/print';

interface CompareOptions extends ScenarioOptions {
  readonly policies: readonly string[];
  readonly seeds: number;
}

/** `compare`: several policies on one scenario, on the same seeds. */
export const addCompare = (program: Command, io: Io, engine: () => Promise<Engine>, onExitCode: (code: number) => void): void => {
  const command = program
    .command('compare')
    .summary('compare policies on a scenario')
    .description(
      'Simulates several policies on the same arrivals and faults, and prints them side by side. ' +
        'The baseline is the first of them that is paper-as-published or static, or else the first policy.',
    )
    .argument('<scenario>', scenarioHelp())
    .requiredOption(
      '--policies <names>',
      `two or more of ${policyNames.join(', ')}, separated by commas; the first is the one under test`,
      policiesOf,
    )
    .option('--seeds <n>', 'run each policy with the seeds 1 to n', seedCountOf, 1);
  withScenarioOptions(
    command,
    'a report of the first seed',
    'exit 1 if the first policy, with any seed, has a smaller share of requests, 0 to 1, within the objective',
  )
    .addHelpText(
      'after',
      examples(
        [
          'compare paper-c-inf2-loss --policies two-mode,paper-as-published --out report.html',
          'compare smoke --policies two-mode,static --seeds 5 --json',
        ],
        INPUT_FILES,
      ),
    )
    .action(async (scenario: string, options: CompareOptions) => onExitCode(await compare(scenario, options, io, engine)));
};

const compare = async (name: string, options: CompareOptions, io: Io, engine: () => Promise<Engine>): Promise<number> => {
  const seeds = Array.from({ length: options.seeds }, (_, index) => index + 1);
  const runs = options.policies.flatMap((policy) => seeds.map((seed) => ({ policy, seed })));
  const { summaries, bounds } = await runScenario(name, runs, options, io, engine);
  const comparison = comparisonOf(options.policies, summaries, bounds);
  print(io, options, comparisonJson(comparison), (style) => comparisonText(comparison, style));
  // The first policy is the one under test; the others are there to be compared with.
  return judge(comparison.policies[0]!.runs, options, io);
};
