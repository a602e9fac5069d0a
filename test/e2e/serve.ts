import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { nodeClassResource } from './cluster/api-resources';
import { type Standing, stateFile } from './cluster/standing';
import { startTestBed } from './cluster/test-bed';
import { until } from './cluster/wait';
import { isTrue, nodeClassSpec } from './support/pools';

const READY_SECONDS = 60;

/** Keeps a test bed running until it is told to end: what `npm run e2e:up` leaves behind. */
const serve = async (): Promise<void> => {
  const bed = await startTestBed({ keda: !process.argv.includes('--without-keda') });
  // For whoever uses the cluster, and for tests that are given it.
  await bed.api.create(nodeClassResource, { metadata: { name: 'default' }, spec: nodeClassSpec(bed) });
  await until('its EC2NodeClass to be ready', READY_SECONDS, async () => isTrue(await bed.api.get(nodeClassResource, 'default'), 'Ready'));
  const standing: Standing = {
    pid: process.pid,
    kubeconfig: bed.controlPlane.kubeconfig,
    kubectl: bed.kubectl.path,
    awsUrl: bed.aws.url,
    awsEnvironment: bed.aws.environmentOf('loop'),
    logs: bed.processes.folder,
  };
  writeFileSync(`${stateFile()}.new`, JSON.stringify(standing, null, 2), { mode: 0o600 });
  renameSync(`${stateFile()}.new`, stateFile());
  const idle = setInterval(() => undefined, 1 << 30);
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.once(signal, () => {
      clearInterval(idle);
      rmSync(stateFile(), { force: true });
      bed.stop().then(() => process.exit(0));
    });
  }
};

serve().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
