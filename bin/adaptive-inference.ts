#!/usr/bin/env node
import { createInterface } from 'node:readline/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { main } from './cli/main';
import { runWorker, WORKER_ARGUMENT } from './cli/runs/evaluation-worker';

// A reader that closes the pipe, as in `schema | head`, ends the output, which is not an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

/** Questions go to standard error: standard output has the result. */
const ask = async (question: string): Promise<string> => {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await lines.question(question);
  } finally {
    lines.close();
  }
};

/** What a person or a script asks for. */
const runCommandLine = () =>
  main(process.argv.slice(2), {
    stdout: process.stdout,
    stderr: process.stderr,
    workingDirectory: process.cwd(),
    environment: process.env,
    nowMilliseconds: () => performance.now(),
    nowSeconds: () => Date.now() / 1000,
    sleep: (seconds, signal) => delay(seconds * 1000, undefined, signal ? { signal } : {}).catch(() => undefined),
    onInterrupt: (listener) => {
      process.on('SIGINT', listener);
      return () => process.off('SIGINT', listener);
    },
    stdin: process.stdin,
    ...(process.stdin.isTTY && process.stderr.isTTY ? { ask } : {}),
  });

if (process.argv[2] === WORKER_ARGUMENT && process.send !== undefined) runWorker();
else
  runCommandLine().then(
    (exitCode) => {
      process.exitCode = exitCode;
    },
    (error: unknown) => {
      process.exitCode = 70;
      console.error(error);
    },
  );
