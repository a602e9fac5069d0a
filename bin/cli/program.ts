import { Command } from 'commander';
import { version } from '../../package.json';
import { addAdopt } from './commands/adopt';
import { addCompare } from './commands/compare';
import { addEvaluate } from './commands/evaluate';
import { addExplain } from './commands/explain';
import { addImport } from './commands/import';
import { addInit } from './commands/init';
import { addOverride } from './commands/override';
import { addPause } from './commands/pause';
import { addResume } from './commands/resume';
import { addScenarios } from './commands/scenarios';
import { addSchema } from './commands/schema';
import { addSimulate } from './commands/simulate';
import { addStatus } from './commands/status';
import { addValidate } from './commands/validate';
import type { Engine } from './runs/engine';
import { COMMAND, EXIT_CODES, examples } from './text/help';
import type { Io } from './text/io';

/** The command line; `onExitCode` receives the exit code of the command that ran. */
export const programFor = (io: Io, engine: () => Promise<Engine>, onExitCode: (code: number) => void): Command => {
  const program = new Command(COMMAND)
    .description(
      'Inspects and steers adaptive inference fleets on a live cluster, simulates their control loop, and checks scenarios and fleets.',
    )
    .version(version)
    .configureOutput({ writeOut: (text) => io.stdout.write(text), writeErr: (text) => io.stderr.write(text) })
    .exitOverride()
    .addHelpText(
      'after',
      examples(['simulate smoke', 'compare paper-c-inf2-loss --policies two-mode,paper-as-published --out report.html'], EXIT_CODES),
    );
  addSimulate(program, io, engine, onExitCode);
  addCompare(program, io, engine, onExitCode);
  addEvaluate(program, io, onExitCode);
  addImport(program, io, onExitCode);
  addInit(program, io, onExitCode);
  addScenarios(program, io, onExitCode);
  addValidate(program, io, onExitCode);
  addSchema(program, io, onExitCode);
  addStatus(program, io, onExitCode);
  addExplain(program, io, onExitCode);
  addPause(program, io, onExitCode);
  addResume(program, io, onExitCode);
  addOverride(program, io, onExitCode);
  addAdopt(program, io, onExitCode);
  return program;
};
