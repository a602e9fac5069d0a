import type { Finding, Reasoned } from '../../model/decision';
import type { Pause } from '../../model/pause';
import { fresh, readyPods } from '../../model/signals';
import type { PolicyContext } from '../policies/policy';
import type { Guarded } from './guarded';

/**
 * What the router sends requests to beside the units, and units that it does not know.
 *
 * A backend that a removed unit left behind is drained. Any other is someone else's, a canary for example, and is only reported with its
 * part of the traffic.
 */
export const guardStrangers = (context: PolicyContext, pause: Pause): Guarded<Readonly<Record<string, Reasoned<number>>>> => {
  const { fleet, memory, nowSeconds, units } = context;
  const weights = fleet.router === undefined ? undefined : fresh(context.routerWeights, nowSeconds);
  if (weights === undefined) return { decision: {}, findings: [] };
  const findings: Finding[] = fleet.units
    .filter(({ name, backend }) => backend !== undefined && weights[name] === undefined)
    .map(({ name }) => ({ code: 'Router', subject: name, message: 'the router has no backend of it, so that it gets no traffic' }));
  const names = new Set(fleet.units.map(({ name }) => name));
  const total = Object.values(weights).reduce((sum, weight) => sum + weight, 0);
  const isServed = fleet.units.some(({ name }) => (weights[name] ?? 0) > 0 && (readyPods(units[name], nowSeconds) ?? 0) > 0);
  const leftovers: Record<string, Reasoned<number>> = {};
  for (const [backend, weight] of Object.entries(weights).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (names.has(backend) || weight <= 0) continue;
    const part = `${((100 * weight) / total).toFixed(1)} % of the traffic`;
    const isLeftover = memory.backends?.includes(backend) === true;
    const drains = isLeftover && isServed && !(pause.up && pause.down);
    const outcome = drains ? 'and is drained' : isLeftover ? 'and keeps it for now' : 'and is left alone';
    const owner = isLeftover ? 'a unit that was removed left it behind; it' : 'it is of no unit of the fleet and';
    findings.push({ code: 'Router', subject: backend, message: `${owner} gets ${part} ${outcome}` });
    if (drains) leftovers[backend] = { value: 0, reason: 'left behind by a unit that was removed' };
  }
  return { decision: leftovers, findings };
};
