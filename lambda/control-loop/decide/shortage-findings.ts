import type { Finding, Shortage } from '../model/decision';
import type { CircuitState } from './circuits';
import type { PolicyContext } from './policies/policy';
import { quotaOf } from './quotas';

/** What is remembered of the fleet's pools, one finding each. */
export const shortageFindings = ({ fleet, shortages, circuits, nowSeconds }: PolicyContext): readonly Finding[] =>
  shortages.map((shortage): Finding => {
    const pool = fleet.pools.find(({ name }) => name === shortage.pool);
    const circuit = circuitText(shortage, circuits[shortage.pool] ?? 'Closed', nowSeconds);
    const ago = `last ${Math.round(nowSeconds - shortage.lastFailureSeconds)} s ago`;
    if (!shortage.isQuota) {
      const message = `${shortage.failures} refused in a row${refusedText(shortage)}, ${ago}; ${circuit}`;
      return { code: 'Shortage', subject: shortage.pool, message };
    }
    const quota = (pool && quotaOf(pool)) ?? `vCPUs of ${pool?.capacityType} instances`;
    const others = fleet.pools.filter((other) => other.name !== shortage.pool && quotaOf(other) === quota).map(({ name }) => name);
    const covered = others.length > 0 ? `it covers ${others.join(', ')} too; ` : '';
    return {
      code: 'Shortage',
      subject: shortage.pool,
      message:
        `quota "${quota}" of the AWS account is used up, ${shortage.failures} refused in a row, ${ago}; ${covered}${circuit}; ` +
        'request an increase in the Service Quotas console (Amazon EC2), or lower maximumDevices to what the quota allows',
    };
  });

const refusedText = ({ zone, instanceType }: Shortage): string => {
  const what = instanceType === undefined ? '' : ` of ${instanceType}`;
  return zone === 'unknown' ? what : `${what} in zone ${zone}`;
};

const circuitText = ({ nextProbeSeconds }: Shortage, state: CircuitState, nowSeconds: number): string =>
  ({
    Closed: 'circuit breaker closed: the pool has other zones or instance types',
    Open: `circuit breaker open, half-open in ${Math.max(0, Math.round(nextProbeSeconds - nowSeconds))} s`,
    HalfOpen: 'circuit breaker half-open',
    Stale: 'circuit breaker half-open, nobody asks for the pool',
  })[state];
