import { RouterNotFoundError } from '../../lambda/control-loop/errors';
import type { CloudWatchPort, MetricQuery, MetricResult, Ports, SpotPrice } from '../../lambda/control-loop/ports';
import { type ListenerRulePort, listenerRuleSplitter } from '../../lambda/control-loop/routers/alb/listener-rule';
import { albMetrics } from '../../lambda/control-loop/routers/alb/metrics';
import { FakeKubernetes } from './fake-kubernetes';

/** One call of a port. */
export interface RecordedCall {
  /** For example `kubernetes.apply`. */
  readonly method: string;
  readonly args: readonly unknown[];
}

const WRITES: ReadonlySet<string> = new Set([
  'kubernetes.apply',
  'kubernetes.jsonPatch',
  'kubernetes.replaceStatus',
  'kubernetes.create',
  'elbv2.modifyRule',
]);

/** The world as a tick meets it, in memory: records every call, fails, hangs or dies where it is told to. */
export class FakePorts {
  nowSeconds: number;
  /** By how much the loop's clock is ahead of the world's. */
  clockOffsetSeconds = 0;
  readonly kubernetes = new FakeKubernetes();
  /** Weights by target group ARN, by rule ARN. */
  readonly rules = new Map<string, Record<string, number>>();
  /** Tags by rule ARN. */
  readonly ruleTags = new Map<string, Record<string, string>>();
  /** The value of a metric in the minute that begins then; `undefined` is no data. */
  metric: (query: MetricQuery, minuteSeconds: number) => number | undefined = () => undefined;
  metricStatus: (query: MetricQuery) => MetricResult['statusCode'] = () => 'Complete';
  /** Queries whose results come on one page of GetMetricData. */
  metricsPerPage = Number.POSITIVE_INFINITY;
  spotPrices: SpotPrice[] = [];
  offerings: { instanceType: string; zone: string }[] = [];
  reservations: { id: string; instanceType: string; zone: string; availableInstances: number }[] = [];
  ec2PerPage = Number.POSITIVE_INFINITY;

  readonly calls: RecordedCall[] = [];
  readonly logged: Readonly<Record<string, unknown>>[] = [];
  /** Error of a call by method, or by `method argument` for a Kubernetes resource, for example `kubernetes.list pods`. */
  readonly failures = new Map<string, Error>();
  /** Methods that never answer, named as in `failures`. */
  readonly hanging = new Set<string>();
  /** Error of the Nth write, counted from 1. */
  readonly writeFailures = new Map<number, Error>();
  /** The process dies at this write, counted from 1: no call is answered from then on. */
  diesAtWrite: number | undefined;
  /** Whether the write that the process dies at still reaches its service. */
  lastWriteArrives = false;
  /** Runs just before the Nth write is made: another writer who is faster. */
  readonly beforeWrite = new Map<number, () => void>();
  #writes = 0;
  #dead = false;

  constructor(nowSeconds: number) {
    this.nowSeconds = nowSeconds;
  }

  /** Calls that change the world. */
  get writes(): readonly RecordedCall[] {
    return this.calls.filter(({ method }) => WRITES.has(method));
  }

  callsOf(method: string): readonly RecordedCall[] {
    return this.calls.filter((call) => call.method === method);
  }

  /** A process anew: what died lives again, counting from zero. */
  restart(): void {
    this.#dead = false;
    this.#writes = 0;
    this.diesAtWrite = undefined;
    this.calls.length = 0;
    this.logged.length = 0;
    this.writeFailures.clear();
    this.beforeWrite.clear();
  }

  readonly #call = async <T>(method: string, args: readonly unknown[], answer: () => T | Promise<T>): Promise<T> => {
    if (this.#dead) throw new Error('the process is dead');
    this.calls.push({ method, args });
    const plural = (args[0] as { plural?: string } | undefined)?.plural;
    const names = [method, `${method} ${plural}`];
    if (names.some((name) => this.hanging.has(name))) return new Promise<T>(() => {});
    const failure = names.map((name) => this.failures.get(name)).find((error) => error !== undefined);
    if (failure !== undefined) throw failure;
    if (WRITES.has(method)) {
      this.#writes += 1;
      this.beforeWrite.get(this.#writes)?.();
      if (this.#writes === this.diesAtWrite) {
        this.#dead = true;
        if (this.lastWriteArrives) await answer();
        throw new Error('the process is dead');
      }
      const error = this.writeFailures.get(this.#writes);
      if (error !== undefined) throw error;
    }
    return answer();
  };

  readonly cloudWatch: CloudWatchPort = {
    getMetricData: (input) =>
      this.#call('cloudWatch.getMetricData', [input], () => {
        const from = Number(input.nextToken ?? 0);
        const to = from + this.metricsPerPage;
        const results = input.queries.slice(from, to).map((query): MetricResult => {
          const timestampsSeconds: number[] = [];
          const values: number[] = [];
          for (let minute = Math.ceil(input.startSeconds / 60) * 60; minute < input.endSeconds; minute += 60) {
            const value = this.metric(query, minute);
            if (value === undefined) continue;
            // CloudWatch answers the youngest first unless asked otherwise.
            timestampsSeconds.unshift(minute);
            values.unshift(value);
          }
          return { id: query.id, statusCode: this.metricStatus(query), timestampsSeconds, values };
        });
        return to < input.queries.length ? { results, nextToken: String(to) } : { results };
      }),
  };

  readonly listenerRules: ListenerRulePort = {
    describeRule: (arn) => this.#call('elbv2.describeRule', [arn], () => ({ ...this.#rule(arn) })),
    describeTags: (arn) => this.#call('elbv2.describeTags', [arn], () => ({ ...this.ruleTags.get(arn) })),
    modifyRule: (arn, weights) =>
      this.#call('elbv2.modifyRule', [arn, weights], () => {
        this.#rule(arn);
        this.rules.set(arn, { ...weights });
      }),
  };

  readonly ports: Ports = {
    clock: { nowSeconds: () => this.nowSeconds + this.clockOffsetSeconds },
    ec2: {
      describeSpotPriceHistory: (input) =>
        this.#call('ec2.describeSpotPriceHistory', [input], () => {
          const { items, ...rest } = this.#page(
            this.spotPrices.filter(({ instanceType }) => input.instanceTypes.includes(instanceType)),
            input.nextToken,
          );
          return { prices: items, ...rest };
        }),
      describeInstanceTypeOfferings: (input) =>
        this.#call('ec2.describeInstanceTypeOfferings', [input], () => {
          const { items, ...rest } = this.#page(
            this.offerings.filter(({ instanceType }) => input.instanceTypes.includes(instanceType)),
            input.nextToken,
          );
          return { offerings: items, ...rest };
        }),
      describeCapacityReservations: (input) =>
        this.#call('ec2.describeCapacityReservations', [input], () => {
          const { items, ...rest } = this.#page(
            this.reservations.filter(({ id }) => input.ids.includes(id)),
            input.nextToken,
          );
          return { reservations: items, ...rest };
        }),
    },
    routers: { AlbListenerRule: { splitter: listenerRuleSplitter(this.listenerRules), metrics: albMetrics(this.cloudWatch) } },
    kubernetes: {
      list: (...args) => this.#call('kubernetes.list', args, () => this.kubernetes.list(...args)),
      get: (...args) => this.#call('kubernetes.get', args, () => this.kubernetes.get(...args)),
      apply: (...args) => this.#call('kubernetes.apply', args, () => this.kubernetes.apply(...args)),
      jsonPatch: (...args) => this.#call('kubernetes.jsonPatch', args, () => this.kubernetes.jsonPatch(...args)),
      replaceStatus: (...args) => this.#call('kubernetes.replaceStatus', args, () => this.kubernetes.replaceStatus(...args)),
      create: (...args) => this.#call('kubernetes.create', args, () => this.kubernetes.create(...args)),
    },
    log: (record) => {
      if (!this.#dead) this.logged.push(record);
    },
  };

  #rule(arn: string): Record<string, number> {
    const rule = this.rules.get(arn);
    if (rule === undefined) throw new RouterNotFoundError(`no rule ${arn}`);
    return rule;
  }

  #page<T>(items: readonly T[], token: string | undefined): { items: readonly T[]; nextToken?: string } {
    const from = Number(token ?? 0);
    const to = from + this.ec2PerPage;
    return to < items.length ? { items: items.slice(from, to), nextToken: String(to) } : { items: items.slice(from) };
  }
}
