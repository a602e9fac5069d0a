import type { FleetSpecInput } from '../../../lambda/control-loop/api';
import { resources } from '../../../lambda/control-loop/contract/names';
import { progress } from '../cluster/cache';
import type { Running } from '../cluster/processes';
import { keepRunning } from '../cluster/supervisor';
import type { TestBed } from '../cluster/test-bed';
import { until } from '../cluster/wait';
import { addChatFleet, type ChatFleet } from './fleet';
import { startLoopProcess } from './loop-process';
import { grantLoopRights } from './loop-rights';
import { type Demand, Traffic } from './traffic';

const READY_SECONDS = 120;
/** Stands for all pods of a unit: nothing is sent to it. */
export const POD_IP = '10.0.0.1';

/** The fleet `chat` with traffic, and with the loop in a process of its own. */
export interface ServedFleet {
  readonly fleet: ChatFleet;
  readonly traffic: Traffic;
  readonly loop: Running;
  /** Units as the fleet has them now. */
  units(): Promise<FleetSpecInput['units']>;
  stop(): Promise<void>;
}

interface ServedOptions {
  readonly demand: Demand;
  /** Between two ticks. */
  readonly everySeconds: number;
  readonly changes?: Partial<FleetSpecInput>;
  /** Of each pool. Default: 8. */
  readonly maximumDevices?: number;
}

/** Starts it, and waits for a first decision and ready pods for its floors. Programs that end are started again. */
export const startServedFleet = async (bed: TestBed, options: ServedOptions): Promise<ServedFleet> => {
  const { demand, everySeconds, changes = {}, maximumDevices = 8 } = options;
  progress('fleet chat: pools, units, scalers, rule');
  const fleet = await addChatFleet(bed, changes, { maximumDevices, disruptionBudgets: true });
  await grantLoopRights(bed);
  const units = async () => ((await fleet.read()).spec as FleetSpecInput).units;
  // Only a rule of which a target group has targets serves: what enters it later gets nothing until the loop gives it.
  for (const { name } of await units()) await fleet.router.register(name, POD_IP);
  const traffic = new Traffic(bed, fleet.router, await units(), demand);
  const loop = await startLoopProcess(bed, { everySeconds });
  progress(`control loop: a tick every ${everySeconds} s; ${bed.processes.folder}/${loop.name}.log`);
  await until('a first decision, and ready pods for its floors', READY_SECONDS, async () => {
    if ((await fleet.read()).status?.lastDecision === undefined) return false;
    const ready = await traffic.readyPods();
    const enough = (await units()).map(async ({ name, scaler }) => {
      const { spec } = await bed.api.get(resources.scaledObjects, scaler.name, 'default');
      return spec.minReplicaCount <= (ready[name] ?? 0);
    });
    return (await Promise.all(enough)).every(Boolean);
  });
  const supervisor = keepRunning(bed.processes);
  return {
    fleet,
    traffic,
    loop,
    units,
    stop: async () => {
      await supervisor.stop();
      await traffic.stop();
    },
  };
};
