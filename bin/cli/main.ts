import { CommanderError } from 'commander';
import { InvalidInputError } from '../../lambda/control-loop/errors';
import { exitCodes, type Io } from './io';
import { ClusterError } from './live/cluster-error';
import { programFor } from './program';
import { type Engine, loadEngine } from './runs/engine';
import { problemText } from './text/problems';
import { styleFor } from './text/style';

/** Runs one command line and gives its exit code; bad input is answered with what is wrong, never with a stack. */
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
    // Commander has written its message itself; help and version that were asked for are no error.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.badInput;
    throw error;
  }
};
