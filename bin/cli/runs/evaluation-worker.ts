import type { Job, JobResult } from '../../../sim/evaluation/job';

/** In place of a command: this process does jobs of an evaluation, which another one sends. */
export const WORKER_ARGUMENT = '--evaluation-worker';

/** What is sent to a worker. */
export interface WorkerTask {
  readonly job: Job;
  readonly workingDirectory: string;
}

/** What it answers. */
export type WorkerAnswer = { readonly result: JobResult } | { readonly error: string };

/** Does what it is sent until the other process disconnects, or is gone. */
export const runWorker = (): void => {
  const parent = process.ppid;
  // A run keeps the process too busy to hear that the other one was killed.
  const endIfAlone = (): void => {
    if (process.ppid !== parent) process.exit();
  };
  process.on('message', ({ job, workingDirectory }: WorkerTask) => {
    // The twin takes a while to load, and no other command needs it at its start.
    const result = import('../../../sim/evaluation/run-job').then(({ runJob }) => runJob(job, workingDirectory, endIfAlone));
    result.then(
      (done) => answer({ result: done }),
      (error: unknown) => answer({ error: error instanceof Error ? error.message : String(error) }),
    );
  });
  process.on('disconnect', () => process.exit());
};

/** Where nobody is left to hear it, nobody needs to know. */
const answer = (message: WorkerAnswer): void => {
  process.send!(message, undefined, undefined, () => {});
};
