import { KubernetesError } from '../../../lambda/control-loop/errors';
import type { CloudWatchPort, Ec2Port, KubernetesPort } from '../../../lambda/control-loop/ports';
import type { ListenerRulePort } from '../../../lambda/control-loop/routers/alb/listener-rule';
import type { Signals, SilentAnswer } from '../reality/signals';

/** What the loop reads, as far as it can be had: each port fails, or answers with nothing, while its signal is silent. */
export interface Silence {
  readonly signals: Signals;
  /** Virtual seconds. */
  readonly nowSeconds: () => number;
}

export const silentCloudWatch = (cloudWatch: CloudWatchPort, { signals, nowSeconds }: Silence): CloudWatchPort => ({
  getMetricData: async (input) => {
    const answer = signals.cloudWatch(nowSeconds());
    if (answer === 'empty') {
      return { results: input.queries.map(({ id }) => ({ id, statusCode: 'Complete', timestampsSeconds: [], values: [] })) };
    }
    if (answer !== undefined) throw awsError(answer, 'InternalServiceFault', 'Throttling', 'GetMetricData');
    const page = await cloudWatch.getMetricData(input);
    const results = page.results.map((result) => {
      const metric = input.queries.find(({ id }) => id === result.id)!.metricName;
      const silent = signals.metric(metric, nowSeconds());
      if (silent === undefined) return result;
      return {
        ...result,
        statusCode: silent === 'empty' ? ('Complete' as const) : ('InternalError' as const),
        timestampsSeconds: [],
        values: [],
      };
    });
    return { ...page, results };
  },
});

export const silentEc2 = (ec2: Ec2Port, { signals, nowSeconds }: Silence): Ec2Port => ({
  describeSpotPriceHistory: async (input) => {
    const answer = signals.spotPrices(nowSeconds());
    if (answer === undefined) return ec2.describeSpotPriceHistory(input);
    if (answer === 'empty') return { prices: [] };
    throw awsError(answer, 'InternalError', 'RequestLimitExceeded', 'DescribeSpotPriceHistory');
  },
  describeInstanceTypeOfferings: (input) => ec2.describeInstanceTypeOfferings(input),
  describeCapacityReservations: (input) => ec2.describeCapacityReservations(input),
});

export const silentRule = (rule: ListenerRulePort, { signals, nowSeconds }: Silence): ListenerRulePort => ({
  describeRule: async (listenerRuleArn) => {
    const answer = signals.router(nowSeconds());
    if (answer === undefined) return rule.describeRule(listenerRuleArn);
    if (answer === 'empty') return {};
    throw awsError(answer, 'InternalFailure', 'Throttling', 'DescribeRules');
  },
  describeTags: async (listenerRuleArn) => {
    const answer = signals.router(nowSeconds());
    if (answer === undefined) return rule.describeTags(listenerRuleArn);
    if (answer === 'empty') return {};
    throw awsError(answer, 'InternalFailure', 'Throttling', 'DescribeTags');
  },
  modifyRule: (listenerRuleArn, weights) => rule.modifyRule(listenerRuleArn, weights),
});

export const silentKubernetes = (kubernetes: KubernetesPort, { signals, nowSeconds }: Silence): KubernetesPort => ({
  list: async (resource, options) => {
    const answer = signals.kubernetes(resource.kind, nowSeconds());
    if (answer === undefined) return kubernetes.list(resource, options);
    if (answer === 'empty') return { items: [] };
    throw kubernetesError(answer, resource.plural);
  },
  get: async (resource, name, namespace) => {
    const answer = signals.kubernetes(resource.kind, nowSeconds());
    if (answer === undefined) return kubernetes.get(resource, name, namespace);
    throw answer === 'empty'
      ? new KubernetesError(`${resource.plural} "${name}" not found`, 404)
      : kubernetesError(answer, resource.plural);
  },
  apply: (...given) => kubernetes.apply(...given),
  jsonPatch: (resource, name, namespace, operations) => kubernetes.jsonPatch(resource, name, namespace, operations),
  replaceStatus: (resource, object) => kubernetes.replaceStatus(resource, object),
  create: (resource, object) => kubernetes.create(resource, object),
});

const kubernetesError = (answer: SilentAnswer, plural: string): KubernetesError =>
  answer === 'throttled'
    ? new KubernetesError(`the server has received too many requests for ${plural} and has asked us to try again later`, 429)
    : new KubernetesError(`Internal error occurred: ${plural} cannot be read`, 500);

const awsError = (answer: SilentAnswer, failure: string, throttling: string, call: string): Error =>
  answer === 'throttled'
    ? Object.assign(new Error(`${call}: Rate exceeded`), { name: throttling })
    : Object.assign(new Error(`${call} was answered with 500 ${failure}`), { name: failure });
