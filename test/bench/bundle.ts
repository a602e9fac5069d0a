import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { lambdaBundle } from '../../scripts/lambda-bundle';

/** Init times to take the median of, for each bundle. */
const RUNS = 11;

/** The same SDK clients, bundled as one does without a second thought. */
const PLAIN_CLIENTS = ['client-cloudwatch', 'client-ec2', 'client-eks', 'client-elastic-load-balancing-v2'];

const MEASURE = `const before = process.hrtime.bigint();
require(process.argv[1]);
process.stdout.write(String(Number(process.hrtime.bigint() - before) / 1e6));
process.exit();`;

const run = promisify(execFile);

const initMilliseconds = async (bundle: string): Promise<number> => Number((await run(process.execPath, ['-e', MEASURE, bundle])).stdout);

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/**
 * Size of the Lambda bundle, and the time Node takes to load it, beside a plain bundle (`esbuild --bundle --minify --platform=node`) of
 * the AWS SDK clients alone. Each load is a process of its own; the two take turns, so that a busy machine slows both.
 */
export const benchBundle = async (): Promise<{ readonly lines: readonly string[] }> => {
  const folder = await mkdtemp(join(tmpdir(), 'adaptive-inference-'));
  try {
    const lambda = join(folder, 'lambda.js');
    const plain = join(folder, 'plain.js');
    await build({ ...lambdaBundle(lambda), sourcemap: false, logLevel: 'error' });
    const contents = PLAIN_CLIENTS.map((name) => `export * as ${name.replaceAll('-', '_')} from '@aws-sdk/${name}';`).join('\n');
    await build({
      stdin: { contents, resolveDir: process.cwd() },
      outfile: plain,
      bundle: true,
      minify: true,
      platform: 'node',
      logLevel: 'error',
    });
    const lambdaTimes: number[] = [];
    const plainTimes: number[] = [];
    for (let runs = 0; runs < RUNS; runs++) {
      lambdaTimes.push(await initMilliseconds(lambda));
      plainTimes.push(await initMilliseconds(plain));
    }
    const [lambdaSize, plainSize] = [(await stat(lambda)).size, (await stat(plain)).size];
    const [lambdaTime, plainTime] = [median(lambdaTimes), median(plainTimes)];
    return {
      lines: [
        `Lambda bundle: ${kilobytes(lambdaSize)} (goal 600 kB; plain bundle of the SDK clients ${kilobytes(plainSize)})`,
        `Lambda init: ${lambdaTime.toFixed(1)} ms, ${(lambdaTime / plainTime).toFixed(2)} of the plain bundle's ${plainTime.toFixed(1)} ms (goal 0.33; medians of ${RUNS} loads)`,
      ],
    };
  } finally {
    await rm(folder, { recursive: true });
  }
};

const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(0)} kB`;
