import { progress } from './cache';
import type { Processes } from './processes';

/** Between the end of a program and its next start. */
const BACK_OFF_MILLISECONDS = 1000;

/** Starts every program again that ended of itself or was killed, as a kubelet does. */
export const keepRunning = (processes: Processes): { stop(): Promise<void> } => {
  let looking = Promise.resolve();
  const look = async (): Promise<void> => {
    for (const running of processes.all()) {
      if (running.isRunning()) continue;
      progress(`${running.name} ended, and is started again`);
      await running.restart();
    }
  };
  const timer = setInterval(() => {
    looking = looking.then(look);
  }, BACK_OFF_MILLISECONDS);
  timer.unref();
  return {
    stop: async () => {
      clearInterval(timer);
      await looking;
    },
  };
};
