import type { Pool } from '../../../lambda/control-loop/model/fleet';
import type { SpotMarket } from './spot-market';

/** EC2 bills Linux instances by the second with a minimum of one minute (https://aws.amazon.com/ec2/pricing/on-demand/). */
const MIN_SECONDS = 60;

interface Bill {
  readonly pool: Pool;
  readonly instanceType: string;
  readonly zone: string;
  readonly fromSeconds: number;
}

/** What the instances cost, by pool, from launch to termination. */
export class Billing {
  private readonly open = new Map<string, Bill>();
  private readonly closedUsd = new Map<string, number>();

  constructor(private readonly market: SpotMarket) {}

  launched(instanceId: string, bill: Bill): void {
    this.open.set(instanceId, bill);
  }

  terminated(instanceId: string, timeSeconds: number): void {
    const bill = this.open.get(instanceId);
    if (bill) {
      this.open.delete(instanceId);
      const until = Math.max(timeSeconds, bill.fromSeconds + MIN_SECONDS);
      this.closedUsd.set(bill.pool.name, (this.closedUsd.get(bill.pool.name) ?? 0) + this.cost(bill, until));
    }
  }

  /** US dollars by pool up to a time: ended instances in full, running ones up to then. Pools that never ran are left out. */
  costByPool(timeSeconds: number): Readonly<Record<string, number>> {
    const costs = new Map(this.closedUsd);
    for (const bill of this.open.values()) costs.set(bill.pool.name, (costs.get(bill.pool.name) ?? 0) + this.cost(bill, timeSeconds));
    return Object.fromEntries([...costs].sort(([left], [right]) => (left < right ? -1 : 1)));
  }

  costUsd(timeSeconds: number): number {
    return Object.values(this.costByPool(timeSeconds)).reduce((sum, usd) => sum + usd, 0);
  }

  /** US dollars per hour of all that runs at a time. */
  rateUsdPerHour(timeSeconds: number): number {
    let rate = 0;
    for (const { pool, instanceType, zone } of this.open.values()) rate += this.market.price(pool, instanceType, zone, timeSeconds);
    return rate;
  }

  private cost(bill: Bill, untilSeconds: number): number {
    return this.market.cost(bill.pool, bill.instanceType, bill.zone, bill.fromSeconds, untilSeconds);
  }
}
