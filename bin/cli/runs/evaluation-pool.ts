import { fork } from 'node:child_process';
import type { Job, JobResult } from '../../../sim/evaluation/job';
import { WORKER_ARGUMENT, type WorkerAnswer, type WorkerTask } from './evaluation-worker';

/** A process that does one job at a time. */
export interface Worker {
  run(job: Job, workingDirectory: string): Promise<JobResult>;
  end(): void;
}

/** Another process of this program. Node's own options, such as a loader of TypeScript, are passed on. */
export const forkedWorker = (): Worker => {
  const child = fork(process.argv[1]!, [WORKER_ARGUMENT], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  return {
    run: (job, workingDirectory) =>
      new Promise<JobResult>((resolve, reject) => {
        const done = (settle: () => void): void => {
          child.off('message', onMessage);
          child.off('exit', onExit);
          settle();
        };
        const onMessage = (answer: WorkerAnswer): void =>
          done(() => ('error' in answer ? reject(new Error(answer.error)) : resolve(answer.result)));
        const onExit = (code: number | null, signal: string | null): void =>
          done(() => reject(new Error(`its process ended with ${signal ?? `exit code ${code}`}`)));
        child.on('message', onMessage);
        child.on('exit', onExit);
        child.send({ job, workingDirectory } satisfies WorkerTask);
      }),
    end: () => {
      if (child.connected) child.disconnect();
    },
  };
};

export interface PoolOptions {
  readonly processes: number;
  readonly workingDirectory: string;
  readonly startWorker: () => Worker;
  readonly onResult: (job: Job, result: JobResult) => void;
  /** A job that failed does not keep the others from being done. */
  readonly onError: (job: Job, error: Error) => void;
}

/** Does all jobs, so many at a time as there are processes, each process one after another. */
export const runJobs = async (jobs: readonly Job[], options: PoolOptions): Promise<void> => {
  const { processes, workingDirectory, startWorker, onResult, onError } = options;
  const waiting = [...jobs];
  const work = async (): Promise<void> => {
    let worker = startWorker();
    try {
      for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
        try {
          onResult(job, await worker.run(job, workingDirectory));
        } catch (error) {
          onError(job, error as Error);
          // Whatever state the process is in, the next job gets another one.
          worker.end();
          worker = startWorker();
        }
      }
    } finally {
      worker.end();
    }
  };
  await Promise.all(Array.from({ length: Math.min(processes, jobs.length) }, work));
};
