import { expect, it } from 'vitest';
import { resources } from '../../../lambda/control-loop/contract/names';
import { decideOnce, shellFor } from '../../bin/cli/live/live-cluster';
import { addPod, chatWorld, NOW_SECONDS } from '../../support/fake-world';

it('a crash loop is one warning Event, and stands in status and explain', async () => {
  const fake = chatWorld();
  addPod(fake, 'g5-crashing', { fleet: 'chat', unit: 'g5', isReady: false, createdSeconds: NOW_SECONDS - 240 });
  const pod = fake.kubernetes.read(resources.pods, 'g5-crashing', 'default');
  const container = {
    restartCount: 4,
    state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 80s restarting failed container=server' } },
    lastState: { terminated: { reason: 'OOMKilled', exitCode: 137 } },
  };
  fake.kubernetes.put(resources.pods, { ...pod, spec: { nodeName: 'n' }, status: { phase: 'Running', containerStatuses: [container] } });
  await decideOnce(fake);
  fake.nowSeconds += 60;
  await decideOnce(fake);

  const warnings = fake.kubernetes.all(resources.events).filter(({ type }) => type === 'Warning');
  expect(warnings.map(({ reason }) => reason)).toEqual(['PodsWaiting']);
  expect(warnings[0]!.message).toContain(
    'g5: 1 pod has waited up to 4 min, CrashLoopBackOff: 4 restarts; last end: OOMKilled, exit code 137;',
  );

  const { run } = await shellFor(fake);
  const world = { nowSeconds: () => fake.nowSeconds };
  expect((await run('status chat', world)).stdout).toMatch(/^WAITING {5}g5: 1 pod has waited up to 5 min, CrashLoopBackOff: 4 restarts/m);
  expect((await run('explain chat', world)).stdout).toMatch(/^ {2}Waiting +g5 +1 pod has waited up to 5 min, CrashLoopBackOff/m);
});
