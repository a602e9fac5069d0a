import { main } from '../../bin/cli/main';
import type { Engine } from '../../bin/cli/runs/engine';
import type { Io } from '../../bin/cli/text/io';

export interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface World {
  readonly workingDirectory: string;
  readonly engine?: Engine;
  readonly terminal?: boolean;
  readonly environment?: Io['environment'];
  /** Times that the clock shows one after another, in milliseconds; the last one stays. */
  readonly clockMilliseconds?: readonly number[];
  /** The time of day; default 2026-03-01T12:00:00Z. */
  readonly nowSeconds?: () => number;
  /** What a person answers to the questions, one after another. */
  readonly answers?: readonly string[];
  /** Runs in place of every wait; it may press Ctrl-C. */
  readonly onSleep?: (seconds: number, interrupt: () => void) => void | Promise<void>;
}

/** Runs a command line in this process. */
export const runCommandLine = async (argv: readonly string[], world: World): Promise<Outcome> => {
  let stdout = '';
  let stderr = '';
  const times = [...(world.clockMilliseconds ?? [0])];
  const answers = [...(world.answers ?? [])];
  const listeners = new Set<() => void>();
  const io: Io = {
    stdout: { write: (text) => (stdout += text), isTTY: world.terminal ?? false, columns: 100 },
    stderr: { write: (text) => (stderr += text), isTTY: world.terminal ?? false, columns: 100 },
    workingDirectory: world.workingDirectory,
    environment: world.environment ?? {},
    nowMilliseconds: () => (times.length > 1 ? times.shift()! : times[0]!),
    nowSeconds: world.nowSeconds ?? (() => 1_772_366_400),
    sleep: async (seconds) => world.onSleep?.(seconds, () => listeners.forEach((listener) => void listener())),
    ...(world.answers === undefined
      ? {}
      : {
          ask: async (question: string) => {
            stderr += question;
            return answers.shift() ?? '';
          },
        }),
    onInterrupt: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const exitCode = await main(argv, io, () => Promise.resolve(world.engine ?? noEngine));
  return { exitCode, stdout, stderr };
};

const noEngine: Engine = {
  run: () => Promise.reject(new Error('a run was started')),
  bounds: () => Promise.reject(new Error('bounds were computed')),
  renderReport: () => {
    throw new Error('a report was drawn');
  },
};
