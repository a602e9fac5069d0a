import type { AvailabilityRow } from '../../../sim/inputs/loaded-scenario';
import type { AwsSide } from '../aws/aws-side';

/** EC2's capacity as the scenario grants it: no launch beyond what a pool is granted, and reclaims of spot instances that are beyond it. */
export interface GrantedCapacity {
  /** Looks at what runs, so that an instance that ended can be launched again. */
  look(): Promise<void>;
  grant(row: AvailabilityRow): Promise<{ readonly reclaimed: number }>;
}

interface Grant {
  readonly devices: number;
  readonly running: number;
  readonly end: () => void;
}

/** For pools of spot instances of one device. */
export const grantCapacity = ({ capacity, instances }: AwsSide): GrantedCapacity => {
  const grants = new Map<string, Grant>();
  const runningOf = async (pool: string): Promise<readonly string[]> =>
    (await instances.list())
      .filter((instance) => instance.pool === pool && (instance.state === 'running' || instance.state === 'pending'))
      .map(({ id }) => id);
  const set = (pool: string, devices: number, running: number): void => {
    grants.get(pool)?.end();
    const end = capacity.shortage({ pool }, { after: Math.max(0, devices - running) });
    grants.set(pool, { devices, running, end });
  };
  return {
    look: async () => {
      for (const [pool, { devices, running }] of grants) {
        const now = (await runningOf(pool)).length;
        if (now < running) set(pool, devices, now);
        else if (now > running) grants.set(pool, { ...(grants.get(pool) as Grant), running: now });
      }
    },
    grant: async ({ pool, devices }) => {
      if (devices === null) {
        grants.get(pool)?.end();
        grants.delete(pool);
        return { reclaimed: 0 };
      }
      const running = await runningOf(pool);
      set(pool, devices, running.length);
      const taken = running.slice(0, Math.max(0, running.length - devices));
      if (taken.length > 0) await instances.reclaim(taken);
      return { reclaimed: taken.length };
    },
  };
};
