import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { smallInstances } from '../../bin/cli/init/questions';
import { Accelerator, AdaptiveInference } from '../../lib';
import { runCommandLine } from '../support/command-line';

const directory = mkdtempSync(join(tmpdir(), 'adaptive-inference-'));
afterAll(() => rmSync(directory, { recursive: true }));
const cli = (command: string) => runCommandLine(command.split(' '), { workingDirectory: directory });

describe('init of a synthesized app', () => {
  it('finds the fleet in its templates', async () => {
    const app = new App({ outdir: join(directory, 'cdk.out') });
    const stack = new Stack(app, 'Chat', { env: { account: '123456789012', region: 'us-west-2' } });
    const container = { image: 'public.ecr.aws/example/chat-cuda:1.0.0' };
    const profile = { throughputPerMinute: 90, latency: Duration.millis(680), coldStart: Duration.minutes(6) };
    new AdaptiveInference(stack, 'Chat', {
      objective: { latency: Duration.millis(900) },
      units: [{ name: 'g5', accelerator: Accelerator.A10G, container, profile }],
    });
    app.synth();
    const { exitCode, stdout } = await cli('init --from-cdk cdk.out');
    expect(exitCode).toBe(0);
    expect(parse(stdout)).toMatchObject({
      name: 'chat',
      clients: { requestsPerMinute: { kind: 'cosine', maximum: 900 } },
      fleet: {
        router: { listenerRuleArn: 'arn:aws:elasticloadbalancing:::listener-rule/app/chat/0/0/0' },
        units: [{ name: 'g5', profile: { throughputPerMinute: 90, latencySeconds: 0.68, coldStartSeconds: 360 } }],
        pools: [{ name: 'a10g-on-demand' }, { name: 'a10g-spot' }],
      },
    });
  });

  it('refuses a folder without one', async () => {
    expect((await cli('init --from-cdk nowhere')).stderr).toContain('fix       npx cdk synth -q writes cdk.out\n');
  });
});

describe('init of a handful of answers', () => {
  it.each(Object.entries(smallInstances))(
    'knows the smallest %s as the constructs do',
    (name, { instanceType, priceUsdPerHour, deviceResource }) => {
      const accelerator = Accelerator.all().find((one) => one.name === name)!;
      expect(accelerator.deviceResource).toBe(deviceResource);
      expect(accelerator.instanceTypes.find((type) => type.name === instanceType)).toMatchObject({ devices: 1, priceUsdPerHour });
    },
  );
});
