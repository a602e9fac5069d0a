import type { Command } from 'commander';
import { DAY_SECONDS } from '../../../sim/generators/generated-scenario';
import { generatedScenarios } from '../../../sim/generators/generators';
import { loadScenario, scenarioText } from '../../../sim/inputs/load-scenario';
import { shippedScenarioNames } from '../../../sim/inputs/shipped-scenarios';
import { seedOf } from '../runs/option-values';
import { examples } from '../text/help';
import { exitCodes, type Io } from '../text/io';
import { duration } from '../text/numbers';
import { type PrintOptions, print } from '../text/print';
import { wrapped } from '../text/table';

interface ScenariosOptions extends PrintOptions {
  readonly seed: number;
}

/** `scenarios`: lists the scenarios that come with the package, or prints one. */
export const addScenarios = (program: Command, io: Io, onExitCode: (code: number) => void): void => {
  program
    .command('scenarios')
    .summary('list the scenarios of the package, or print one')
    .description(
      'Lists the scenarios that come with the package, files and generated ones. With a name, prints that one, to start your own from.',
    )
    .argument('[name]', 'name of a scenario of the package')
    .option('--seed <n>', 'seed from which a generated scenario is drawn', seedOf, 1)
    .option('--json', 'print the list as JSON')
    .addHelpText('after', examples(['scenarios', 'scenarios smoke > my-scenario.json', 'scenarios typical --seed 3 > my-scenario.json']))
    .action((name: string | undefined, options: ScenariosOptions) => {
      if (name === undefined) list(io, options);
      else io.stdout.write(scenarioText(name, io.workingDirectory, options.seed).text);
      onExitCode(exitCodes.done);
    });
};

const list = (io: Io, options: PrintOptions): void => {
  const shipped = shippedScenarioNames().map((name) => {
    const { scenario } = loadScenario(name, io.workingDirectory);
    return { name, durationSeconds: scenario.durationSeconds, description: scenario.description };
  });
  const generated = generatedScenarios.map(({ name, days, description }) => ({
    name,
    durationSeconds: days * DAY_SECONDS,
    description,
    isGenerated: true,
  }));
  const scenarios = [...shipped, ...generated];
  print(io, options, { scenarios }, (style) =>
    scenarios
      .map(({ name, durationSeconds, description }) => {
        const text = wrapped(description, 78).map((line) => `  ${line}`);
        return `${[`${style('bold', name)}, ${duration(durationSeconds)}`, ...text].join('\n')}\n`;
      })
      .join('\n'),
  );
};
