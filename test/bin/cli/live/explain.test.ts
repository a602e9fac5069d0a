import { describe, expect, it } from 'vitest';
import { resources } from '../../../../lambda/control-loop/contract/names';
import { addShortageEvent, chatWorld, NOW_SECONDS, rfc3339 } from '../../../support/fake-world';
import { decideOnce, shellFor, storedFleet } from './live-cluster';

describe('explain', () => {
  it('says what changed and why, then what that rests on, down to the single signal', async () => {
    const fake = chatWorld();
    addShortageEvent(fake, 'g5-spot-abcde', 'InsufficientInstanceCapacity in us-west-2a', { lastTimestamp: rfc3339(NOW_SECONDS - 30) });
    fake.failures.set('kubernetes.list deployments', new Error('down'));
    await decideOnce(fake);
    const { run } = await shellFor(fake);
    const { exitCode, stdout, stderr } = await run('explain chat', { nowSeconds: () => NOW_SECONDS + 12 });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const sections = stdout.split('\n\n');
    expect(sections.slice(0, 5)).toEqual([
      `default/chat: CostOptimized for 12 s, every unit has a pool free of shortage
decided 12 s ago by TwoMode at 2026-03-01T12:00:00Z; Enforce; trigger schedule`,
      `Changes
  inf2       floor   1 -> 4            96 requests/min within the objective
  inf2       target  80/min -> 84/min  0.8 of the own throughput of 105/min
  inf2       share   50% -> 53.9%      cost share by throughput, price and latency; clipped to ready capacity
  g5         floor   1 -> 5            carries its part of 1 of the demand without pool inf2-spot
  g5         target  80/min -> 72/min  0.8 of the own throughput of 90/min
  g5         share   50% -> 46.1%      cost share by throughput, price and latency; takes over what other units cannot serve
  inf2-spot  weight  not set -> 100    place 1 of 1: spot, 0.3033 USD per device-hour
  inf2-spot  limit   unlimited -> 8    circuit breaker closed
  g5-spot    weight  not set -> 90     place 2 of 2: circuit breaker open after a refused launch
  g5-spot    limit   unlimited -> 1    circuit breaker open: 1 running
  g5-od      weight  not set -> 100    place 1 of 2: on-demand, 1.0060 USD per device-hour
  g5-od      limit   unlimited -> 8    circuit breaker closed`,
      `Findings
  Clamped  inf2 share  79.7 % desired, 53.9 % set: clipped to ready capacity
  Clamped  g5 share    20.3 % desired, 46.1 % set: takes over what other units cannot serve`,
      `Shortages
  g5-spot  us-west-2a refused once, half-open in 1 min 18 s`,
      `Order of pools
  1.  inf2-spot  spot, 0.3033 USD per device-hour
  2.  g5-od      on-demand, 1.0060 USD per device-hour
  3.  g5-spot    circuit breaker open after a refused launch`,
    ]);
    expect(sections.find((section) => section.startsWith('Unit g5'))).toBe(`Unit g5
  floor   5              carries its part of 1 of the demand without pool inf2-spot
  target  72/min         0.8 of the own throughput of 90/min
  share   46.1%          cost share by throughput, price and latency; takes over what other units cannot serve
          desired 20.3%  cost share by throughput, price and latency
  profile
    throughput  stated 90/min  learned 90/min
    latency     stated 0.68 s  learned 0.68 s
    cold start  stated 6 min   learned 6 min
  based on
    requests       60/min     1 min old
    latency        0.50 s     1 min old
    ready pods     g5-spot 1  0 s old
    leaving pods   0          0 s old
    starting pods  0          0 s old
    pending pods   0          0 s old
    replicas       unknown    Kubernetes list of deployments failed: down
    floor          1          0 s old
    target         80/min     0 s old
    errors         0/min      1 min old
    healthy hosts  1          1 min old`);
    expect(sections.find((section) => section.startsWith('Pool g5-spot'))).toBe(`Pool g5-spot
  weight  90  place 2 of 2: circuit breaker open after a refused launch
  limit   1   circuit breaker open: 1 running
  based on
    weight                 not set               0 s old
    limit                  unlimited             0 s old
    running devices        1                     0 s old
    refused launches       1                     0 s old
    last launch            2026-03-01T10:00:00Z  0 s old
    price per device-hour  $0.4024               0 s old`);
  });

  it('says why nothing changed', async () => {
    const fake = chatWorld({}, { annotations: { 'adaptive-inference.dev/pause': 'down' } });
    await decideOnce(fake);
    fake.nowSeconds += 60;
    await decideOnce(fake);
    const { run } = await shellFor(fake);
    const { stdout } = await run('explain chat', { nowSeconds: () => fake.nowSeconds + 12 });
    expect(stdout).toContain('\n\nNo changes. The findings say what was held back.\n\n');
    expect(stdout).toMatch(/^ {2}Paused +inf2-spot limit +8 desired, paused down while unlimited$/m);
    expect(stdout).not.toContain('Infinity');
  });

  it('calls changes recommended where the enforcement lets the loop make none', async () => {
    const fake = chatWorld({ enforcement: 'Recommend' });
    await decideOnce(fake);
    const { stdout } = await (await shellFor(fake)).run('explain chat');
    expect(stdout).toContain('\n\nChanges, recommended and not made\n  inf2 ');
  });

  it('says that a record is old when the loop is silent', async () => {
    const fake = chatWorld();
    await decideOnce(fake);
    const { run } = await shellFor(fake);
    expect((await run('explain chat', { nowSeconds: () => NOW_SECONDS + 600 })).stdout).toContain(
      'SILENT: the loop has not decided since\n',
    );
  });

  it('says that a record was cut', async () => {
    const fake = chatWorld();
    await decideOnce(fake);
    const object = storedFleet(fake);
    const lastDecision = { ...object.status.lastDecision, cut: ['advisory signals', 'long reasons'] };
    await fake.kubernetes.replaceStatus(resources.inferenceFleets, { ...object, status: { ...object.status, lastDecision } });
    const { stdout } = await (await shellFor(fake)).run('explain chat');
    expect(stdout.endsWith('\n\nLeft out of the record to keep it small: advisory signals; long reasons\n')).toBe(true);
  });

  it('prints the record as JSON', async () => {
    const fake = chatWorld();
    await decideOnce(fake);
    const { stdout } = await (await shellFor(fake)).run('explain chat --json');
    expect(JSON.parse(stdout)).toEqual({ fleet: 'default/chat', decision: storedFleet(fake).status.lastDecision });
  });

  it('says why there is no record', async () => {
    expect((await (await shellFor(chatWorld())).run('explain chat')).stdout).toBe(
      'default/chat: no decision is recorded: the loop has not run yet, or is older than version 0.1\n',
    );
    expect((await (await shellFor(chatWorld({ enforcement: 'Observe' }))).run('explain chat')).stdout).toBe(
      'default/chat: with enforcement Observe the loop writes nothing to the fleet; its decisions are in its log\n',
    );
  });
});
