import type { Command } from 'commander';
import { didYouMean } from '../../../lambda/control-loop/model/did-you-mean';
import { type Per, perNames } from '../../../sim/inputs/exports/format';
import { type FormatName, formatNames, formats } from '../../../sim/inputs/exports/formats';
import { importExports } from '../../../sim/inputs/exports/import-exports';
import { STANDARD_INPUT } from '../../../sim/inputs/text-file';
import { textFiles } from '../runs/import-files';
import { importJson, importText } from '../runs/import-text';
import { instantOption, positiveOf } from '../runs/option-values';
import { outputFile } from '../runs/output-file';
import { durationOf } from '../text/durations';
import { EXIT_CODES, examples } from '../text/help';
import { exitCodes, type Io } from '../text/io';
import { refuse } from '../text/problems';

interface ImportCommandOptions {
  readonly format?: FormatName;
  readonly from?: number;
  readonly to?: number;
  readonly scale: number;
  readonly period?: number;
  readonly series?: readonly string[];
  readonly per?: Per;
  readonly scenarioStart?: number;
  readonly out?: string;
  readonly json?: boolean;
}

const FORMATS = `Formats:
${formatNames.map((name) => `  ${name.padEnd(12)} ${formats[name].title}`).join('\n')}

Times are UTC unless they say otherwise. The command for each export is in docs/import.md.

${EXIT_CODES}`;

/** `import`: what other tools export becomes what `simulate` and `compare` read. */
export const addImport = (program: Command, io: Io, onExitCode: (code: number) => void): void => {
  program
    .command('import')
    .summary('make load, capacity or prices of exports')
    .description(
      'Reads what monitoring and load tests export, and writes the load, capacity or spot prices that simulate and compare read. ' +
        'The format is found by what is in the files.',
    )
    .argument('<file...>', 'files of one format, folders of them, or - for standard input')
    .option('--format <name>', `one of ${formatNames.join(', ')}, in place of finding it`, oneOf('--format', formatNames))
    .option('--from <time>', 'second 0 of the scenario; by default the start of the export', instantOption('--from'))
    .option('--to <time>', 'where to end; by default the end of the export', instantOption('--to'))
    .option('--scale <factor>', 'factor of the load, such as 0.1 or 2', positiveOf('--scale', 'a factor above 0, such as 0.1 or 2'), 1)
    .option('--period <duration>', 'length of the rows that single requests are counted in, 1m by default', durationOf('--period'))
    .option('--series <name>', 'use this series, target group, pool or instance type; repeat it for several', collected)
    .option('--per <unit>', `what a value counts requests over: ${perNames.join(', ')}`, oneOf('--per', perNames))
    .option(
      '--scenario-start <time>',
      'startTime of the scenario: moves prices so that --from falls on it',
      instantOption('--scenario-start'),
    )
    .option('--out <file>', 'write to a file; - is standard output, the default')
    .option('--json', 'print rows, and what was used and left out, as one JSON object')
    .addHelpText(
      'after',
      examples(
        [
          'import requests.json --out load.csv',
          'import logs/ --from 2026-11-01T00:00:00Z --to 2026-11-02T00:00:00Z --scale 0.1 --out load.csv',
          'import requests.json | npx cdk-adaptive-inference simulate smoke --arrivals -',
        ],
        FORMATS,
      ),
    )
    .action((names: readonly string[], options: ImportCommandOptions) => onExitCode(importFiles(names, options, io)));
};

const importFiles = (names: readonly string[], options: ImportCommandOptions, io: Io): number => {
  const { from, to, period, per, scenarioStart, out, json, format, scale, series = [] } = options;
  if (from !== undefined && to !== undefined && to <= from) refuse('--to', 'a time that is not after --from', 'a later one');
  if (json && out !== undefined) refuse('--json', '--json and --out', 'one of them', 'with --json the object goes to standard output');
  if (names.filter((name) => name === STANDARD_INPUT).length > 1) refuse('file', '- twice', 'standard input once');
  const file = out === undefined || out === '-' ? undefined : outputFile(out, io.workingDirectory, names);
  const imported = importExports(
    textFiles(names, io.workingDirectory),
    {
      scale,
      series,
      ...(from === undefined ? {} : { fromEpochSeconds: from }),
      ...(to === undefined ? {} : { toEpochSeconds: to }),
      ...(period === undefined ? {} : { periodSeconds: period }),
      ...(per === undefined ? {} : { per }),
      ...(scenarioStart === undefined ? {} : { scenarioStartEpochSeconds: scenarioStart }),
    },
    format,
  );
  io.stderr.write(importText(imported, file?.name));
  if (json) io.stdout.write(`${JSON.stringify(importJson(imported), null, 2)}\n`);
  else if (file === undefined) io.stdout.write(imported.text);
  else file.write(imported.text);
  return exitCodes.done;
};

const collected = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

const oneOf =
  <Name extends string>(option: string, names: readonly Name[]) =>
  (text: string): Name =>
    names.find((name) => name === text) ?? refuse(option, JSON.stringify(text), `one of ${names.join(', ')}`, didYouMean(text, names));
