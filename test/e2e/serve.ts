import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { nodeClassResource } from './cluster/api-resources';
import { type Standing, stateFile } from './cluster/standing';
import { startTestBed } from './cluster/test-bed';
import { until } from './cluster/wait';
import { readLoad } from './fleet/load';
import { type StandingFleet, startStandingFleet } from './fleet/standing-fleet';
import { isTrue, nodeClassSpec } from './support/pools';
import type { UpOptions } from './up-options';

const READY_SECONDS = 60;

/** Keeps a test bed running until it is told to end: what `npm run e2e:up` starts, with its options as JSON. */
const serve = async ({ fleet: hasFleet = false, load, keda }: UpOptions): Promise<void> => {
  const bed = await startTestBed({ keda });
  let fleet: StandingFleet | undefined;
  try {
    // For whoever uses the cluster, and for tests that are given it.
    await bed.api.create(nodeClassResource, { metadata: { name: 'default' }, spec: nodeClassSpec(bed) });
    await until('its EC2NodeClass to be ready', READY_SECONDS, async () =>
      isTrue(await bed.api.get(nodeClassResource, 'default'), 'Ready'),
    );
    if (hasFleet) fleet = await startStandingFleet(bed, load === undefined ? undefined : readLoad(readFileSync(load, 'utf8')));
  } catch (error) {
    await bed.stop();
    throw error;
  }
  const standing: Standing = {
    pid: process.pid,
    kubeconfig: bed.controlPlane.kubeconfig,
    kubectl: bed.kubectl.path,
    awsUrl: bed.aws.url,
    awsEnvironment: bed.aws.environmentOf('loop'),
    logs: bed.processes.folder,
    hasFleet,
  };
  writeFileSync(`${stateFile()}.new`, JSON.stringify(standing, null, 2), { mode: 0o600 });
  renameSync(`${stateFile()}.new`, stateFile());
  const idle = setInterval(() => undefined, 1 << 30);
  const end = async (): Promise<void> => {
    clearInterval(idle);
    rmSync(stateFile(), { force: true });
    await fleet?.stop();
    await bed.stop();
  };
  let isEnding = false;
  const endOnce = (): void => {
    if (isEnding) return;
    isEnding = true;
    end().then(() => process.exit(0));
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, endOnce);
  // Its standard input is a pipe from whoever stays with it.
  if (hasFleet) process.stdin.on('close', endOnce).resume();
};

serve(JSON.parse(process.argv[2] ?? '{}') as UpOptions).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
