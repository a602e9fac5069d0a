import { spawn } from 'node:child_process';
import { mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from './cluster/cache';
import { readStanding, type Standing, stateFile } from './cluster/standing';
import { until } from './cluster/wait';

const BUILD_SECONDS = 3600;

const up = async (): Promise<void> => {
  const running = readStanding();
  if (running === undefined) await launch();
  const standing = readStanding();
  if (standing === undefined) throw new Error('the cluster did not stay up');
  process.stdout.write(usage(standing));
};

const launch = async (): Promise<void> => {
  mkdirSync(cacheFolder(), { recursive: true });
  rmSync(stateFile(), { force: true });
  const logFile = join(cacheFolder(), 'standing.log');
  rmSync(logFile, { force: true });
  const log = openSync(logFile, 'a');
  const args = ['--import', 'tsx', join(import.meta.dirname, 'serve.ts'), ...process.argv.slice(2)];
  const child = spawn(process.execPath, args, { detached: true, stdio: ['ignore', log, log] });
  child.unref();
  let shown = 0;
  await until('the cluster to be up', BUILD_SECONDS, () => readStanding(), {
    pollSeconds: 0.5,
    giveUp: () => {
      const text = readFileSync(logFile, 'utf8');
      process.stderr.write(text.slice(shown));
      shown = text.length;
      return child.exitCode === null ? undefined : `it ended with code ${child.exitCode}`;
    },
  });
};

const usage = (standing: Standing): string => {
  const environment = Object.entries(standing.awsEnvironment).map(([name, value]) => `export ${name}=${value}`);
  return [
    'The cluster is up.',
    '',
    `export KUBECONFIG=${standing.kubeconfig}`,
    `alias kubectl=${standing.kubectl}`,
    'kubectl get nodepools,nodeclaims,nodes',
    '',
    '# AWS as the loop calls it',
    ...environment,
    '',
    '# Take capacity away, look at what was refused, give it back',
    `curl -d '{"instanceType":"g5.xlarge","capacityType":"spot"}' ${standing.awsUrl}/test-bed/shortages`,
    `curl ${standing.awsUrl}/test-bed/shortages`,
    `curl -d clear ${standing.awsUrl}/test-bed/shortages`,
    '# Reclaim spot instances after two minutes of notice',
    `curl -d '["i-0123456789abcdef0"]' ${standing.awsUrl}/test-bed/reclaim`,
    '',
    `Logs: ${standing.logs}`,
    'End it with: npm run e2e:down',
    '',
  ].join('\n');
};

up().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
