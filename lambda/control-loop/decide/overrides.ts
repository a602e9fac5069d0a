import type { DesiredRecord, Finding, Strategy } from '../model/decision';
import { type FieldKind, formatField } from '../model/field';
import type { Fleet } from '../model/fleet';
import { type FleetOverrides, type Override, overrideProblem } from '../model/overrides';
import type { DesiredFleet, DesiredUnit, DesiredValue } from './policies/policy';

/** The overrides of a fleet that hold now. */
export interface LiveOverrides {
  /** By field. */
  readonly byField: ReadonlyMap<string, Override>;
  /** What is wrong with the others; those that have ended are passed over. */
  readonly findings: readonly Finding[];
}

/** Problems of one annotation that are reported: the first ones explain the others. */
const MAX_PROBLEMS = 20;

/** The overrides that hold: not ended, of a field that the fleet has, the last one of each field. */
export const liveOverrides = (fleet: Fleet, { entries, problems }: FleetOverrides, nowSeconds: number): LiveOverrides => {
  const wrong: string[] = [...problems];
  const byField = new Map<string, Override>();
  for (const entry of entries) {
    if (!(entry.untilSeconds > nowSeconds)) continue;
    const problem = overrideProblem(fleet, entry.field, entry.value);
    if (problem !== undefined) {
      wrong.push(`${entry.field} of ${entry.owner}: given ${problem.given}, expected ${problem.expected}`);
      continue;
    }
    const before = byField.get(entry.field);
    if (before !== undefined) wrong.push(`${entry.field} of ${before.owner}: a later one of ${entry.owner} takes its place`);
    byField.set(entry.field, entry);
  }
  const findings = wrong
    .slice(0, MAX_PROBLEMS)
    .map((message): Finding => ({ code: 'Rejected', subject: 'overrides', message: `ignored: ${message}` }));
  return { byField, findings };
};

/** The mode that a person wants a fleet to be in. */
export const forcedStrategyOf = ({ byField }: LiveOverrides): DesiredValue<Strategy> | undefined => {
  const override = byField.get('strategy');
  // Its value was checked to be a mode.
  return override === undefined ? undefined : { value: override.value as Strategy, reason: reasonOf(override), isOverride: true };
};

/**
 * The wishes of a policy with those of people in place of its own. They are wishes still: the safeguard bounds them as it
 * bounds the policy's.
 *
 * The shares that nobody overrides keep their proportions and divide what is left.
 */
export const withOverrides = (fleet: Fleet, policyDesired: DesiredFleet, live: LiveOverrides): DesiredFleet => {
  if (live.byField.size === 0 && live.findings.length === 0) return policyDesired;
  const findings: Finding[] = [...policyDesired.findings, ...live.findings];
  const take = (kind: FieldKind, name: string, wanted: DesiredValue<number> | undefined): DesiredValue<number> | undefined => {
    const field = formatField({ kind, name });
    const override = live.byField.get(field);
    if (override === undefined) return wanted;
    const instead = wanted === undefined ? '' : ` in place of ${shortNumber(wanted.value)}`;
    findings.push({ code: 'Override', subject: field, message: `${override.value}${instead}: ${reasonOf(override)}` });
    return { value: Number(override.value), reason: reasonOf(override), isOverride: true };
  };
  const units: Record<string, DesiredUnit> = { ...policyDesired.units };
  for (const { name } of fleet.units) {
    const own = policyDesired.units[name];
    const floor = take('floor', name, own?.floor);
    const target = take('target', name, own?.targetThroughputPerMinute);
    const share = take('share', name, own?.share);
    units[name] = { ...(floor && { floor }), ...(target && { targetThroughputPerMinute: target }), ...(share && { share }) };
  }
  const limits: Record<string, DesiredValue<number>> = { ...policyDesired.limits };
  const weights: Record<string, DesiredValue<number>> = { ...policyDesired.weights };
  for (const { name } of fleet.pools) {
    const limit = take('limit', name, policyDesired.limits?.[name]);
    if (limit !== undefined) limits[name] = limit;
    const weight = take('weight', name, policyDesired.weights?.[name]);
    if (weight !== undefined) weights[name] = weight;
  }
  const strategy = live.byField.get('strategy');
  if (strategy !== undefined) {
    findings.push(
      policyDesired.strategy === strategy.value
        ? { code: 'Override', subject: 'strategy', message: `${strategy.value}: ${reasonOf(strategy)}` }
        : {
            code: 'Rejected',
            subject: 'strategy',
            message: `${strategy.value} wanted, the policy ${fleet.policy.name} stays ${policyDesired.strategy}`,
          },
    );
  }
  return {
    ...policyDesired,
    units: shareOut(units),
    ...(policyDesired.limits === undefined && Object.keys(limits).length === 0 ? {} : { limits }),
    ...(Object.keys(weights).length === 0 ? {} : { weights }),
    findings,
  };
};

const reasonOf = ({ owner, reason, until }: Override): string => `override of ${owner} until ${until}: ${reason}`;

const shortNumber = (value: number): string => String(Number.isFinite(value) ? Number(value.toPrecision(5)) : value);

/** Scales the shares that nobody overrides to what the others leave of the whole. */
const shareOut = (units: Readonly<Record<string, DesiredUnit>>): Readonly<Record<string, DesiredUnit>> => {
  const entries = Object.entries(units);
  if (!entries.some(([, { share }]) => share?.isOverride)) return units;
  let taken = 0;
  let others = 0;
  for (const [, { share }] of entries) {
    if (share === undefined || !(share.value > 0 && Number.isFinite(share.value))) continue;
    if (share.isOverride) taken += share.value;
    else others += share.value;
  }
  if (!(others > 0 && Number.isFinite(others))) return units;
  const left = Math.max(0, 1 - taken);
  return Object.fromEntries(
    entries.map(([name, unit]) => [
      name,
      unit.share === undefined || unit.share.isOverride
        ? unit
        : { ...unit, share: { value: (unit.share.value / others) * left, reason: `${unit.share.reason}; of what overrides leave` } },
    ]),
  );
};

/** What the guardrails started from, without what is not a number. */
export const desiredRecord = (fleet: Fleet, desired: DesiredFleet): DesiredRecord => {
  const units: Record<string, DesiredUnit> = {};
  for (const { name } of fleet.units) {
    const { floor, targetThroughputPerMinute, share } = desired.units[name] ?? {};
    units[name] = {
      ...(isNumber(floor) && { floor }),
      ...(isNumber(targetThroughputPerMinute) && { targetThroughputPerMinute }),
      ...(isNumber(share) && { share }),
    };
  }
  const limits: Record<string, DesiredValue<number>> = {};
  const weights: Record<string, DesiredValue<number>> = {};
  for (const { name } of fleet.pools) {
    const limit = desired.limits?.[name];
    if (isNumber(limit)) limits[name] = limit;
    const weight = desired.weights?.[name];
    if (isNumber(weight)) weights[name] = weight;
  }
  return { units, poolOrder: desired.poolOrder ?? [], limits, weights };
};

const isNumber = (proposal: DesiredValue<number> | undefined): proposal is DesiredValue<number> =>
  proposal !== undefined && Number.isFinite(proposal.value);
