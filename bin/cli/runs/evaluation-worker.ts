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
  process.on('message', ({ job, workingDirectory }: WorkerTask) => {
    // The twin takes a while to load, and no other command needs it at its start.
    const result = import('../../../sim/evaluation/run-job').then(({ runJob }) => runJob(job, workingDirectory));
    result.then(
      (done) => process.send!({ result: done } satisfies WorkerAnswer),
      (error: unknown) => process.send!({ error: error instanceof Error ? error.message : String(error) } satisfies WorkerAnswer),
    );
  });
  process.on('disconnect', () => process.exit());
};
