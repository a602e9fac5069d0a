import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TickRecord } from '../../lambda/control-loop/tick';
import { until } from './cluster/wait';
import { describeOnTestBed, useTestBed } from './support/bed';
import { addChatFleet, putTraffic } from './support/fleet';
import { limitsOf, loopWith, withLimits } from './support/limits';
import { createLoop } from './support/loop';
import { grantLoopRights } from './support/loop-rights';
import { type Overloaded, startOverloaded } from './support/overloaded';

const UNITS = ['inf2', 'g5'];

const bed = useTestBed('restart the API server, or have it refuse tokens and turn requests away', {}, async (started) => {
  const fleet = await addChatFleet(started, {}, { scaler: 'HorizontalPodAutoscaler' });
  await grantLoopRights(started);
  for (const unit of UNITS) putTraffic(started, fleet.router, unit, { requestsPerMinute: 200, latencySeconds: 0.5, healthyHosts: 1 });
});

const outcomes = ({ writes }: TickRecord): readonly string[] => writes.map(({ outcome }) => outcome);

const contested = ({ decision }: TickRecord) =>
  decision.fleets.flatMap(({ findings }) => findings.filter(({ code }) => code === 'Contested'));

describeOnTestBed('an API server that is restarted in mid-tick', () => {
  const READY_SECONDS = 90;
  const ready = () =>
    until('the API server to be back', READY_SECONDS, async () => (await bed().api.raw('GET', '/readyz')).status === 200, {
      pollSeconds: 0.5,
    });

  it('between intent and writes, and is long in coming back, leaves writes undone, which the next tick does, and nobody is taken for another writer', async () => {
    const loop = loopWith(bed(), (kubernetes) => ({
      replaceStatus: async (...given) => {
        const answer = await kubernetes.replaceStatus(...given);
        await bed().controlPlane.apiServer.stop('SIGKILL');
        return answer;
      },
    }));
    const cut = await loop.tick({ decide: withLimits(7) });
    await bed().controlPlane.apiServer.restart();
    expect(cut.fleets[0]?.outcome).toBe('Acted');
    // The load balancer's rule is not behind the API server.
    const behindIt = cut.writes.filter(({ object }) => !object.startsWith('ListenerRule'));
    expect(new Set(behindIt.map(({ outcome }) => outcome))).toEqual(new Set(['Failed']));
    await ready();
    const next = await until('the roles to be known again', 60, async () => {
      const record = await createLoop(bed()).tick({ decide: withLimits(7) });
      return record.fleets[0]?.outcome === 'Acted' && record;
    });
    expect(outcomes(next).filter((outcome) => outcome !== 'Done')).toEqual([]);
    expect(contested(next)).toEqual([]);
    expect(new Set(await limitsOf(bed()))).toEqual(new Set([7]));
  });

  it('while the tick reads makes it read again, or do nothing', async () => {
    let restarted = false;
    const loop = loopWith(bed(), (kubernetes) => ({
      list: async (resource, options) => {
        if (!restarted && resource.plural === 'nodeclaims') {
          restarted = true;
          await bed().controlPlane.apiServer.restart('SIGKILL');
        }
        return kubernetes.list(resource, options);
      },
    }));
    const before = await limitsOf(bed());
    const cut = await loop.tick({ decide: withLimits(8) }).catch((error: unknown) => error as Error);
    await ready();
    if (cut instanceof Error) expect(cut.message).toMatch(/nothing was decided/);
    const after = await limitsOf(bed());
    // What was not known is left as it is: each limit is the old one or the one that was decided.
    for (const [index, limit] of after.entries()) expect([before[index], 8]).toContain(limit);
    const next = await until('a tick that acts', 60, async () => {
      const record = await createLoop(bed()).tick({ decide: withLimits(8) });
      return record.fleets[0]?.outcome === 'Acted' && record;
    });
    expect(contested(next)).toEqual([]);
    expect(new Set(await limitsOf(bed()))).toEqual(new Set([8]));
  });
});

describeOnTestBed('a token that has expired', () => {
  const LONG_AGO_SECONDS = 20 * 60;
  const now = (): number => Date.now() / 1000;

  it('is replaced once, and the tick goes on', async () => {
    let minted = 0;
    const loop = createLoop(bed(), {
      signedAtSeconds: () => {
        minted += 1;
        return minted === 1 ? now() - LONG_AGO_SECONDS : now();
      },
    });
    const record = await loop.tick();
    expect(record.fleets[0]?.outcome).toBe('Acted');
    expect(minted).toBe(2);
  });

  it('that is followed by another such one ends the tick with what to look at', async () => {
    const loop = createLoop(bed(), { signedAtSeconds: () => now() - LONG_AGO_SECONDS });
    await expect(loop.tick()).rejects.toThrow(/401 Unauthorized.*the token was refused twice: .*access entry/);
  });
});

describeOnTestBed('an API server that answers 429 with Retry-After', () => {
  let overloaded: Overloaded;
  beforeAll(async () => {
    overloaded = await startOverloaded(bed());
  });
  afterAll(() => overloaded.stop());

  const loop = () => createLoop(bed(), { endpoint: overloaded.endpoint });
  const pauses = (since: number): readonly number[] => {
    const times = overloaded.turnedAway.slice(since);
    return times.slice(1).map((time, index) => time - (times[index] ?? 0));
  };

  it('for long is asked four times, no sooner than it said, and then the tick ends', async () => {
    const before = overloaded.turnedAway.length;
    overloaded.turnAway(Number.POSITIVE_INFINITY);
    await expect(loop().tick()).rejects.toThrow(/nothing was decided, .*429 TooManyRequests.*overloaded/);
    overloaded.turnAway(0);
    expect(overloaded.turnedAway.length - before).toBe(4);
    for (const pause of pauses(before)) expect(pause).toBeGreaterThanOrEqual(0.99);
  });

  it('for a moment delays the tick, which then does all it has to do', async () => {
    const before = overloaded.turnedAway.length;
    overloaded.turnAway(3);
    const record = await loop().tick({ decide: withLimits(9) });
    expect(overloaded.turnedAway.length - before).toBe(3);
    expect(record.durationSeconds).toBeGreaterThanOrEqual(2.9);
    expect(record.fleets[0]?.outcome).toBe('Acted');
    expect(outcomes(record).filter((outcome) => outcome !== 'Done')).toEqual([]);
    expect(new Set(await limitsOf(bed()))).toEqual(new Set([9]));
  });

  it('to a write has it made again: such an answer says that it was not made', async () => {
    let told = false;
    const before = overloaded.turnedAway.length;
    const record = await createLoop(bed(), {
      endpoint: overloaded.endpoint,
      wrap: (ports) => ({
        ...ports,
        kubernetes: {
          ...ports.kubernetes,
          apply: (...given) => {
            if (!told) overloaded.turnAway(2);
            told = true;
            return ports.kubernetes.apply(...given);
          },
        },
      }),
    }).tick({ decide: withLimits(4) });
    expect(overloaded.turnedAway.length - before).toBe(2);
    expect(outcomes(record).filter((outcome) => outcome !== 'Done')).toEqual([]);
    expect(new Set(await limitsOf(bed()))).toEqual(new Set([4]));
  });
});
