import { resources } from '../../lambda/control-loop/contract/names';
import { createTickCaches, type TickRecord, tick } from '../../lambda/control-loop/tick';
import { randomStreams } from '../../sim/kernel/random';
import { FAULTS } from './faults';
import { INVARIANTS, MAX_STATUS_BYTES, snapshotOf, statusBytes } from './invariants';
import { CampaignWorld } from './world';

/** Ticks with faults in every world, and ticks after the last fault within which it must have recovered. */
const FAULTY_TICKS = 50;
const RECOVERY_TICKS = 5;
export const TICKS_PER_WORLD = FAULTY_TICKS + RECOVERY_TICKS;

const MAX_FAULTS_AT_ONCE = 3;
const MAX_FAULT_TICKS = 6;
/** Real seconds of a tick in which a call never answers: observation gives up after 60 % of them. */
const HANGING_TICK_SECONDS = 0.3;

export interface WorldResult {
  readonly seed: number;
  readonly ticks: number;
  /** How many ticks began under each fault. */
  readonly faults: Readonly<Record<string, number>>;
  readonly violations: readonly {
    readonly minute: number;
    readonly invariant: string;
    readonly detail: string;
    readonly under: readonly string[];
  }[];
}

/** Runs one random world to its end. The same seed gives the same world, faults and verdicts. */
export const runWorld = async (seed: number): Promise<WorldResult> => {
  const streams = randomStreams(seed);
  const world = new CampaignWorld(streams('world'));
  const random = streams('faults');
  const { fake } = world;
  const active: { readonly name: string; readonly blinds: string | undefined; left: number; readonly end: () => void }[] = [];
  const faults: Record<string, number> = {};
  const violations: { minute: number; invariant: string; detail: string; under: readonly string[] }[] = [];
  let caches = createTickCaches();
  let last: TickRecord | undefined;

  for (let index = 0; index < TICKS_PER_WORLD; index += 1) {
    world.step();
    fake.restart();
    for (const fault of active) fault.left -= 1;
    for (const fault of active.filter(({ left }) => left <= 0 || index >= FAULTY_TICKS).reverse()) {
      fault.end();
      active.splice(active.indexOf(fault), 1);
    }
    while (index < FAULTY_TICKS && active.length < MAX_FAULTS_AT_ONCE && random.uniform() < 0.4) {
      const names = Object.keys(FAULTS).filter((name) => active.every((fault) => fault.name !== name));
      const name = names[Math.floor(random.uniform() * names.length)]!;
      const fault = FAULTS[name]!;
      const left = 1 + Math.floor(random.uniform() * MAX_FAULT_TICKS);
      active.push({ name, blinds: fault.blinds, left, end: fault.begin(world, random) });
    }
    for (const { name } of active) faults[name] = (faults[name] ?? 0) + 1;
    // A cold start now and then, a tick that comes twice, and one that does not come.
    if (random.uniform() < 0.1) caches = createTickCaches();
    const times = random.uniform() < 0.1 ? 2 : index < FAULTY_TICKS && random.uniform() < 0.05 ? 0 : 1;
    for (let time = 0; time < times; time += 1) {
      const before = snapshotOf(world);
      const ready = Object.fromEntries(
        world.fleets.flatMap(({ name, namespace, units }) =>
          units.map((unit) => [`${namespace}/${name}/${unit.name}`, world.readyPods(unit)]),
        ),
      );
      const refused = Object.fromEntries(
        world.fleets.map(({ name, namespace, units }) => [
          `${namespace}/${name}`,
          units.reduce((sum, unit) => sum + unit.refusedBefore, 0),
        ]),
      );
      const under = active.map(({ name }) => name);
      const blame = (invariant: string, details: readonly string[]) =>
        violations.push(...details.map((detail) => ({ minute: world.minute, invariant, detail, under })));
      const seconds = fake.hanging.size > 0 ? HANGING_TICK_SECONDS : 50;
      last = undefined;
      try {
        last = await tick(fake.ports, { deadlineSeconds: fake.ports.clock.nowSeconds() + seconds, trigger: 'campaign', caches });
      } catch (error) {
        if (!under.includes('the process dies at a write')) blame('a tick ends with a record', [String(error)]);
      }
      const after = snapshotOf(world);
      const blinded = new Set(active.flatMap(({ blinds }) => blinds ?? []));
      for (const [name, judge] of Object.entries(INVARIANTS)) blame(name, judge({ world, before, after, ready, refused, blinded }));
      blame(
        'a status stays small',
        fake.kubernetes
          .all(resources.inferenceFleets)
          .filter((object) => statusBytes(object) > MAX_STATUS_BYTES)
          .map(({ metadata }) => `${metadata.name}: too large`),
      );
    }
  }
  const trouble = last === undefined ? ['there was no tick'] : troubleIn(last);
  violations.push(
    ...trouble.map((detail) => ({
      minute: world.minute,
      invariant: `recovered ${RECOVERY_TICKS} ticks after the last fault`,
      detail,
      under: [],
    })),
  );
  return { seed, ticks: TICKS_PER_WORLD, faults, violations };
};

/** What is not as in a healthy world. */
const troubleIn = ({ fleets, writes, observation }: TickRecord): readonly string[] => [
  ...fleets
    .filter(({ outcome }) => !['Acted', 'Recommended', 'Observed'].includes(outcome))
    .map(({ fleet, outcome, message }) => `${fleet}: ${outcome} ${message ?? ''}`),
  ...writes.filter(({ outcome }) => outcome !== 'Done').map(({ object, outcome }) => `${object}: ${outcome}`),
  ...Object.entries(observation.units).flatMap(([unit, { floor, replicas, readyPodsByPool, requestsPerMinute }]) =>
    Object.entries({ floor, replicas, readyPodsByPool, requestsPerMinute }).flatMap(([signal, value]) =>
      value.known ? [] : [`${unit} ${signal}: ${value.reason}`],
    ),
  ),
];
