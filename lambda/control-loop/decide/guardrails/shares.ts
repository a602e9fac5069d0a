import { podDefaults } from '../../contract/defaults';
import { deadbands, TRIAL_SHARE } from '../../contract/limits';
import type { Finding, Reasoned } from '../../model/decision';
import type { Unit } from '../../model/fleet';
import type { Pause } from '../../model/pause';
import { fresh, readyPods, whyUnknown } from '../../model/signals';
import { isCanary, withinBounds } from '../canaries';
import { contestedMessage, isContested, writtenTo } from '../field-state';
import type { DesiredFleet, PolicyContext } from '../policies/policy';
import { rateFor, UTILIZATION_CEILING } from '../queueing';
import { normalized } from '../shares';
import { type Guarded, type GuardedField, held, left } from './guarded';
import { blockedByOf } from './hold-down';
import { answeredPerPod } from './overwhelmed';
import { isToBeRescued, savedShares, shiftFromDead } from './rescued-shares';
import { type Retirement, retire } from './retiring';
import { isWithinDeadband } from './share-deadband';

/** The shares of a fleet, in the order of its units. */
interface GuardedShares extends Guarded<readonly Reasoned<number>[]> {
  /** Backends that removed units left behind: see `retire`. */
  readonly retiring: Retirement['shares'];
  /** Whether they take traffic from units that do not serve, or bring it to units that do and had none. */
  readonly isRescue: boolean;
}

/**
 * The shares of a fleet: all of them or none, because one rule carries them all.
 *
 * With everything known they are the desired ones, clipped to ready capacity. A unit that is impaired counts as without a ready pod, and
 * so does one whose backend is missing in the router; one whose requests fail keeps the share in which it can prove itself, while one
 * without healthy targets shows it by its health checks alone.
 *
 * With something unknown nothing moves, except away from units that are known to have no ready pod, or to be impaired. Neither does
 * anything while another writer holds a share, but for those units: their traffic goes, and the shares of the others stay as the other
 * writer has them.
 */
export const guardShares = (context: PolicyContext, desired: DesiredFleet, pause: Pause): GuardedShares => {
  const units = guardUnitShares(context, desired, pause);
  // Where the shares of the units were not decided on what their pods serve, nothing is known to take over.
  const retirement = units.retirement ?? retire(context, units.decision[0]!.reason);
  return {
    decision: units.decision,
    findings: [...units.findings, ...retirement.findings],
    isRescue: units.isRescue || retirement.isRescue,
    retiring: retirement.shares,
  };
};

/** The shares of the units among themselves, and what removed units keep besides, where that was decided with them. */
type UnitShares = Omit<GuardedShares, 'retiring'> & { readonly retirement?: Retirement };

const guardUnitShares = (context: PolicyContext, desired: DesiredFleet, pause: Pause): UnitShares => {
  const { fleet, nowSeconds, memory } = context;
  const subject = `${fleet.name} shares`;
  const all = ({ decision, findings }: GuardedField): UnitShares => ({
    decision: fleet.units.map(() => decision),
    findings,
    isRescue: false,
  });
  if (fleet.router === undefined) return all(left('the fleet has no router'));
  const weights = fresh(context.routerWeights, nowSeconds);
  if (weights === undefined) {
    return all(held('Unknown', subject, `router weights: ${whyUnknown(context.routerWeights, nowSeconds)}`));
  }
  const live = normalized(fleet.units.map(({ name }) => quantity(weights[name])));
  const impaired = fleet.units.map(({ name }) => context.impaired[name]);
  const present = fleet.units.map(({ name }, index) =>
    impaired[index] || weights[name] === undefined ? 0 : readyPods(context.units[name], nowSeconds),
  );
  const isServed = present.some((pods, index) => pods !== undefined && pods > 0 && live[index]! > 0);
  // A router that sends nothing to a unit yet has no healthy target of it before its health checks are through.
  const ready = present.map((pods, index) =>
    isServed && live[index] === 0 && pods !== undefined ? Math.max(0, pods - youngPods(context, fleet.units[index]!)) : pods,
  );
  const trials = impaired.map((impairment, index): number =>
    impairment?.cause === 'Failing' && !isCanary(fleet.units[index]!) ? TRIAL_SHARE : 0,
  );
  const whyWithout = (index: number): string =>
    impaired[index]?.message ?? (weights[fleet.units[index]!.name] === undefined ? 'the router has no backend of it' : 'no ready pod');
  const isRescue = isToBeRescued(live, ready, trials);
  const capacities = fleet.units.map((unit, index) => {
    const { throughputPerMinute } = unit.profile;
    return (ready[index] ?? 0) * Math.min(throughputPerMinute, answeredPerPod(context, unit) ?? throughputPerMinute);
  });
  const bounds = fleet.units.map(({ maximumShare }) => maximumShare);
  if (pause.up && pause.down) {
    // A pause is of scaling and tuning. Requests that nobody can answer are saved all the same; those that may fail are not moved.
    const isDead = live.map((share, index) => share > 0 && ready[index] === 0 && impaired[index]?.cause !== 'Failing');
    if (!isDead.includes(true) || !ready.some((pods) => pods !== undefined && pods > 0)) {
      return all(held('Paused', subject, 'paused up and down'));
    }
    const saved = savedShares(live, isDead, ready, capacities);
    const names = fleet.units.filter((_, index) => isDead[index]).map(({ name }) => name);
    return {
      decision: saved.map((value, index) => ({
        value,
        reason: isDead[index] ? whyWithout(index) : value === undefined ? 'paused up and down' : 'takes over from units that do not serve',
      })),
      findings: [
        { code: 'Paused', subject, message: `paused up and down: only the traffic of ${names.join(', ')}, which does not serve, is moved` },
      ],
      isRescue: true,
    };
  }
  const contested = fleet.units.find(({ name }) => {
    const weight = weights[name];
    return weight !== undefined && isContested(writtenTo(memory, 'share', name), weight, fleet, nowSeconds);
  });
  const findings: Finding[] = [];
  if (contested !== undefined) {
    const message = contestedMessage(writtenTo(memory, 'share', contested.name), weights[contested.name]);
    const { decision, findings: contest } = held('Contested', `${contested.name} share`, message);
    if (!isRescue) return all({ decision, findings: contest });
    findings.push(...contest);
    if (live.some((share, index) => share > 0 && (ready[index] ?? 1) > 0)) {
      return {
        // What the others have belongs to the other writer.
        decision: fleet.units.map((_, index) =>
          ready[index] === 0 && live[index]! > trials[index]! ? { value: trials[index]!, reason: whyWithout(index) } : decision,
        ),
        findings: [...findings, { code: 'Clamped', subject, message: 'taken only from units that do not serve' }],
        isRescue,
      };
    }
  }

  if (!ready.some((pods) => pods !== undefined && pods > 0)) {
    return all({ ...left('no unit is known to have a ready pod'), findings });
  }
  const wanted = fleet.units.map(({ name }, index) => desired.units[name]?.share?.value ?? live[index]!);
  const hasDesire = fleet.units.some(({ name }) => desired.units[name]?.share !== undefined);
  const blockedBy = blockedByOf(context, 'share');

  if (contested !== undefined || blockedBy !== undefined || !hasDesire || !context.demand.known) {
    const moved = shiftFromDead(live, ready, capacities, trials);
    // A canary takes nothing over; what it has more than it may stays until shares may move.
    const shifted =
      moved &&
      withinBounds(
        moved,
        bounds.map((bound, index) => bound && Math.max(bound, live[index]!)),
        capacities,
      );
    if (shifted === undefined) {
      if (blockedBy === undefined) return all(left('no share is desired'));
      return all(hasDesire ? held('Unknown', subject, `no shift: ${blockedBy}`) : left(`no shift: ${blockedBy}`));
    }
    return {
      decision: fleet.units.map((_, index) => ({
        value: shifted[index]!,
        reason: ready[index] === 0 ? whyWithout(index) : 'takes over from units that do not serve',
      })),
      findings: [...findings, { code: 'Clamped', subject, message: 'shifted only from units that do not serve' }],
      isRescue,
    };
  }

  const { presentPerMinute } = context.demand.value;
  const bounded = (rates: readonly number[]) =>
    rates.map((rate, index) =>
      presentPerMinute > 0 ? Math.min(rate, (bounds[index] ?? Number.POSITIVE_INFINITY) * presentPerMinute) : rate,
    );
  const within = bounded(ratesWithin(context, desired, capacities, ready, presentPerMinute));
  const roomPerMinute = within.reduce((sum, rate) => sum + rate, 0);
  const retirement = retire(context, { roomPerMinute, demandPerMinute: presentPerMinute });
  const demandPerMinute = presentPerMinute * (1 - retirement.keptShare);
  const most = stressed(within, bounded(capacities), demandPerMinute);
  const serving = clipShares(wanted, most, demandPerMinute);
  const tried = trials.reduce((sum, share) => sum + share, 0);
  const clipped = withinBounds(
    serving.map((share, index) => trials[index]! + share * (1 - tried)),
    bounds,
    capacities,
  );
  if (isWithinDeadband(context, desired, { live, decided: clipped, capacities: most, demandPerMinute })) {
    return { ...all(left(`within ${percent(deadbands.share)} of the traffic of what is desired`)), retirement };
  }
  const asked = normalized(wanted.map(quantity));
  const decision = fleet.units.map(({ name }, index): Reasoned<number> => {
    const value = clipped[index]!;
    const reason = desired.units[name]?.share?.reason ?? 'no share is desired';
    if (Math.abs(value - asked[index]!) < 1e-9) return { value, reason };
    const why =
      ready[index] === 0
        ? whyWithout(index)
        : value < asked[index]!
          ? 'clipped to ready capacity'
          : 'takes over what other units cannot serve';
    findings.push({
      code: 'Clamped',
      subject: `${name} share`,
      message: `${percent(asked[index]!)} desired, ${percent(value)} set: ${why}`,
    });
    return { value, reason: `${reason}; ${why}` };
  });
  return { decision, findings, isRescue, retirement };
};

/** Ready pods that the router may not have found healthy yet. */
const youngPods = ({ units, nowSeconds }: PolicyContext, { name }: Unit): number => {
  const starts = fresh(units[name]?.podStarts, nowSeconds) ?? [];
  return starts.filter(({ readySeconds }) => nowSeconds - readySeconds < podDefaults.minReadySeconds).length;
};

/** Pods of others may be as busy as this before a slow unit gets a request, and those that work off a queue. */
const BUSY_BEFORE_SLOW = 0.75;

/**
 * The rates that ready pods are to serve at most. Units that are too slow for the objective serve what they are probed with, and what
 * the others have no room for.
 */
const ratesWithin = (
  context: PolicyContext,
  desired: DesiredFleet,
  capacities: readonly number[],
  ready: readonly (number | undefined)[],
  demandPerMinute: number,
): readonly number[] => {
  const { fleet, sparedUnits } = context;
  const rateOf = (unit: Unit, index: number): number => {
    const rate = rateFor(ready[index] ?? 0, unit.profile, fleet.objective);
    return answeredPerPod(context, unit) === undefined ? rate : Math.min(rate, BUSY_BEFORE_SLOW * capacities[index]!);
  };
  if (sparedUnits.size === 0) return fleet.units.map(rateOf);
  const isSlow = ({ name }: Unit): boolean => sparedUnits.has(name) && desired.units[name]?.share?.isOverride !== true;
  const rates = fleet.units.map((unit, index) =>
    isSlow(unit)
      ? Math.min(sparedUnits.get(unit.name)!, capacities[index]!)
      : Math.max(rateOf(unit, index), BUSY_BEFORE_SLOW * capacities[index]!),
  );
  const left = Math.max(0, demandPerMinute - rates.reduce((sum, rate) => sum + rate, 0));
  const room = fleet.units.map((unit, index) => (isSlow(unit) ? Math.max(0, UTILIZATION_CEILING * capacities[index]! - rates[index]!) : 0));
  const part = Math.min(
    1,
    left /
      Math.max(
        room.reduce((sum, rate) => sum + rate, 0),
        Number.MIN_VALUE,
      ),
  );
  return rates.map((rate, index) => rate + part * room[index]!);
};

/**
 * Rates between what ready pods serve within the objective and all they can serve, as far from the first as the demand asks for: where
 * the objective cannot be held, every unit misses it by its part.
 */
const stressed = (held: readonly number[], most: readonly number[], demandPerMinute: number): readonly number[] => {
  const sum = (rates: readonly number[]) => rates.reduce((total, rate) => total + rate, 0);
  const missing = demandPerMinute - sum(held);
  if (missing <= 0) return held;
  const stress = Math.min(1, missing / Math.max(sum(most) - sum(held), Number.MIN_VALUE));
  return held.map((rate, index) => rate + stress * (most[index]! - rate));
};

/**
 * Wanted shares clipped to ready capacity, summing to 1.
 *
 * Nothing for a unit without capacity; none more than its capacity while another has room: the excess goes to the other
 * wanted units in proportion to what they were to have, then to unwanted ones in proportion to capacity. Where all
 * together have too little, in proportion to capacity, so that all are equally overloaded.
 *
 * @param wanted parts of the traffic; anything that is not a positive number counts as zero
 * @param capacities requests per minute that ready pods shall serve at most; at least one above zero
 * @param demandPerMinute requests per minute
 */
export const clipShares = (wanted: readonly number[], capacities: readonly number[], demandPerMinute: number): readonly number[] => {
  const total = capacities.reduce((sum, capacity) => sum + capacity, 0);
  const wants = wanted.map((share, index) => (capacities[index]! > 0 ? quantity(share) : 0));
  const isWanted = wants.some((share) => share > 0);
  if (demandPerMinute <= 0 && isWanted) return normalized(scaled(wants));
  if (total <= demandPerMinute || !isWanted) return normalized(capacities);

  const shares = capacities.map(() => 0);
  let open = capacities.map((_, index) => index).filter((index) => capacities[index]! > 0);
  let left = 1;
  for (;;) {
    const wantedOpen = open.filter((index) => wants[index]! > 0);
    const takers = wantedOpen.length > 0 ? wantedOpen : open;
    const weights = scaled(takers.map((index) => (wantedOpen.length > 0 ? wants[index]! : capacities[index]!)));
    const sum = weights.reduce((a, b) => a + b, 0);
    const full: number[] = [];
    for (const [position, index] of takers.entries()) {
      shares[index] = (left * weights[position]!) / sum;
      if (shares[index]! > capacities[index]! / demandPerMinute) full.push(index);
    }
    const rest = open.filter((index) => !full.includes(index));
    if (full.length === 0 || rest.length === 0) return normalized(shares);
    for (const index of full) {
      shares[index] = capacities[index]! / demandPerMinute;
      left -= shares[index]!;
    }
    left = Math.max(0, left);
    open = rest;
  }
};

const quantity = (value: number | undefined): number => (value !== undefined && Number.isFinite(value) && value > 0 ? value : 0);

/** Divides by the largest value, so that sums of very large wishes stay finite. */
const scaled = (values: readonly number[]): readonly number[] => {
  const largest = Math.max(...values);
  return largest > 0 ? values.map((value) => value / largest) : values;
};

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
