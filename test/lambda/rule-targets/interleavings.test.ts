import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WeightsChangedError } from '../../../lambda/control-loop/errors';
import { type ListenerRulePort, listenerRuleSplitter } from '../../../lambda/control-loop/routers/alb/listener-rule';
import { createHandler } from '../../../lambda/rule-targets/provider';
import { targetEvent } from './events';
import { FakeRules, groupOf, RULE } from './fake-rules';
import { VirtualTime } from './virtual-time';

/**
 * Deployments and the control loop on one rule, at random speeds. Every call of Elastic Load Balancing takes up to 1.9 seconds before and
 * after it takes effect, so that a write is at most 7.6 seconds older than what was read for it: the bound of 8 seconds that both keep.
 */

const UNITS = ['a', 'b', 'c', 'd'] as const;
type Unit = (typeof UNITS)[number];

interface Plan {
  readonly first: readonly Unit[];
  readonly next: readonly Unit[];
  /** Whether the second deployment fails after it has added units, and is rolled back. */
  readonly isRolledBack: boolean;
  readonly seed: readonly number[];
}

const plans = fc.record({
  first: fc.subarray([...UNITS], { minLength: 1 }),
  next: fc.subarray([...UNITS], { minLength: 1 }),
  isRolledBack: fc.boolean(),
  seed: fc.array(fc.nat(999), { minLength: 40, maxLength: 40 }),
});

const DRAIN_SECONDS = 30;

class World {
  readonly time = new VirtualTime(1_800_000_000);
  readonly rules = new FakeRules();
  /** Units that the fleet has. */
  spec: readonly Unit[] = [];
  /** Units of which CloudFormation was told that they are in the rule, and not yet asked to remove them. */
  readonly settled = new Set<Unit>();
  /** Target groups of units that CloudFormation is adding. */
  private readonly adding = new Set<string>();
  /** What is not as it should be. */
  readonly problems: string[] = [];
  private draws = 0;
  private isOver = false;
  private known = new Set<string>();
  readonly healthyAt = new Map<Unit, number>();

  constructor(private readonly seed: readonly number[]) {
    this.rules.put({});
    this.rules.pause = () => this.time.sleep(this.random() * 1.9);
    this.rules.onWrite = (before, after) => {
      for (const unit of this.settled) if (after[groupOf(unit)] === undefined) this.problems.push(`a write dropped ${unit}`);
      for (const [group, weight] of Object.entries(before)) {
        // While a unit is being added, another write may drop it again: its handler sees that at its next look.
        if (after[group] === undefined && weight > 0 && !this.adding.has(group)) this.problems.push(`${group} left with weight ${weight}`);
      }
      for (const [group, weight] of Object.entries(after)) {
        if (before[group] === undefined && weight > 0 && this.spec.some((unit) => this.isHealthy(unit))) {
          this.problems.push(`${group} entered with weight ${weight} where others serve`);
        }
      }
      if (Object.values(before).some((weight) => weight > 0) && !Object.values(after).some((weight) => weight > 0)) {
        this.problems.push('nobody has traffic');
      }
    };
  }

  /** 0 to 1, from the seed. */
  random(): number {
    this.draws += 1;
    const value = this.seed[this.draws % this.seed.length]!;
    return ((value * 7919 + this.draws * 104_729) % 1000) / 1000;
  }

  private isHealthy(unit: Unit): boolean {
    return (this.healthyAt.get(unit) ?? Number.POSITIVE_INFINITY) <= this.time.nowSeconds;
  }

  private readonly handler = createHandler(() => ({
    rules: this.rules,
    nowSeconds: () => this.time.nowSeconds,
    sleep: (seconds) => this.time.sleep(seconds),
    log: () => undefined,
  }));

  /** One resource of CloudFormation: a first call, then looks every 15 seconds. */
  private async resource(type: 'Create' | 'Delete', unit: Unit): Promise<void> {
    await this.time.sleep(this.random() * 20);
    if (type === 'Delete') this.settled.delete(unit);
    else this.adding.add(groupOf(unit));
    const event = targetEvent(type, unit, { DrainSeconds: String(DRAIN_SECONDS) });
    const started = { ...event, ...(await this.handler(event)) };
    for (;;) {
      const answer = await this.handler(started);
      if ('IsComplete' in answer && answer.IsComplete) break;
      await this.time.sleep(15 + this.random() * 2);
    }
    if (type === 'Create') {
      this.settled.add(unit);
      this.adding.delete(groupOf(unit));
    }
    const has = groupOf(unit) in this.rules.rules.get(RULE)!.groups;
    if (has !== (type === 'Create')) this.problems.push(`${type} of ${unit} is done, and it is ${has ? '' : 'not '}in the rule`);
  }

  /** As CloudFormation does it: what is new, then the fleet, then what is gone. */
  async deploy(units: readonly Unit[], isRolledBack = false): Promise<void> {
    const added = units.filter((unit) => !this.spec.includes(unit));
    const removed = this.spec.filter((unit) => !units.includes(unit));
    await Promise.all(
      added.map(async (unit) => {
        await this.resource('Create', unit);
        const seconds = this.time.nowSeconds + 40 + this.random() * 120;
        this.healthyAt.set(unit, seconds);
        this.targets(unit, seconds);
      }),
    );
    if (isRolledBack) {
      await Promise.all(added.map((unit) => this.resource('Delete', unit)));
      for (const unit of added) this.healthyAt.delete(unit);
      return;
    }
    this.spec = units;
    await Promise.all(removed.map((unit) => this.resource('Delete', unit)));
    for (const unit of removed) this.healthyAt.delete(unit);
  }

  /** Targets of a unit register with its pods, and are healthy some time later. */
  private targets(unit: Unit, healthySeconds: number): void {
    const group = groupOf(unit);
    const counts = () => {
      const isThere = this.healthyAt.has(unit);
      const healthy = isThere && this.time.nowSeconds >= healthySeconds ? 2 : 0;
      return { registered: isThere ? 2 : 0, healthy };
    };
    this.rules.targets.set(group, {
      get registered() {
        return counts().registered;
      },
      get healthy() {
        return counts().healthy;
      },
    });
  }

  /** Elastic Load Balancing as the loop sees it, with the delays of this world. */
  private readonly loopPort: ListenerRulePort = {
    describeRule: async (arn) => (await this.rules.readRule(arn))!.groups,
    describeTags: (arn) => this.rules.readTags(arn),
    modifyRule: async (arn, weights) => {
      await this.rules.changeGroups(arn, (groups) => {
        const unknown = Object.keys(weights).filter((group) => groups[group] === undefined);
        if (unknown.length > 0) throw new WeightsChangedError(unknown[0]!, undefined, undefined);
        return { ...groups, ...weights };
      });
    },
  };
  private readonly splitter = listenerRuleSplitter(this.loopPort);

  /** Shares of units that serve, none for others, none for what units left behind: what the loop wants, in short. */
  private async tick(): Promise<void> {
    const units = this.spec;
    const backends = Object.fromEntries(units.map((unit) => [unit, { kind: 'AlbTargetGroup' as const, targetGroupArn: groupOf(unit) }]));
    const routing = { router: { kind: 'AlbListenerRule' as const, listenerRuleArn: RULE }, backends };
    const observed = await this.splitter.readWeights(routing);
    await this.time.sleep(this.random() * 20);
    const serving = units.filter((unit) => observed[unit] !== undefined && this.isHealthy(unit));
    for (const unit of units) this.known.add(groupOf(unit));
    if (serving.length === 0) return;
    const weights: Record<string, number> = {};
    for (const unit of units) if (observed[unit] !== undefined) weights[unit] = serving.includes(unit) ? 100 + UNITS.indexOf(unit) : 0;
    for (const group of Object.keys(observed)) if (this.known.has(group)) weights[group] = 0;
    await this.splitter.writeWeights(routing, weights, observed).catch((error: unknown) => {
      if (!(error instanceof WeightsChangedError)) throw error;
    });
  }

  async loop(): Promise<void> {
    while (!this.isOver) {
      await this.tick();
      await this.time.sleep(10 + this.random() * 50);
    }
  }

  async end(): Promise<void> {
    this.isOver = true;
  }
}

const run = async ({ first, next, isRolledBack, seed }: Plan): Promise<World> => {
  const world = new World(seed);
  const loop = world.loop();
  await world.time.until(world.deploy(first));
  await world.time.until(world.time.sleep(300));
  await world.time.until(world.deploy(next, isRolledBack));
  // Two quiet ticks: the loop repairs a weight that a deployment wrote back as it had just read it.
  await world.time.until(world.time.sleep(400));
  await world.end();
  await world.time.until(loop);
  return world;
};

describe('deployments and the loop at once', () => {
  it('end with the units of the fleet in the rule, at the weights that the loop wants, whatever the order of their calls', async () => {
    await fc.assert(
      fc.asyncProperty(plans, async (plan) => {
        const world = await run(plan);
        expect(world.problems).toEqual([]);
        const units = plan.isRolledBack ? plan.first : plan.next;
        expect(world.rules.weights()).toEqual(Object.fromEntries(units.map((unit) => [unit, 100 + UNITS.indexOf(unit)])));
        expect(world.rules.tagsOf()).toEqual({});
      }),
      { seed: 1, numRuns: 500 },
    );
  });
});
