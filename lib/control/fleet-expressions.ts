import type { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { ITrafficRouter } from '../serving/traffic-router';

const { SAMPLE_COUNT, SUM } = cloudwatch.Stats;

/** A formula over metrics. */
type Expression = Pick<cloudwatch.MathExpressionProps, 'expression' | 'usingMetrics'>;

/** Responses with a status of 500 to 599: those of units, and those of the router itself. */
export function failures(router: ITrafficRouter, period: Duration): { [id: string]: cloudwatch.IMetric } {
  return {
    failed: router.metricErrors({ statistic: SUM, period }),
    refused: router.metricRefusedRequests({ statistic: SUM, period }),
  };
}

/**
 * Lower bound of the share of requests that were answered without error within a latency: a response both slow and failed counts twice.
 *
 * Percentile rank is the percentage of values up to a bound, the bound included (CloudWatch user guide, "Statistics definitions").
 */
export function attainment(router: ITrafficRouter, latencySeconds: number, period: Duration): Expression {
  // A missing count means zero. In a minute without requests the division by zero drops the value.
  const within = new cloudwatch.MathExpression({
    expression: '(FILL(rank, 0) / 100 * FILL(answered, 0) - FILL(failed, 0)) / (FILL(answered, 0) + FILL(refused, 0))',
    usingMetrics: {
      rank: router.metricLatency({ statistic: cloudwatch.Stats.percentileRank(latencySeconds), period }),
      answered: router.metricLatency({ statistic: SAMPLE_COUNT, period }),
      ...failures(router, period),
    },
    period,
  });
  return { expression: 'IF(within > 0, within, 0)', usingMetrics: { within } };
}

/** Running devices of a pool, and the price of one device for an hour. */
export interface PoolCost {
  readonly devices: cloudwatch.IMetric;
  readonly price: cloudwatch.IMetric;
}

/** Sum over pools of devices times price. */
export function costRate(pools: readonly PoolCost[], period: Duration): Expression {
  const costs = pools.map(({ devices, price }, index): Expression => {
    const [devicesId, priceId] = [`devices${index}`, `price${index}`];
    return {
      // Prices change slowly, so the last one replaces a missing one. The condition keeps missing devices missing instead of zero.
      expression: `IF(${devicesId} >= 0, ${devicesId} * FILL(${priceId}, REPEAT))`,
      usingMetrics: { [devicesId]: devices, [priceId]: price },
    };
  });
  const [only, ...others] = costs;
  if (only && others.length === 0) return only;
  return {
    expression: `SUM([${costs.map((_, index) => `cost${index}`).join(', ')}])`,
    usingMetrics: Object.fromEntries(costs.map((cost, index) => [`cost${index}`, new cloudwatch.MathExpression({ ...cost, period })])),
  };
}
