import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CommanderError } from 'commander';
import { logFile, readStanding, type Standing, stateFile } from './cluster/standing';
import { until } from './cluster/wait';
import { ANOTHER_UNIT } from './support/fleet';
import { INTERRUPTED, readUpOptions, type UpOptions } from './up-options';

const BUILD_SECONDS = 3600;

/** Gives the exit code. */
const up = async (options: UpOptions): Promise<number> => {
  const running = readStanding();
  if (running !== undefined) {
    if (options.load !== undefined || running.hasFleet !== (options.fleet ?? false)) {
      const which = running.hasFleet ? 'A cluster with a fleet' : 'A cluster without a fleet';
      process.stderr.write(`${which} is up already. End it first: npm run e2e:down\n`);
      return 1;
    }
    process.stdout.write(usage(running));
    return 0;
  }
  const server = start(options);
  let isInterrupted = false;
  const end = (): void => {
    isInterrupted = true;
    server.kill('SIGTERM');
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end);
  const tellLog = followLog();
  const ended = (): string | undefined => {
    tellLog();
    return server.exitCode === null && server.signalCode === null ? undefined : 'it ended; its last lines are above';
  };
  try {
    await until('the cluster to be up', BUILD_SECONDS, () => readStanding(), { pollSeconds: 0.5, giveUp: ended });
  } catch (error) {
    if (isInterrupted) return INTERRUPTED;
    throw error;
  }
  process.stdout.write(usage(readStanding() as Standing));
  if (!options.fleet) return 0;
  process.stderr.write('Ctrl-C ends it, or in another terminal npm run e2e:down.\n');
  while (ended() === undefined)
    await until('it to end', BUILD_SECONDS, () => ended() !== undefined, { pollSeconds: 0.5 }).catch(() => undefined);
  process.stderr.write('The cluster is down.\n');
  return server.exitCode ?? 1;
};

const start = (options: UpOptions): ChildProcess => {
  mkdirSync(dirname(stateFile()), { recursive: true });
  rmSync(stateFile(), { force: true });
  rmSync(logFile(), { force: true });
  const log = openSync(logFile(), 'a');
  // What the AWS SDK warns of is nothing that whoever reads the log can change.
  const args = ['--no-warnings', '--import', 'tsx', join(import.meta.dirname, 'serve.ts'), JSON.stringify(options)];
  const server = spawn(process.execPath, args, {
    detached: true,
    // With a fleet it ends with this process, however that ends: its standard input is then closed.
    stdio: [options.fleet ? 'pipe' : 'ignore', log, log],
  });
  server.unref();
  return server;
};

/** Prints what is new in the log. */
const followLog = (): (() => void) => {
  let shown = 0;
  return () => {
    const text = readFileSync(logFile());
    process.stderr.write(text.subarray(shown));
    shown = text.length;
  };
};

const usage = (standing: Standing): string => {
  const environment = Object.entries(standing.awsEnvironment).map(([name, value]) => `export ${name}=${value}`);
  return [
    'The cluster is up.',
    '',
    `export KUBECONFIG=${standing.kubeconfig}`,
    `export TEST_BED=${standing.awsUrl}/test-bed`,
    `alias kubectl=${standing.kubectl}`,
    'kubectl get nodepools,nodeclaims,nodes',
    '',
    ...(standing.hasFleet ? FLEET_USAGE : ['# AWS as the loop calls it', ...environment, '']),
    '# Take capacity away, look at what was refused, give it back',
    `curl -d '{"instanceType":"g5.xlarge","capacityType":"spot"}' $TEST_BED/shortages`,
    'curl $TEST_BED/shortages',
    'curl -d clear $TEST_BED/shortages',
    '# Reclaim spot instances after two minutes of notice: all of a pool, or by their ids',
    `curl -d '{"pool":"g5-spot"}' $TEST_BED/reclaim`,
    `curl -d '["i-0123456789abcdef0"]' $TEST_BED/reclaim`,
    '',
    `Logs: ${standing.logs}`,
    'End it with: npm run e2e:down',
    '',
  ].join('\n');
};

const FLEET_USAGE = [
  '# The fleet and its last decision',
  'npm run -s cli -- status chat',
  'npm run -s cli -- explain chat',
  '',
  '# Traffic; latency of a unit, and null for that of its load; a load of minute,requestsPerMinute as CSV or JSON',
  `curl -d '{"requestsPerMinute":600}' $TEST_BED/traffic`,
  `curl -d '{"latencySeconds":{"g5":1.4}}' $TEST_BED/traffic`,
  'curl --data-binary @load.csv $TEST_BED/load',
  '# One more unit, as a deployment adds it',
  `curl -d ${ANOTHER_UNIT} $TEST_BED/units`,
  '',
];

const main = async (): Promise<void> => {
  process.exitCode = await up(readUpOptions(process.argv.slice(2)));
};

main().catch((error: unknown) => {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : 2;
    return;
  }
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
