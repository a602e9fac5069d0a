import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { loadScenario, scenarioPath } from '../../../sim/inputs/load-scenario';
import { shippedScenarioNames } from '../../../sim/inputs/shipped-scenarios';
import { examples } from '../text/help';
import { exitCodes, type Io } from '../text/io';
import { duration } from '../text/numbers';
import { type PrintOptions, print } from '../text/print';
import { wrapped } from '../text/table';

/** `scenarios`: lists the shipped scenarios, or prints one. */
export const addScenarios = (program: Command, io: Io, onExitCode: (code: number) => void): void => {
  program
    .command('scenarios')
    .summary('list the shipped scenarios, or print one')
    .description('Lists the scenarios that come with the package. With a name, prints that one, to start your own from.')
    .argument('[name]', 'name of a shipped scenario')
    .option('--json', 'print the list as JSON')
    .addHelpText('after', examples(['scenarios', 'scenarios smoke > my-scenario.json']))
    .action((name: string | undefined, options: PrintOptions) => {
      if (name === undefined) list(io, options);
      else io.stdout.write(readFileSync(scenarioPath(name, io.workingDirectory), 'utf8'));
      onExitCode(exitCodes.done);
    });
};

const list = (io: Io, options: PrintOptions): void => {
  const scenarios = shippedScenarioNames().map((name) => {
    const { scenario } = loadScenario(name, io.workingDirectory);
    return { name, durationSeconds: scenario.durationSeconds, description: scenario.description };
  });
  print(io, options, { scenarios }, (style) =>
    scenarios
      .map(({ name, durationSeconds, description }) => {
        const text = wrapped(description, 78).map((line) => `  ${line}`);
        return `${[`${style('bold', name)}, ${duration(durationSeconds)}`, ...text].join('\n')}\n`;
      })
      .join('\n'),
  );
};
