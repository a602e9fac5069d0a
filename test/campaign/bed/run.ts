import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../../../lambda/control-loop/concurrency';
import { resources } from '../../../lambda/control-loop/contract/names';
import { type RandomStream, randomStreams } from '../../../sim/kernel/random';
import type { TestBed } from '../../e2e/cluster/test-bed';
import { until } from '../../e2e/cluster/wait';
import { FLEET_POOLS } from '../../e2e/support/fleet';
import { INVARIANTS, MAX_STATUS_BYTES, statusBytes } from '../invariants';
import { AWS_FAULTS } from './aws-faults';
import { CLUSTER_FAULTS } from './cluster-faults';
import type { BedFault, Begun, Blinded } from './fault';
import { contestedIn, DeadUnits, outOfBounds, secretsIn, troubleIn, type Violation } from './judge';
import { BedWorld, FLEET, type Ticked } from './world';

/** Every fault by its name. */
export const BED_FAULTS: Readonly<Record<string, BedFault>> = { ...AWS_FAULTS, ...CLUSTER_FAULTS };

export interface BedCampaignOptions {
  readonly seed: number;
  /** No wave begins after it. Default: no end. */
  readonly seconds?: number;
  /** Default: no end. */
  readonly waves?: number;
  /** Faults to choose from. Default: all. */
  readonly faults?: readonly string[];
  /** Most faults at a time. Default: 3. */
  readonly atOnce?: number;
  readonly tell: (line: string) => void;
  /** Ends the campaign early. */
  readonly signal?: AbortSignal;
}

export interface BedCampaignResult {
  readonly ticks: number;
  readonly waves: number;
  /** How many times each fault was tried. */
  readonly faults: Readonly<Record<string, number>>;
  /** After how many ticks the loop decided in full again, by wave. */
  readonly recoveries: readonly number[];
  /** How many contested fields were given back by `adopt`. */
  readonly adopted: number;
  /** Ticks that began with a unit without a ready pod beside one with some, and with refused requests. */
  readonly ticksWith: { readonly deadUnit: number; readonly refusedRequests: number };
  readonly violations: readonly Violation[];
}

/** Names of the invariants that are judged after the faults of a wave. */
export const RECOVERY_INVARIANTS = {
  recovers: 'within five ticks after the faults the loop sees, decides and writes everything',
  takesBack: 'no field stays contested after adopt',
  bounds: 'after the faults floors, limits and weights are within their bounds',
  leavesDead: 'a dead unit leaves the rule within two ticks where another lives',
  keepsSecrets: 'no token is in a log line, a record or an error',
  smallStatus: 'a status stays small',
} as const;

/** What a loop needs that is to move traffic away from a dead unit. */
const MUST_SEE: readonly Blinded[] = ['cluster', 'router', 'process'];

const TICK_PAUSE_SECONDS = 2;
const RECOVERY_TICKS = 5;
const ADOPTION_TICKS = 3;
const MAX_FAULT_TICKS = 8;
/** Nodes of a deleted class are drained before it goes. */
const END_SECONDS = 120;

/** Waves of random faults on a test bed, each with the time to recover from it. */
export const runBedCampaign = async (bed: TestBed, options: BedCampaignOptions): Promise<BedCampaignResult> => {
  const streams = randomStreams(options.seed);
  const world = await BedWorld.on(bed, streams('traffic'));
  const campaign = new Campaign(world, streams('faults'), options);
  try {
    return await campaign.run();
  } finally {
    await world.stop();
  }
};

interface Active extends Begun {
  readonly name: string;
  readonly takesApiServer: boolean;
}

const titleOf = ({ name, of }: Pick<Active, 'name' | 'of'>): string => (of === undefined ? name : `${name} (${of})`);

class Campaign {
  private readonly started = performance.now();
  private readonly violations: Violation[] = [];
  private readonly faults: Record<string, number> = {};
  private readonly recoveries: number[] = [];
  private readonly dead = new DeadUnits();
  private adopted = 0;
  private readonly ticksWith = { deadUnit: 0, refusedRequests: 0 };
  private ticks = 0;
  private waves = 0;
  /** Faults that each came up once before any comes up again. */
  private deck: string[] = [];

  constructor(
    private readonly world: BedWorld,
    private readonly random: RandomStream,
    private readonly options: BedCampaignOptions,
  ) {}

  async run(): Promise<BedCampaignResult> {
    await this.world.settle();
    await this.recover([]);
    const { seconds = Number.POSITIVE_INFINITY, waves: most = Number.POSITIVE_INFINITY, signal } = this.options;
    while (this.atSeconds() < seconds && this.waves < most && !signal?.aborted) await this.wave();
    const { ticks, waves, faults, recoveries, adopted, ticksWith, violations } = this;
    return { ticks, waves, faults, recoveries, adopted, ticksWith, violations };
  }

  private atSeconds(): number {
    return (performance.now() - this.started) / 1000;
  }

  private say(line: string): void {
    const at = Math.round(this.atSeconds());
    this.options.tell(`${String(Math.floor(at / 60)).padStart(2, '0')}:${String(at % 60).padStart(2, '0')} ${line}`);
  }

  private blame(invariant: string, details: readonly string[], under: readonly string[]): void {
    for (const detail of details) {
      this.violations.push({ atSeconds: Math.round(this.atSeconds()), invariant, detail, under });
      this.say(`BROKEN ${invariant}: ${detail}; under ${under.join(', ') || 'no fault'}`);
    }
  }

  private async wave(): Promise<void> {
    const { random, world } = this;
    const active: Active[] = [];
    this.waves += 1;
    const count = 1 + Math.floor(random.uniform() * (this.options.atOnce ?? 3));
    const names = Array.from({ length: count }, () => this.draw()).sort((a, b) => lastOf(a) - lastOf(b));
    for (const name of new Set(names)) {
      const fault = BED_FAULTS[name]!;
      const begun = await fault.begin(world, random).catch((error: unknown) => this.say(`${name} could not begin: ${messageOf(error)}`));
      if (!begun) continue;
      active.push({ ...begun, name, takesApiServer: fault.takesApiServer ?? false });
      this.faults[name] = (this.faults[name] ?? 0) + 1;
    }
    const under = active.map(titleOf);
    this.say(`wave ${this.waves}: ${under.join('; ') || 'nothing to do'}`);
    const ticks = 2 + Math.floor(random.uniform() * (MAX_FAULT_TICKS - 1));
    const blinded = new Set(active.flatMap(({ blinds = [] }) => blinds));
    for (let index = 0; index < ticks && !this.options.signal?.aborted; index += 1) {
      // A cold start now and then, and a tick that comes twice.
      if (random.uniform() < 0.1) world.restartLoop();
      await this.tick(random.uniform() < 0.1 ? 2 : 1, blinded, under);
    }
    if (this.options.signal?.aborted) return;
    await endAll(active.reverse());
    const ended = await world.settle();
    if (ended.length > 0) this.say(`ended of itself, and was started again: ${ended.join(', ')}`);
    await this.recover(under);
  }

  private draw(): string {
    if (this.deck.length === 0) this.deck = [...(this.options.faults ?? Object.keys(BED_FAULTS))];
    return this.deck.splice(Math.floor(this.random.uniform() * this.deck.length), 1)[0]!;
  }

  /** Five ticks to be as in a healthy world, and some more after `adopt`. */
  private async recover(under: readonly string[]): Promise<void> {
    let trouble: readonly string[] = [];
    let contested: readonly string[] = [];
    let took = RECOVERY_TICKS + 1;
    for (let index = 1; index <= RECOVERY_TICKS; index += 1) {
      ({ trouble, contested } = await this.healthy(under));
      if (trouble.length === 0) took = Math.min(took, index);
      else took = RECOVERY_TICKS + 1;
      if (trouble.length === 0 && contested.length === 0) break;
    }
    this.recoveries.push(took);
    this.blame(RECOVERY_INVARIANTS.recovers, trouble, under);
    if (contested.length > 0) {
      this.say(`adopt: ${contested.join('; ')}`);
      const before = contested.length;
      await this.world.adopt();
      for (let index = 1; index <= ADOPTION_TICKS && contested.length > 0; index += 1) ({ contested } = await this.healthy(under));
      this.blame(RECOVERY_INVARIANTS.takesBack, contested, under);
      this.adopted += before - contested.length;
    }
    const { bed, router, fleets, spec } = this.world;
    const scalers = await Promise.all(spec.units.map(({ scaler }) => bed.api.get(resources.scaledObjects, scaler.name, FLEET.namespace)));
    const pools = await Promise.all(FLEET_POOLS.map((name) => bed.api.get(resources.nodePools, name)));
    this.blame(RECOVERY_INVARIANTS.bounds, outOfBounds(fleets[0]!, scalers, pools, await router.weights()), under);
  }

  private async healthy(under: readonly string[]): Promise<{ readonly trouble: readonly string[]; readonly contested: readonly string[] }> {
    const [ticked] = await this.tick(1, new Set(), under);
    if (ticked === undefined || 'error' in ticked) return { trouble: [messageOf(ticked?.error)], contested: [] };
    const fleet = await this.world.bed.api.get(resources.inferenceFleets, FLEET.name, FLEET.namespace);
    return { trouble: troubleIn(ticked.record, fleet), contested: contestedIn(ticked.record) };
  }

  /** One tick, judged by what holds of every tick. */
  private async tick(times: 1 | 2, blinded: ReadonlySet<Blinded>, under: readonly string[]): Promise<readonly Ticked[]> {
    const { world } = this;
    await delay(TICK_PAUSE_SECONDS * 1000, undefined, { signal: this.options.signal }).catch(() => undefined);
    const before = await world.snapshot();
    const readyBefore = await world.traffic.readyPods();
    const refused = world.traffic.refusedRequests;
    world.recorder.begin(before ?? new Map());
    const ticked = await world.tick(times);
    this.ticks += times;
    const pods = Object.values(readyBefore);
    if (pods.includes(0) && pods.some((ready) => ready > 0)) this.ticksWith.deadUnit += 1;
    if (refused > 0) this.ticksWith.refusedRequests += 1;
    const readyAfter = await world.traffic.readyPods();
    if (before !== undefined) {
      const keyOf = (name: string): string => `${FLEET.namespace}/${FLEET.name}/${name}`;
      const ready = Object.fromEntries(
        world.spec.units.map(({ name }) => [keyOf(name), Math.max(readyBefore[name] ?? 0, readyAfter[name] ?? 0)]),
      );
      const context = { world, before: world.recorder.before, after: world.recorder.after, ready, blinded };
      for (const [name, judge] of Object.entries(INVARIANTS)) {
        this.blame(name, judge({ ...context, refused: { [`${FLEET.namespace}/${FLEET.name}`]: refused } }), under);
      }
    }
    const weights = await world.router.weights();
    this.blame(
      RECOVERY_INVARIANTS.leavesDead,
      this.dead.judge(!MUST_SEE.some((one) => blinded.has(one)), readyBefore, readyAfter, weights),
      under,
    );
    const texts = [...world.newLines(), ...ticked.map((one) => ('error' in one ? errorText(one.error) : JSON.stringify(one.record)))];
    const secrets = new Set(texts.flatMap((text) => secretsIn(text, [world.bed.controlPlane.adminToken])));
    this.blame(RECOVERY_INVARIANTS.keepsSecrets, [...secrets], under);
    const fleet = await world.bed.api.find(resources.inferenceFleets, FLEET.name, FLEET.namespace).catch(() => undefined);
    const isLarge = fleet !== undefined && statusBytes(fleet) > MAX_STATUS_BYTES;
    this.blame(RECOVERY_INVARIANTS.smallStatus, isLarge ? [`${statusBytes(fleet)} bytes`] : [], under);
    return ticked;
  }
}

/** Ends all faults, each as soon as it can be ended: a node goes only once AWS answers again. */
const endAll = async (active: readonly Active[]): Promise<void> => {
  let left = active;
  await until(
    'all faults to end',
    END_SECONDS,
    async () => {
      const errors: string[] = [];
      const lasting: Active[] = [];
      for (const fault of left) {
        await fault.end().catch((error: unknown) => {
          lasting.push(fault);
          errors.push(`${titleOf(fault)}: ${messageOf(error)}`);
        });
      }
      left = lasting;
      if (errors.length > 0) throw new Error(errors.join('; '));
      return true;
    },
    { pollSeconds: 0.5 },
  );
};

/** The order in which faults begin: those that take the API server after those that need it. */
const lastOf = (name: string): number => (BED_FAULTS[name]!.takesApiServer ? 1 : 0);

/** All that a log would hold of an error. */
const errorText = (error: unknown): string =>
  error instanceof Error ? `${error.stack ?? error.message} ${error.cause === undefined ? '' : errorText(error.cause)}` : String(error);
