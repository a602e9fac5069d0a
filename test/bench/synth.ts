import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { compileConstructs } from '../../scripts/jsii';

/** Syntheses to take the median of, for each app. */
const RUNS = 7;

const PRELUDE = `const { App, Duration, Stack } = require('aws-cdk-lib');
const eks = require('aws-cdk-lib/aws-eks-v2');
const { KubectlV35Layer } = require('@aws-cdk/lambda-layer-kubectl-v35');
const app = new App({ outdir: process.argv[1] });
const stack = new Stack(app, 'Bench', { env: { account: '123456789012', region: 'us-west-2' } });`;

/** What one has without this library: a cluster that manifests can be applied to. */
const BARE = `${PRELUDE}
new eks.Cluster(stack, 'Cluster', {
  version: eks.KubernetesVersion.V1_35,
  kubectlProviderOptions: { kubectlLayer: new KubectlV35Layer(stack, 'Kubectl') },
});
app.synth();`;

/** A cluster and all else: pools, units, router, loop, dashboard, alarms. */
const WHOLE = `${PRELUDE}
const { Accelerator, AdaptiveInference } = require(process.argv[2]);
const unit = (name, accelerator) => ({
  name,
  accelerator,
  container: { image: 'example.com/server:1' },
  profile: { throughputPerMinute: 90, latency: Duration.millis(680), coldStart: Duration.minutes(6) },
});
new AdaptiveInference(stack, 'Chat', {
  objective: { latency: Duration.millis(900) },
  units: [unit('inf2', Accelerator.INFERENTIA2), unit('g5', Accelerator.A10G), unit('g6', Accelerator.L4)],
});
app.synth();`;

const run = promisify(execFile);

const seconds = async (source: string, out: string, library: string, validation: boolean): Promise<number> => {
  const before = process.hrtime.bigint();
  await run(process.execPath, ['-e', source, out, library], { env: { ...process.env, CDK_VALIDATION: String(validation) } });
  return Number(process.hrtime.bigint() - before) / 1e9;
};

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/**
 * Time to synthesize the whole app beside a bare cluster of `aws-eks-v2`, with and without CDK's own validation of templates, which is most
 * of it. Each synthesis is a process of its own, with the compiled package; the two take turns, so that a busy machine slows both.
 */
export const benchSynth = async (print: (line: string) => void): Promise<void> => {
  const folder = await mkdtemp(join(tmpdir(), 'adaptive-inference-'));
  try {
    await compileConstructs();
    const library = resolve('dist/lib');
    for (const validation of [true, false]) {
      const [bare, whole]: [number[], number[]] = [[], []];
      for (let runs = 0; runs < RUNS; runs++) {
        bare.push(await seconds(BARE, join(folder, `bare-${validation}-${runs}`), library, validation));
        whole.push(await seconds(WHOLE, join(folder, `whole-${validation}-${runs}`), library, validation));
      }
      const [bareTime, wholeTime] = [median(bare), median(whole)];
      const what = validation ? 'Synthesis of the whole app' : "The same without CDK's validation of templates";
      const goal = validation ? 'goal 1.15; ' : '';
      print(
        `${what}: ${wholeTime.toFixed(2)} s, ${(wholeTime / bareTime).toFixed(2)} of a bare cluster's ${bareTime.toFixed(2)} s (${goal}medians of ${RUNS} processes)`,
      );
    }
  } finally {
    await rm(folder, { recursive: true });
  }
};
