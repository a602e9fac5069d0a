import { policies as facts } from '../contract/policies';
import type { Decision, Finding, FleetDecision, FleetMemory } from '../model/decision';
import { type Fleet, fleetKey } from '../model/fleet';
import { groupBy } from '../model/group-by';
import { type FleetObservation, fleetObservation, type Observation } from '../model/observation';
import type { FleetOverrides } from '../model/overrides';
import { type Pause, pauseAt } from '../model/pause';
import { withoutRemade } from '../model/remade';
import { fresh } from '../model/signals';
import { isCanary } from './canaries';
import { isBlocked } from './circuits';
import { estimateDemand } from './demand';
import { followingFindings, rememberUnfollowed, unfollowedUnits } from './following';
import { nextGiveUp } from './guardrails/hold-down';
import { guardPools } from './guardrails/pools';
import { strangerFindings } from './guardrails/strangers';
import { guardUnits } from './guardrails/units';
import { impairedUnits, impairmentFindings } from './impairment';
import { initialMemory } from './memory';
import { devicesInUse } from './moves';
import { desiredRecord, forcedStrategyOf, liveOverrides, withOverrides } from './overrides';
import { deletionCosts, poolsByPrice } from './placement';
import { policies as builtInPolicies, type Policies } from './policies';
import type { DesiredFleet, Policy, PolicyContext } from './policies/policy';
import { knowPools, type PoolKnowledge } from './pool-knowledge';
import { effectiveFleet, learnProfiles, slowUnits, sparedUnits } from './profiles/learned-fleet';
import { slownessFindings } from './profiles/slow';
import { returnPods } from './returns';
import { scalerFindings, withinScalers } from './scalers';
import { dividePools } from './shared-pools';
import { waitingFindings } from './waiting';

/** A fleet and what the loop brings to a decision on it, beside what it observes. */
export interface FleetInput {
  readonly fleet: Fleet;
  /** Left out for a new fleet, which starts from `initialMemory`. */
  readonly memory?: FleetMemory;
  /** Directions in which the loop may not scale. */
  readonly pause: Pause;
  /** What people want in place of the policy. */
  readonly overrides: FleetOverrides;
}

/** What every fleet and pool should look like, at the time of the observation. */
export type Decide = (inputs: readonly FleetInput[], observation: Observation) => Decision;

/**
 * A `decide` with these policies: each fleet's policy proposes, the guardrails decide.
 *
 * Pure: the same inputs give the same bytes, whatever the order of keys in the observation. The memory of what was written is passed on
 * as it is: whoever writes keeps it.
 */
export const decideWith =
  (policies: Policies): Decide =>
  (inputs, observation) => {
    const nowSeconds = observation.atSeconds;
    const fleets = inputs.map(({ fleet }) => fleet);
    const memories = inputs.map(({ fleet, memory }) => memory ?? initialMemory(fleet, nowSeconds));
    const known = knowPools(fleets, memories, observation);

    const alone = inputs.map(({ fleet, pause, overrides }, index) => {
      const live = liveOverrides(fleet, overrides, nowSeconds);
      const forcedStrategy = forcedStrategyOf(live);
      const seen = fleetObservation(fleet, observation);
      const unforced = contextOf(fleet, seen, withoutRemade(memories[index]!, fleet, seen), known);
      const context = forcedStrategy === undefined ? unforced : { ...unforced, forcedStrategy };
      // The strategy that a person forces is one of the policy's own: others were refused with the override.
      const policy = policies[fleet.policy.name] as Policy;
      const desire = (within: PolicyContext): DesiredFleet => withOverrides(fleet, policy(within), live);
      return { fleet, context, memory: context.memory, desire, desired: desire(context), pause: pauseAt(pause, nowSeconds) };
    });
    // Where fleets together desire more of a pool than there is, each desires again, within its part.
    const promised = dividePools(alone, observation.pools, nowSeconds);
    const requests = alone.map((request) => {
      const own = promised.get(fleetKey(request.fleet));
      if (own === undefined) return request;
      const context = { ...request.context, promisedDevices: own.devices };
      const desired = request.desire(context);
      return { ...request, context, desired: { ...desired, findings: [...desired.findings, ...own.findings] } };
    });
    const usedDevices = devicesInUse(fleets, observation);
    const moved = requests.map((request) => {
      const placement = { order: poolsByPrice(request.context), usedDevices };
      // A move raises floors and lowers them again: while either is paused there is none.
      const isPaused = request.pause.up || request.pause.down;
      return { ...request, placement, returns: {}, ...(!isPaused && returnPods(request.context, request.desired, placement)) };
    });
    const guardedPools = guardPools(moved, observation.pools, (pool) => known.circuits[pool] ?? 'Closed', nowSeconds);
    const poolFindings = groupBy(guardedPools.findings, ({ fleet }) => fleet);
    return {
      fleets: moved.map(({ fleet: stated, context, desired, placement, returns, pause }): FleetDecision => {
        const key = fleetKey(context.fleet);
        const guarded = guardUnits(context, desired, pause);
        return {
          fleet: key,
          strategy: desired.strategy,
          strategyReason: desired.strategyReason,
          units: guarded.decision,
          ...(guarded.isRescue && { isRescue: true }),
          retiring: guarded.retiring,
          deletionCosts: deletionCosts(context.fleet, placement),
          findings: [
            ...strategyFindings(context, desired),
            ...impairmentFindings(context.impaired),
            ...waitingFindings(context),
            ...scalerFindings(stated, context),
            ...followingFindings(context.unfollowed),
            ...notReadyFindings(context),
            ...malformedFindings(context.fleet, observation),
            ...unknownFieldFindings(context.fleet),
            ...clockFindings(context.fleet, observation),
            ...slownessFindings(context),
            ...desired.findings,
            ...guarded.findings,
            ...strangerFindings(context),
            ...(poolFindings.get(key) ?? []).map(({ finding }) => finding),
          ],
          desired: desiredRecord(context.fleet, desired),
          memory: { ...nextMemory(context, desired, guarded.givesUp), ...(Object.keys(returns).length > 0 && { returns }) },
        };
      }),
      pools: guardedPools.decision,
    };
  };

/** The loop's own `decide`. */
export const decide: Decide = decideWith(builtInPolicies);

const contextOf = (
  stated: Fleet,
  seen: FleetObservation,
  memory: FleetMemory,
  { shortages: shortagesOf, circuits, probeDevices }: PoolKnowledge,
): PolicyContext => {
  const { nowSeconds } = seen;
  const profiles = learnProfiles(stated, memory.profiles, seen.units);
  const usesLearned = stated.learning.enabled && facts[stated.policy.name].usesLearnedProfiles;
  const slow = new Set(usesLearned ? slowUnits(profiles) : []);
  const profiled = usesLearned ? effectiveFleet(stated, profiles) : stated;
  const remembered = rememberUnfollowed(profiled, memory, seen);
  const unfollowed = unfollowedUnits(profiled, remembered, seen);
  const fleet = withinScalers(profiled, seen, unfollowed);
  const shortages = fleet.pools.flatMap(({ name }) => shortagesOf.get(name) ?? []);
  // The mirror of the rule that leaves cost-optimized mode: a unit with one pool to go to is not short.
  const isClear = fleet.units.every((unit) => isCanary(unit) || unit.pools.some((name) => !isBlocked(circuits[name] ?? 'Closed')));
  return {
    ...seen,
    fleet,
    profiles,
    slowUnits: slow,
    sparedUnits: sparedUnits(fleet, slow, profiles, nowSeconds),
    memory: { ...memory, unfollowed: remembered },
    unfollowed,
    shortages,
    circuits,
    probeDevices,
    ...(isClear && { clearSinceSeconds: memory.clearSinceSeconds ?? nowSeconds }),
    demand: estimateDemand(fleet, seen),
    impaired: impairedUnits(fleet, seen),
  };
};

const clockFindings = ({ name }: Fleet, { clockOffsetSeconds: offset }: Observation): readonly Finding[] => {
  if (offset === undefined) return [];
  const message = `the clock of Kubernetes is ${Math.round(Math.abs(offset))} s ${offset > 0 ? 'ahead of' : 'behind'} the loop's; its times are corrected by that`;
  return [{ code: 'Clock', subject: name, message }];
};

/** Objects that could not be read, of the fleet's namespace and pools, or of nobody's. */
const malformedFindings = (fleet: Fleet, { malformed = [] }: Observation): readonly Finding[] =>
  malformed
    .filter(({ namespace = fleet.namespace }) => namespace === fleet.namespace)
    .filter(({ pool }) => pool === undefined || fleet.pools.some(({ name }) => name === pool))
    .map(({ object, reason }) => ({ code: 'Malformed', subject: object, message: reason }));

const unknownFieldFindings = ({ name, unknownFields = [] }: Fleet): readonly Finding[] =>
  unknownFields.length === 0
    ? []
    : [{ code: 'Spec', subject: name, message: `${unknownFields.join(', ')}: not known to this version of the loop, and without effect` }];

const notReadyFindings = ({ fleet, pools, nowSeconds }: PolicyContext): readonly Finding[] =>
  fleet.pools.flatMap(({ name }) => {
    const reason = fresh(pools[name]?.notReady, nowSeconds);
    return reason === undefined ? [] : [{ code: 'NodePool', subject: name, message: `Karpenter launches nothing for it: ${reason}` }];
  });

const strategyFindings = ({ fleet, memory }: PolicyContext, desired: DesiredFleet): readonly Finding[] =>
  memory.strategy === desired.strategy
    ? []
    : [{ code: 'Strategy', subject: fleet.name, message: `${memory.strategy} to ${desired.strategy}: ${desired.strategyReason}` }];

const nextMemory = (
  { memory, nowSeconds, shortages, profiles, clearSinceSeconds }: PolicyContext,
  desired: DesiredFleet,
  givesUp: boolean,
): FleetMemory => {
  const switched = memory.strategy !== desired.strategy;
  return {
    strategy: desired.strategy,
    strategySinceSeconds: switched ? nowSeconds : memory.strategySinceSeconds,
    ...(clearSinceSeconds !== undefined && { clearSinceSeconds }),
    switches: memory.switches + (switched ? 1 : 0),
    shortages,
    profiles,
    written: memory.written,
    ...((givesUp || memory.nextGiveUpSeconds !== undefined) && { nextGiveUpSeconds: nextGiveUp(memory, givesUp, nowSeconds) }),
    ...(Object.keys(memory.unfollowed ?? {}).length > 0 && { unfollowed: memory.unfollowed! }),
    ...(memory.backends !== undefined && { backends: memory.backends }),
    ...(memory.objects !== undefined && { objects: memory.objects }),
    ...(memory.adopted !== undefined && { adopted: memory.adopted }),
    ...(memory.taking !== undefined && { taking: memory.taking }),
  };
};
