import { describe, expect, it } from 'vitest';
import { resources } from '../../../../lambda/control-loop/contract/names';
import { addShortageEvent, chatWorld, NOW_SECONDS, rfc3339, ruleArn } from '../../../support/fake-world';
import { decideOnce, shellFor, storedFleet } from './live-cluster';

describe('explain', () => {
  it('tells the last decision from the mode down to the single signal', async () => {
    const fake = chatWorld();
    addShortageEvent(fake, 'g5-spot-abcde', 'InsufficientInstanceCapacity in us-west-2a', { lastTimestamp: rfc3339(NOW_SECONDS - 30) });
    fake.failures.set('kubernetes.list deployments', new Error('down'));
    await decideOnce(fake);
    const { run } = await shellFor(fake);
    const { exitCode, stdout, stderr } = await run('explain chat', { nowSeconds: () => NOW_SECONDS + 12 });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const sections = stdout.split('\n\n');
    expect(sections[0]).toBe(`default/chat: CostOptimized since 2026-03-01T12:00:00Z, every unit has a pool free of shortage
decided 2026-03-01T12:00:00Z, 12 s ago; policy TwoMode; Enforce; trigger schedule
router weights inf2 500, g5 500, 0 s old`);
    expect(sections.find((section) => section.startsWith('Unit g5'))).toBe(`Unit g5
  floor   5                carries its part of 1 of the demand without pool inf2-spot
  target  72               0.8 of the own throughput of 90/min
  share   0.46099          cost share by throughput, price and latency; takes over what other units cannot serve
          wanted 0.202936  cost share by throughput, price and latency
  from
    requestsPerMinute          60         1 min old
    latencySeconds             0.5        1 min old
    readyPodsByPool            g5-spot 1  0 s old
    startingPods               0          0 s old
    replicas                   unknown    Kubernetes list of deployments failed: down
    floor                      1          0 s old
    targetThroughputPerMinute  80         0 s old
    errorsPerMinute            0          1 min old
    healthyHosts               1          1 min old`);
    expect(sections.find((section) => section.startsWith('Pool g5-spot'))).toBe(`Pool g5-spot
  weight  90  place 2 of 2: rests after a refused launch
  limit   1   in shortage: 1 devices run
  from
    weight                 not set               0 s old
    limitDevices           not set               0 s old
    runningDevices         1                     0 s old
    launchFailures         1                     0 s old
    lastLaunchSeconds      2026-03-01T10:00:00Z  0 s old
    priceUsdPerDeviceHour  0.4024                0 s old`);
    expect(sections.slice(6)).toEqual([
      `Order of pools
  1.  inf2-spot  spot, 0.3033 USD per device-hour
  2.  g5-od      on-demand, 1.0060 USD per device-hour
  3.  g5-spot    rests after a refused launch`,
      `Shortages
  g5-spot  us-west-2a refused 1x, probe in 1 min 18 s`,
      `Remarks
  Clamped  inf2 share  79.7 % wanted, 53.9 % set: clipped to ready capacity
  Clamped  g5 share    20.3 % wanted, 46.1 % set: takes over what other units cannot serve`,
      `Writes that were to be made
  NodePool inf2-spot: limit/inf2-spot not set -> 8, weight/inf2-spot not set -> 100
  NodePool g5-spot: limit/g5-spot not set -> 1, weight/g5-spot not set -> 90
  NodePool g5-od: limit/g5-od not set -> 8, weight/g5-od not set -> 100
  ScaledObject default/inf2: floor/inf2 1 -> 4, target/inf2 80 -> 84
  ScaledObject default/g5: floor/g5 1 -> 5, target/g5 80 -> 72
  ListenerRule ${ruleArn('chat')}: share/g5 500 -> 461, share/inf2 500 -> 538
`,
    ]);
  });

  it('says that a record is old when the loop is silent', async () => {
    const fake = chatWorld();
    await decideOnce(fake);
    const { run } = await shellFor(fake);
    expect((await run('explain chat', { nowSeconds: () => NOW_SECONDS + 600 })).stdout).toContain(
      'SILENT: the loop has not been heard of since\n',
    );
  });

  it('says that a record was cut', async () => {
    const fake = chatWorld();
    await decideOnce(fake);
    const object = storedFleet(fake);
    const lastDecision = { ...object.status.lastDecision, cut: ['advisory signals', 'long reasons'] };
    await fake.kubernetes.replaceStatus(resources.inferenceFleets, { ...object, status: { ...object.status, lastDecision } });
    const { stdout } = await (await shellFor(fake)).run('explain chat');
    expect(stdout.endsWith('\n\nLeft out of the record, as it has no room: advisory signals; long reasons\n')).toBe(true);
  });

  it('prints the record as JSON', async () => {
    const fake = chatWorld();
    await decideOnce(fake);
    const { stdout } = await (await shellFor(fake)).run('explain chat --json');
    expect(JSON.parse(stdout)).toEqual({ fleet: 'default/chat', decision: storedFleet(fake).status.lastDecision });
  });

  it('says why there is no record', async () => {
    expect((await (await shellFor(chatWorld())).run('explain chat')).stdout).toBe(
      'default/chat: the loop has not recorded a decision: it has not run yet, or is of a version before 0.1\n',
    );
    expect((await (await shellFor(chatWorld({ enforcement: 'Observe' }))).run('explain chat')).stdout).toBe(
      'default/chat: the loop writes nothing for a fleet with enforcement Observe; its decisions are in its log\n',
    );
  });
});
