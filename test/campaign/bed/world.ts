import type { FleetSpecInput } from '../../../lambda/control-loop/api';
import { annotations, resources } from '../../../lambda/control-loop/contract/names';
import { adoptText } from '../../../lambda/control-loop/model/adoption';
import type { ApiResource, KubernetesObject } from '../../../lambda/control-loop/ports';
import type { TickRecord } from '../../../lambda/control-loop/tick';
import type { RandomStream } from '../../../sim/kernel/random';
import { nodeClassResource } from '../../e2e/cluster/api-resources';
import type { Running } from '../../e2e/cluster/processes';
import type { TestBed } from '../../e2e/cluster/test-bed';
import { until } from '../../e2e/cluster/wait';
import { addChatFleet, FLEET_POOLS } from '../../e2e/support/fleet';
import { createLoop, type Loop } from '../../e2e/support/loop';
import { grantLoopRights } from '../../e2e/support/loop-rights';
import { isTrue } from '../../e2e/support/pools';
import type { Router } from '../../e2e/support/router';
import { type Demand, Traffic } from '../../e2e/support/traffic';
import { enter, type Snapshot } from '../invariants';
import type { PlannedFleet } from '../plan';
import { Recorder } from './recorder';

export const FLEET = { name: 'chat', namespace: 'default' } as const;

/** A tick has this long, in seconds: less than in Lambda, so that an answer that comes late is met as one. */
const TICK_SECONDS = 20;
const READY_SECONDS = 90;
/** EKS takes a token for fifteen minutes. */
const EXPIRED_SECONDS = 20 * 60;

/** What a tick ended with. */
export type Ticked = { readonly record: TickRecord } | { readonly error: unknown };

const REQUESTS_PER_MINUTE = { lowest: 60, first: 240, highest: 700 } as const;

/** Demand that is another in every minute. */
const wandering = (random: RandomStream): Demand => {
  const { lowest, first, highest } = REQUESTS_PER_MINUTE;
  const demand = {
    requestsPerMinute: first as number,
    minuteEnds: () => {
      demand.requestsPerMinute = Math.min(highest, Math.max(lowest, demand.requestsPerMinute * (0.6 + 0.9 * random.uniform())));
    },
  };
  return demand;
};

/** Objects as a deployment makes them, without what controllers and the loop add. */
const asDeployed = ({ apiVersion, kind, metadata, spec }: KubernetesObject): KubernetesObject => ({
  ...(apiVersion !== undefined && { apiVersion }),
  ...(kind !== undefined && { kind }),
  metadata: {
    name: metadata.name,
    ...(metadata.namespace !== undefined && { namespace: metadata.namespace }),
    ...(metadata.labels !== undefined && { labels: metadata.labels }),
    ...(metadata.annotations !== undefined && { annotations: metadata.annotations }),
  },
  spec,
});

/** A fleet of two units with pools, scalers, a rule and traffic on a test bed, and the loop that steers it. */
export class BedWorld {
  readonly fleets: readonly PlannedFleet[];
  readonly recorder: Recorder;
  readonly traffic: Traffic;
  /** Objects that a fault has changed, as `kind name`: no other fault changes them meanwhile. */
  readonly changed = new Set<string>();
  /** Whether new tokens of the loop are signed too long ago. */
  signsExpired = false;
  /** Programs that a fault holds down. */
  readonly down = new Set<Running>();
  private loop: Loop;
  private other: Loop;
  private loggedBefore = 0;

  private constructor(
    readonly bed: TestBed,
    readonly router: Router,
    readonly spec: FleetSpecInput,
    /** Pools, their classes and scalers as they were deployed. */
    private readonly deployed: ReadonlyMap<string, KubernetesObject>,
    random: RandomStream,
  ) {
    this.fleets = [{ ...FLEET, spec }];
    this.recorder = new Recorder(spec);
    this.traffic = new Traffic(bed, router, spec.units, wandering(random));
    this.loop = this.newLoop();
    this.other = this.newLoop();
  }

  static async on(bed: TestBed, random: RandomStream): Promise<BedWorld> {
    const { router, read } = await addChatFleet(bed);
    await grantLoopRights(bed);
    const deployed = new Map<string, KubernetesObject>();
    for (const [resource, names, namespace] of [
      [nodeClassResource, FLEET_POOLS, undefined],
      [resources.nodePools, FLEET_POOLS, undefined],
      [resources.scaledObjects, ['chat-inf2', 'chat-g5'], FLEET.namespace],
    ] as const) {
      for (const name of names) deployed.set(`${resource.plural} ${name}`, asDeployed(await bed.api.get(resource, name, namespace)));
    }
    return new BedWorld(bed, router, (await read()).spec as FleetSpecInput, deployed, random);
  }

  /** The object as it was deployed. */
  deployedObject({ plural }: ApiResource, name: string): KubernetesObject {
    return this.deployed.get(`${plural} ${name}`)!;
  }

  /** A cold start: the next tick remembers nothing but what the cluster does. */
  restartLoop(): void {
    this.loop = this.newLoop();
    this.loggedBefore = 0;
  }

  /** One tick, or two at once. */
  async tick(times: 1 | 2 = 1): Promise<readonly Ticked[]> {
    const loops = [this.loop, this.other].slice(0, times);
    const deadlineSeconds = Date.now() / 1000 + TICK_SECONDS;
    return Promise.all(
      loops.map((loop) =>
        loop.tick({ trigger: 'campaign', deadlineSeconds }).then(
          (record) => ({ record }),
          (error: unknown) => ({ error }),
        ),
      ),
    );
  }

  /** Lines that the loop has logged since the last time. */
  newLines(): readonly string[] {
    const lines = this.loop.log.slice(this.loggedBefore);
    this.loggedBefore = this.loop.log.length;
    return lines.map((line) => JSON.stringify(line));
  }

  /** The objects that the loop writes, as they are; `undefined` where the API server does not answer. */
  async snapshot(): Promise<Snapshot | undefined> {
    const all = new Map<string, unknown>();
    try {
      for (const resource of [resources.nodePools, resources.scaledObjects, resources.inferenceFleets]) {
        for (const { metadata, spec, status } of await this.bed.api.all(resource)) {
          const place = `${resource.plural} ${metadata.namespace ?? ''}/${metadata.name}`;
          enter({ spec, ...(resource === resources.inferenceFleets && { status }) }, place, all);
        }
      }
      for (const [unit, weight] of Object.entries(await this.router.weights())) {
        all.set(`rule ${this.router.listenerRuleArn} ${this.router.targetGroupArns[unit]}`, weight);
      }
      return all;
    } catch {
      return undefined;
    }
  }

  /** As `adaptive-inference adopt` asks for it. */
  async adopt(): Promise<void> {
    const notes = { [annotations.adopt]: adoptText('all', Date.now() / 1000) };
    await this.bed.api.patch(resources.inferenceFleets, FLEET.name, FLEET.namespace, { metadata: { annotations: notes } });
  }

  /** Starts what ended of itself, as kubelets do, and waits until API server, metrics, pools and scalers are there. */
  async settle(): Promise<readonly string[]> {
    const { api } = this.bed;
    const ended = new Set<string>();
    const answers = async (path: string): Promise<boolean> => {
      // A program that finds no API server ends, and may do so more than once.
      for (const name of await this.startEnded()) ended.add(name);
      return (await api.raw('GET', path)).status === 200;
    };
    await until('the API server', READY_SECONDS, () => answers('/readyz'), { pollSeconds: 0.5 });
    await until('external metrics', READY_SECONDS, () => answers(METRICS_PATH), { pollSeconds: 0.5 });
    await until('all pools and scalers to be ready', READY_SECONDS, () => this.isReady(), { pollSeconds: 0.5 });
    return [...ended];
  }

  private async startEnded(): Promise<readonly string[]> {
    const ended = this.bed.processes.all().filter((running) => !running.isRunning() && !this.down.has(running));
    for (const running of ended) await running.restart();
    return ended.map(({ name }) => name);
  }

  async stop(): Promise<void> {
    await this.traffic.stop();
  }

  private async isReady(): Promise<boolean> {
    const { api } = this.bed;
    const pools = await Promise.all(FLEET_POOLS.map((name) => api.get(resources.nodePools, name)));
    const scalers = await Promise.all(this.spec.units.map(({ scaler }) => api.get(resources.scaledObjects, scaler.name, FLEET.namespace)));
    return [...pools, ...scalers].every((object) => object.metadata.deletionTimestamp === undefined && isTrue(object, 'Ready'));
  }

  private newLoop(): Loop {
    return createLoop(this.bed, {
      wrap: this.recorder.wrap,
      signedAtSeconds: () => Date.now() / 1000 - (this.signsExpired ? EXPIRED_SECONDS : 0),
    });
  }
}

const METRICS_PATH = '/apis/external.metrics.k8s.io/v1beta1';
