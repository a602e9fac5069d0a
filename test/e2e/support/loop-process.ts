import { join } from 'node:path';
import type { Running } from '../cluster/processes';
import type { TestCluster } from '../cluster/test-bed';
import { buildBundle } from './lambda';
import { admitLoop } from './loop';

/** A sandbox of Lambda that is invoked again and again; an invocation that fails is followed by the next, as the schedule does. */
const RUNTIME = `
const { handler } = require(process.argv[1]);
const [everySeconds, seconds] = process.argv.slice(2).map(Number);
(async () => {
  for (;;) {
    const end = Date.now() + seconds * 1000;
    const context = { getRemainingTimeInMillis: () => end - Date.now(), functionName: 'loop', awsRequestId: '1' };
    await handler({ source: 'schedule' }, context).catch((error) => console.error(String(error)));
    await new Promise((resolve) => setTimeout(resolve, everySeconds * 1000));
  }
})();
`;

/** As Lambda gives a tick. */
const TICK_SECONDS = 55;

/** The function of the loop in a process of its own, invoked with a pause between ticks, in seconds. Its log has the decision records. */
export const startLoopProcess = async (bed: TestCluster, { everySeconds }: { readonly everySeconds: number }): Promise<Running> => {
  const bundle = await buildBundle(bed);
  admitLoop(bed);
  return bed.processes.start({
    name: 'control-loop',
    command: process.execPath,
    args: ['-e', RUNTIME, join(bundle, '../index'), String(everySeconds), String(TICK_SECONDS)],
    env: { ...bed.aws.environmentOf('loop'), CLUSTER_NAME: bed.clusterName, AWS_LAMBDA_FUNCTION_NAME: 'loop' },
  });
};
