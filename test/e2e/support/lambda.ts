import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { build } from 'esbuild';
import { lambdaBundle } from '../../../scripts/lambda-bundle';
import type { TestCluster } from '../cluster/test-bed';
import { admitLoop } from './loop';

/** The bundle as the package carries it, made of the present sources; where it lies. */
export const buildBundle = async ({ processes }: TestCluster): Promise<string> => {
  const file = join(processes.folder, 'control-loop', 'index.js');
  await build({ ...lambdaBundle(file), logLevel: 'silent' });
  return file;
};

export interface Invocations {
  readonly code: number;
  /** What it wrote to its log. */
  readonly lines: readonly string[];
  readonly stderr: string;
}

/** What Lambda's runtime does with a function, as far as a function sees it: `index.handler`, an event, a context with a deadline. */
const RUNTIME = `
const { handler } = require(process.argv[1] + '/index');
const [events, seconds] = JSON.parse(process.argv[2]);
(async () => {
  for (const event of events) {
    const end = Date.now() + seconds * 1000;
    await handler(event, { getRemainingTimeInMillis: () => end - Date.now(), functionName: 'loop', awsRequestId: '1' });
  }
})().then(() => process.exit(0), (error) => { console.error(error); process.exit(1); });
`;

/** One sandbox that is invoked with events, one after the other, each with so many seconds. */
export const invoke = (
  bed: TestCluster,
  node: string,
  bundle: string,
  events: readonly unknown[],
  { seconds = 55, environment = {} }: { readonly seconds?: number; readonly environment?: Readonly<Record<string, string>> } = {},
): Promise<Invocations> => {
  admitLoop(bed);
  return new Promise((resolve, reject) => {
    const child = spawn(node, ['-e', RUNTIME, join(bundle, '..'), JSON.stringify([events, seconds])], {
      env: { ...bed.aws.environmentOf('loop'), CLUSTER_NAME: bed.clusterName, AWS_LAMBDA_FUNCTION_NAME: 'loop', ...environment },
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString('utf8');
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString('utf8');
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? -1, lines: stdout.split('\n').filter(Boolean), stderr }));
  });
};
