import { CommanderError } from 'commander';
import { InvalidInputError } from '../../lambda/control-loop/errors';
import { ClusterError } from './live/cluster-error';
import { programFor } from './program';
import { type Engine, loadEngine } from './runs/engine';
import { exitCodes, type Io } from './text/io';
import { problemText } from './text/problems';
import { styleFor } from './text/style';

/** Runs one command line and returns its exit code; invalid input is reported without a stack trace. */
export const main = async (argv: readonly string[], io: Io, engine: () => Promise<Engine> = loadEngine): Promise<number> => {
  let exitCode: number = exitCodes.done;
  const program = programFor(io, engine, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof InvalidInputError) {
      io.stderr.write(problemText(error.problems, styleFor(io.stderr, io.environment)));
      return exitCodes.badInput;
    }
    if (error instanceof ClusterError) {
      io.stderr.write(problemText([error.problem], styleFor(io.stderr, io.environment)));
      return exitCodes.clusterUnreachable;
    }
    // Commander has printed its message; --help and --version are no errors.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.badInput;
    throw error;
  }
};
