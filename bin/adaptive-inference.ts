#!/usr/bin/env node
import { main } from './cli/main';

// A reader that goes away, as in `adaptive-inference schema | head`, ends the output and is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

main(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  workingDirectory: process.cwd(),
  environment: process.env,
  nowMilliseconds: () => performance.now(),
}).then(
  (exitCode) => {
    process.exitCode = exitCode;
  },
  (error: unknown) => {
    process.exitCode = 70;
    console.error(error);
  },
);
