import type { FleetSpecInput } from '../../lambda/control-loop/api';
import { resources } from '../../lambda/control-loop/contract/names';
import type { CloudWatchPort, KubernetesObject, KubernetesPort, Ports } from '../../lambda/control-loop/ports';
import { listenerRuleSplitter } from '../../lambda/control-loop/routers/alb/listener-rule';
import { albMetrics } from '../../lambda/control-loop/routers/alb/metrics';
import { FakePorts } from '../support/fake-ports';
import { addFleet, NOW_SECONDS, ruleArn, targetGroupArn } from '../support/fake-world';

/** Objects that the API server puts on one page, as `kubectl` asks for. */
const PAGE = 500;

/** What CloudWatch has of each minute; it has no other metric. */
const VALUES: Readonly<Record<string, number>> = { RequestCount: 120, TargetResponseTime: 0.5, HealthyHostCount: 1 };

/**
 * A world of fleets, each of units with two pools and two pods, whose services take no time of a tick: they answer what was prepared
 * before it, and carry out its writes after it.
 */
export class TickWorld {
  readonly #fake = new FakePorts(NOW_SECONDS);
  readonly #lists = new Map<string, readonly KubernetesObject[]>();
  readonly #writes: (() => Promise<unknown>)[] = [];
  /** The last status of each fleet that a tick wrote. */
  readonly #statuses = new Map<string, KubernetesObject>();
  readonly ports: Ports;

  constructor(fleets: number, unitsPerFleet: number) {
    for (let index = 0; index < fleets; index += 1) {
      const name = `f${index}`;
      const spec = fleetSpec(name, unitsPerFleet);
      const ready = Object.fromEntries(spec.units.map((unit) => [unit.name, Object.fromEntries(unit.pools.map((pool) => [pool, 1]))]));
      addFleet(this.#fake, name, spec, { ready });
    }
    const metrics = albMetrics({ getMetricData: this.#getMetricData });
    const splitter = listenerRuleSplitter(this.#fake.listenerRules);
    this.ports = {
      ...this.#fake.ports,
      kubernetes: this.#kubernetes(),
      routers: { AlbListenerRule: { splitter, metrics } },
      log: () => {},
    };
  }

  get nowSeconds(): number {
    return this.#fake.nowSeconds;
  }

  /** A minute goes by: the last tick's writes are carried out, and what the next one will be answered is made. */
  async minute(): Promise<void> {
    this.#fake.nowSeconds += 60;
    for (const write of this.#writes.splice(0)) await write();
    for (const object of this.#statuses.values()) await this.#fake.kubernetes.replaceStatus(resources.inferenceFleets, object);
    this.#statuses.clear();
    for (const resource of Object.values(resources)) this.#lists.set(resource.plural, this.#fake.kubernetes.all(resource));
  }

  #kubernetes(): KubernetesPort {
    const fake = this.#fake.kubernetes;
    const later = async (object: KubernetesObject, write: () => Promise<unknown>): Promise<KubernetesObject> => {
      this.#writes.push(write);
      return object;
    };
    return {
      list: async ({ plural }, { continueToken = '0' } = {}) => {
        const all = this.#lists.get(plural)!;
        const to = Number(continueToken) + PAGE;
        return { items: all.slice(Number(continueToken), to), ...(to < all.length && { continueToken: String(to) }) };
      },
      get: (...args) => fake.get(...args),
      apply: (...args) => later(args[1], () => fake.apply(...args)),
      jsonPatch: (...args) => later({ metadata: { name: args[1] } }, () => fake.jsonPatch(...args)),
      replaceStatus: async (_, object) => {
        this.#statuses.set(object.metadata.name, object);
        return object;
      },
      create: (...args) => later(args[1], () => fake.create(...args)),
    };
  }

  readonly #getMetricData: CloudWatchPort['getMetricData'] = async ({ queries, startSeconds, endSeconds }) => {
    const minutes: number[] = [];
    for (let minute = endSeconds - 60; minute >= startSeconds; minute -= 60) minutes.push(minute);
    const answers = Object.fromEntries(Object.entries(VALUES).map(([name, value]) => [name, minutes.map(() => value)]));
    return {
      results: queries.map(({ id, metricName }) => {
        const values = answers[metricName];
        return { id, statusCode: 'Complete', timestampsSeconds: values === undefined ? [] : minutes, values: values ?? [] };
      }),
    };
  };
}

const fleetSpec = (fleet: string, units: number): FleetSpecInput => {
  const names = Array.from({ length: units }, (_, index) => `${fleet}-u${index}`);
  const pool = (unit: string, capacityType: 'spot' | 'on-demand'): FleetSpecInput['pools'][number] => ({
    name: `${unit}-${capacityType}`,
    accelerator: 'A10G',
    capacityType,
    deviceResource: 'nvidia.com/gpu',
    instanceTypes: [
      { name: 'g5.xlarge', devices: 1, priceUsdPerHour: 1.006 },
      { name: 'g5.2xlarge', devices: 1, priceUsdPerHour: 1.212 },
      { name: 'g5.4xlarge', devices: 1, priceUsdPerHour: 1.624 },
    ],
    maximumDevices: 8,
  });
  return {
    objective: { latencySeconds: 0.9 },
    router: { listenerRuleArn: ruleArn(fleet) },
    units: names.map((unit) => ({
      name: unit,
      accelerator: 'A10G',
      deployment: unit,
      scaler: { kind: 'ScaledObject', name: unit },
      pools: [`${unit}-spot`, `${unit}-on-demand`],
      profile: { throughputPerMinute: 90, latencySeconds: 0.68, coldStartSeconds: 360 },
      targetGroupArn: targetGroupArn(unit),
    })),
    pools: names.flatMap((unit) => [pool(unit, 'spot'), pool(unit, 'on-demand')]),
  };
};
