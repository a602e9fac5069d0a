import { CREATOR_TAG, FLEET_TAG } from '../control-loop/contract/names';
import { groupsWithTraffic, mayHaveLostWeight, placedWeight, withGroup, withInitialWeight } from './placement';
import type { Tags, World } from './ports';
import type { Request, RuleRequest, TargetRequest } from './request';
import { type RetirementStep, retirementStep, withoutGroup } from './retirement';
import { retiringOf, retiringTagKey, retiringTagValue } from './retiring';

/** What the provider framework takes as the answer to a request. */
export interface Started {
  readonly PhysicalResourceId: string;
}

/** What it takes as the answer to its question whether the request is done. */
export interface Progress {
  readonly IsComplete: boolean;
}

/**
 * Begins a request, and names its resource.
 *
 * The resource of a target group is named by that, so that another rule is an update and another target group a new resource. Nothing is
 * written yet: CloudFormation deletes only what it knows by a name.
 */
export const begin = async (request: Request, world: World): Promise<Started> => {
  if (request.kind === 'target') {
    return { PhysicalResourceId: request.type === 'Delete' ? (request.physicalId ?? '') : request.properties.targetGroupArn };
  }
  return {
    PhysicalResourceId: await (request.type === 'Delete' ? deleteRule(request, world) : allowed(() => ensureRule(request, world), world)),
  };
};

/**
 * Goes on with a request until it is done.
 *
 * Only a look that finds everything in order and has nothing to write completes it. Looks are `pollSeconds` apart, longer than any write that
 * began before the last one can take, so none of them is still to come.
 */
export const proceed = async (request: Request, world: World): Promise<Progress> => {
  if (request.kind === 'rule') return { IsComplete: true };
  try {
    return { IsComplete: await (request.type === 'Delete' ? retire(request, world) : ensureTarget(request, world)) };
  } catch (error) {
    const age = world.nowSeconds() - (request.startedAtSeconds ?? 0);
    if (!isDenied(error) || age >= PERMISSION_SECONDS) throw error;
    world.log({ message: 'not allowed yet', unit: request.properties.unit, error: error.message });
    return { IsComplete: false };
  }
};

/** How long a permission that was just given may be unknown to IAM, which is eventually consistent, in seconds. */
const PERMISSION_SECONDS = 120;

/** Tries of one call, and the time between them: together less than the function may run. */
const TRIES = 5;
const TRY_SECONDS = 8;

const isDenied = (error: unknown): error is Error => error instanceof Error && /^AccessDenied/.test(error.name);

/** Waits until a permission that was just given is in force. */
const allowed = async <T>(act: () => Promise<T>, { sleep, log }: World): Promise<T> => {
  for (let tries = 1; ; tries += 1) {
    try {
      return await act();
    } catch (error) {
      if (!isDenied(error) || tries === TRIES) throw error;
      log({ message: 'not allowed yet', error: error.message });
      await sleep(TRY_SECONDS);
    }
  }
};

/** Creates the rule unless this resource has created it before: a request may come twice. */
const ensureRule = async (request: RuleRequest, { rules, log }: World): Promise<string> => {
  const { listenerArn, priority, tags } = request.properties;
  const creator = { [CREATOR_TAG]: request.resource };
  const present = (await rules.readRulesOfListener(listenerArn)).find((rule) => rule.priority === priority);
  if (present === undefined) {
    const arn = await rules.createRule({ listenerArn, priority, tags: { ...tags, ...creator } });
    log({ message: 'created the listener rule', rule: arn });
    return arn;
  }
  const live = await rules.readTags(present.arn);
  if (live[CREATOR_TAG] !== request.resource) {
    throw new Error(
      `listener ${listenerArn}: given another rule with priority ${priority} (${present.arn}), expected that priority to be free; give that rule another priority`,
    );
  }
  refuseOtherFleet(present.arn, live, tags);
  await rules.addTags(present.arn, tags);
  return present.arn;
};

/**
 * A fleet cannot change its name or namespace behind its router: its new pods would be bound to target groups that the old ones are bound
 * to, which the load balancer controller refuses. This says so before that happens. A rollback names the fleet that the rule still has.
 */
const refuseOtherFleet = (ruleArn: string, { [FLEET_TAG]: live }: Tags, { [FLEET_TAG]: wanted }: Tags): void => {
  if (live === undefined || wanted === undefined || live === wanted) return;
  throw new Error(
    `listener rule ${ruleArn}: given fleet ${wanted}, expected ${live}, which it serves; a fleet with a router keeps its name and namespace, so deploy one with the new name beside it, as a construct with another id and a router of its own, send your clients there, and then remove ${live}`,
  );
};

const deleteRule = async ({ physicalId = '' }: RuleRequest, { rules, log }: World): Promise<string> => {
  try {
    await rules.deleteRule(physicalId);
  } catch (error) {
    // The function may write rules of the present listener only; those of a former one go with it.
    if (!isDenied(error)) throw error;
    log({ message: 'left the rule to the deletion of its listener', rule: physicalId, error: error.message });
  }
  return physicalId;
};

const ensureTarget = async ({ type, properties }: TargetRequest, { rules, log }: World): Promise<boolean> => {
  const { ruleArn, targetGroupArn, unit } = properties;
  const rule = await rules.readRule(ruleArn);
  if (rule === undefined) {
    throw new Error(`unit ${unit}: given listener rule ${ruleArn}, which does not exist, expected the rule of the router; deploy again`);
  }
  // The mark of a retirement that did not end: the unit is wanted again.
  const tags = await rules.readTags(ruleArn);
  if (retiringTagKey(targetGroupArn) in tags) await rules.removeTags(ruleArn, [retiringTagKey(targetGroupArn)]);
  const isThere = rule.groups[targetGroupArn] !== undefined;
  if (isThere && !(type === 'Create' && mayHaveLostWeight(properties, rule.groups))) return true;

  const all = await rules.readRulesOfLoadBalancer(ruleArn);
  const busy = groupsWithTraffic(all, targetGroupArn);
  const targets = Object.fromEntries(await Promise.all(busy.map(async (group) => [group, await rules.countTargets(group)] as const)));
  const view = { rules: all, targets };
  if (isThere) return !(await rules.changeGroups(ruleArn, (groups) => withInitialWeight(properties, groups, view)));
  const weight = placedWeight(properties, view);
  const wrote = await rules.changeGroups(ruleArn, (groups) => withGroup(groups, properties, weight));
  if (wrote) log({ message: 'put the target group into the rule', unit, targetGroup: targetGroupArn, weight });
  return false;
};

/** Most steps of one look: the mark, that it is drained, and what follows. */
const STEPS_OF_A_LOOK = 3;

const retire = async ({ properties }: TargetRequest, world: World): Promise<boolean> => {
  const { rules, log } = world;
  const { ruleArn, targetGroupArn, unit } = properties;
  for (let step = 0; step < STEPS_OF_A_LOOK; step += 1) {
    const next = await nextRetirementStep(properties, world);
    switch (next.kind) {
      case 'done':
        if (next.unmark) await rules.removeTags(ruleArn, [retiringTagKey(targetGroupArn)]);
        log({ message: 'the unit is retired', unit, targetGroup: targetGroupArn, reason: next.reason });
        return true;
      case 'fail':
        throw new Error(next.reason);
      case 'wait':
        log({ message: 'the unit is not retired yet', unit, targetGroup: targetGroupArn, reason: next.reason });
        return false;
      case 'leave':
        if (await rules.changeGroups(ruleArn, (groups) => withoutGroup(groups, targetGroupArn))) {
          log({ message: 'took the target group out of the rule', unit, targetGroup: targetGroupArn });
        }
        return false;
      case 'mark':
        await rules.addTags(ruleArn, { [retiringTagKey(targetGroupArn)]: retiringTagValue(next.retiring) });
    }
  }
  return false;
};

const nextRetirementStep = async (properties: TargetRequest['properties'], { rules, nowSeconds }: World): Promise<RetirementStep> => {
  const { ruleArn, targetGroupArn } = properties;
  const rule = await rules.readRule(ruleArn);
  const tags = rule === undefined ? {} : await rules.readTags(ruleArn);
  const isDraining = rule?.groups[targetGroupArn] === 0 && retiringOf(tags, targetGroupArn) !== undefined;
  const registeredTargets = isDraining ? (await rules.countTargets(targetGroupArn)).registered : undefined;
  return retirementStep(properties, { groups: rule?.groups, tags, registeredTargets, nowSeconds: nowSeconds() });
};
