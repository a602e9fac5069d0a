import { progress } from '../cluster/cache';
import type { TestBed } from '../cluster/test-bed';
import { ANOTHER_UNIT, addUnitToChat } from '../support/fleet';
import { POD_IP, startServedFleet } from '../support/served-fleet';
import { createDemand } from './demand';
import { LoadError, type LoadRow, readLoad } from './load';

/** The schedule is once a minute; whoever looks on need not wait so long. */
const EVERY_SECONDS = 5;
/** Of each pool. */
const MAXIMUM_DEVICES = 8;
/** Ten minutes by default. */
const RETURN_AFTER_SECONDS = 60;
const LOOK_MILLISECONDS = 1000;

/** A fleet of two units on a test bed with the loop that steers it, and traffic that is set from outside. */
export interface StandingFleet {
  stop(): Promise<void>;
}

/** Starts it; `load` is followed from when it is up. */
export const startStandingFleet = async (bed: TestBed, load?: readonly LoadRow[]): Promise<StandingFleet> => {
  let names: readonly string[] = [];
  const demand = createDemand(() => names);
  const { fleet, traffic, units, stop } = await startServedFleet(bed, {
    demand,
    everySeconds: EVERY_SECONDS,
    maximumDevices: MAXIMUM_DEVICES,
    changes: { policy: { returnAfterSeconds: RETURN_AFTER_SECONDS } },
  });
  names = (await units()).map(({ name }) => name);
  if (load !== undefined) demand.follow(load);

  let adding: Promise<void> | undefined;
  const add = async (): Promise<void> => {
    await addUnitToChat(bed, fleet, MAXIMUM_DEVICES);
    const now = await units();
    names = now.map(({ name }) => name);
    await fleet.router.register(ANOTHER_UNIT, POD_IP);
    traffic.serve(now);
  };
  bed.aws.answerAt('/test-bed/traffic', (body) => {
    if (body !== '') demand.set(body);
    return demand.view();
  });
  bed.aws.answerAt('/test-bed/load', (body) => {
    const rows = readLoad(body);
    demand.follow(rows);
    return { rows: rows.length, ...demand.view() };
  });
  bed.aws.answerAt('/test-bed/units', async (body) => {
    if (body !== '') {
      if (body !== ANOTHER_UNIT)
        throw new LoadError(`units: given ${body.slice(0, 80)}, expected ${ANOTHER_UNIT}, the unit that can be added`);
      if (names.includes(ANOTHER_UNIT)) throw new LoadError(`units: the fleet has ${ANOTHER_UNIT} already`);
      // A second call waits for the first. One that failed may be tried again.
      adding ??= add().finally(() => {
        adding = undefined;
      });
      await adding;
    }
    return names;
  });

  let last = '';
  const watcher = setInterval(() => {
    const { ready, weights } = traffic.now;
    const parts = names.map((name) => `${name}: ${ready[name] ?? 0} ready, weight ${weights[name] ?? '?'}`);
    const line = [`${Math.round(demand.requestsPerMinute)} requests a minute`, ...parts].join('; ');
    if (line !== last) progress(line);
    last = line;
  }, LOOK_MILLISECONDS);
  return {
    stop: async () => {
      clearInterval(watcher);
      await stop();
    },
  };
};
