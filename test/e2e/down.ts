import { isAlive } from './cluster/cache';
import { readStanding } from './cluster/standing';
import { until } from './cluster/wait';

const STOP_SECONDS = 60;

const down = async (): Promise<void> => {
  const standing = readStanding();
  if (standing === undefined) {
    process.stdout.write('No cluster is up.\n');
    return;
  }
  process.kill(standing.pid, 'SIGTERM');
  await until('the cluster to end', STOP_SECONDS, () => !isAlive(standing.pid));
  process.stdout.write('The cluster is down.\n');
};

down().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
