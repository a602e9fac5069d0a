import type { Finding } from '../../model/decision';
import { fresh } from '../../model/signals';
import type { PolicyContext } from '../policies/policy';

/**
 * Findings on units that the router does not know, and on what it sends requests to that is of no unit: someone else's, a canary for
 * example, which is left alone. Backends of removed units are not among them: see `retire`.
 */
export const strangerFindings = ({ fleet, memory, nowSeconds, routerWeights }: PolicyContext): readonly Finding[] => {
  const weights = fleet.router === undefined ? undefined : fresh(routerWeights, nowSeconds);
  if (weights === undefined) return [];
  const missing = fleet.units
    .filter(({ name, backend }) => backend !== undefined && weights[name] === undefined)
    .map(
      ({ name }): Finding => ({ code: 'Router', subject: name, message: 'the router has no backend of it, so that it gets no traffic' }),
    );
  const known = new Set([...fleet.units.map(({ name }) => name), ...(memory.backends ?? [])]);
  const total = Object.values(weights).reduce((sum, weight) => sum + weight, 0);
  const strangers = Object.entries(weights)
    .filter(([backend, weight]) => weight > 0 && !known.has(backend))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([subject, weight]): Finding => {
      const part = `${((100 * weight) / total).toFixed(1)} % of the traffic`;
      return { code: 'Router', subject, message: `it is of no unit of the fleet and gets ${part} and is left alone` };
    });
  return [...missing, ...strangers];
};
