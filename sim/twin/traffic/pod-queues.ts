/** A part of the requests of a pod, 0 to 1, and a latency in seconds. */
export interface PartOfRequests {
  readonly part: number;
  readonly latencySeconds: number;
}

/** How a pod serves requests. */
export interface Serving {
  /** Requests it works on at a time, at least 1. */
  readonly servers: number;
  /** Mean time it works on one request, in seconds. */
  readonly serviceSeconds: number;
  /** Requests that it answers with an error at once, without working on them; none where not stated. */
  readonly errors?: PartOfRequests | undefined;
  /** Requests that wait for something else once the pod has worked on them, while it works on others; none where not stated. */
  readonly dependency?: PartOfRequests | undefined;
}

/** What a pod is to the load balancer. */
export interface TargetState {
  /** Whether it is in the target group. */
  readonly registered: boolean;
  /** Whether its health checks succeed: the load balancer's own, not the readiness probes of Kubernetes. */
  readonly healthy: boolean;
  /** Whether requests reach it. */
  readonly reachable: boolean;
}

/** What the request level needs to know of a unit: each of its pods is a queue, and serves like this until `setServing` changes it. */
export interface UnitQueue extends Serving {
  readonly name: string;
}

const checkServing = (whose: string, { servers, serviceSeconds }: Serving): void => {
  if (Number.isSafeInteger(servers) && servers >= 1 && serviceSeconds > 0 && serviceSeconds < Number.POSITIVE_INFINITY) return;
  throw new RangeError(
    `${whose} was given ${servers} servers a pod and ${serviceSeconds} s of service, expected a whole number of at least 1 and more than 0 s.`,
  );
};

/**
 * The pods as first-come, first-served queues, and the choice of the pod for a request.
 *
 * A pod is a place in typed arrays. Since a request waits for nothing but those before it, its end is known when it comes:
 * the pod remembers only when each of its servers will be free.
 */
/** Targets of a unit; draining ones are registered, and neither healthy nor unhealthy. */
export interface TargetCounts {
  readonly healthy: number;
  readonly unhealthy: number;
  readonly registered: number;
}

export class Pods {
  /** Servers that a place has room for. */
  private stride: number;
  private readonly freePlaces: number[] = [];
  private places = 0;
  private readonly placeOfPod = new Map<number, number>();
  /** Earliest time each server of a pod is free: a binary heap by pod. */
  private freeSeconds = new Float64Array(0);
  private draining = new Uint8Array(0);
  private servers = new Int32Array(0);
  private serviceSeconds = new Float64Array(0);

  /** Part of the requests that a pod answers with an error, and the latency of those answers in seconds. */
  errorParts = new Float64Array(0);
  errorSeconds = new Float64Array(0);
  /** Part of the requests of a pod that wait for a dependency, and how long they do in seconds. */
  dependencyParts = new Float64Array(0);
  dependencySeconds = new Float64Array(0);
  private isRegistered = new Uint8Array(0);
  /** Healthy targets by unit, in the order they became healthy. */
  private readonly healthy: number[][];
  /** Registered targets by unit whose health checks fail. */
  private readonly unhealthy: number[][];
  /** Where the next search among a unit's targets begins. */
  private readonly cursors: Int32Array;
  private readonly registered: Int32Array;

  podIds = new Int32Array(0);
  units = new Int32Array(0);
  /** Requests in the pod, waiting and served. */
  requests = new Int32Array(0);
  /** Whether requests reach the pod, 1 or 0. */
  reachable = new Uint8Array(0);
  /** Requests in the pod whose answer the load balancer still awaits. */
  awaited = new Int32Array(0);

  constructor(private readonly queues: readonly UnitQueue[]) {
    for (const queue of queues) checkServing(`Unit ${queue.name}`, queue);
    this.stride = queues.reduce((maximum, { servers }) => Math.max(maximum, servers), 1);
    this.healthy = queues.map(() => []);
    this.unhealthy = queues.map(() => []);
    this.cursors = new Int32Array(queues.length);
    this.registered = new Int32Array(queues.length);
  }

  add(podId: number, unitIndex: number): void {
    if (this.placeOfPod.has(podId)) throw new RangeError(`Pod ${podId} was added, expected a pod that is not there yet.`);
    const targets = this.healthy[unitIndex];
    if (targets === undefined) {
      throw new RangeError(`Pod ${podId} was added to unit ${unitIndex}, expected a unit from 0 to ${this.queues.length - 1}.`);
    }
    const place = this.freePlaces.pop() ?? this.newPlace();
    this.placeOfPod.set(podId, place);
    this.podIds[place] = podId;
    this.units[place] = unitIndex;
    this.requests[place] = 0;
    this.awaited[place] = 0;
    this.draining[place] = 0;
    this.isRegistered[place] = 1;
    this.reachable[place] = 1;
    this.servers[place] = this.queues[unitIndex]!.servers;
    this.serviceSeconds[place] = this.queues[unitIndex]!.serviceSeconds;
    this.errorParts[place] = 0;
    this.dependencyParts[place] = 0;
    this.freeSeconds.fill(0, place * this.stride, (place + 1) * this.stride);
    targets.push(place);
    this.registered[unitIndex]! += 1;
  }

  /**
   * Changes how a pod serves from now on. Requests that it has keep their end.
   *
   * A new server is free at once. A server that goes is missed as soon as the requests that the pod has leave it work for fewer.
   */
  setServing(podId: number, serving: Serving, nowSeconds: number): void {
    checkServing(`Pod ${podId}`, serving);
    const place = this.placeOf(podId);
    const { servers } = serving;
    this.serviceSeconds[place] = serving.serviceSeconds;
    this.errorParts[place] = serving.errors?.part ?? 0;
    this.errorSeconds[place] = serving.errors?.latencySeconds ?? 0;
    this.dependencyParts[place] = serving.dependency?.part ?? 0;
    this.dependencySeconds[place] = serving.dependency?.latencySeconds ?? 0;
    const before = this.servers[place]!;
    if (servers === before) return;
    if (servers > this.stride) this.widen(servers);
    const root = place * this.stride;
    const latestFirst = [...this.freeSeconds.subarray(root, root + before)].sort((left, right) => right - left);
    while (latestFirst.length < servers) latestFirst.push(nowSeconds);
    // In ascending order, which is a heap.
    const kept = latestFirst.slice(0, servers).sort((left, right) => left - right);
    this.freeSeconds.set(kept, root);
    this.servers[place] = servers;
  }

  /** Changes what a pod is to the load balancer. A draining one gets no new requests, whatever its state. */
  setTarget(podId: number, { registered, healthy, reachable }: TargetState): void {
    const place = this.placeOf(podId);
    const unit = this.units[place]!;
    this.reachable[place] = reachable ? 1 : 0;
    this.registered[unit]! += (registered ? 1 : 0) - this.isRegistered[place]!;
    this.isRegistered[place] = registered ? 1 : 0;
    if (this.draining[place] === 1) return;
    const list = registered ? (healthy ? this.healthy : this.unhealthy)[unit]! : undefined;
    if (list?.includes(place)) return;
    this.unlist(place);
    list?.push(place);
  }

  /** Takes a pod from the targets. */
  drain(podId: number): number {
    const place = this.placeOf(podId);
    if (this.draining[place] === 0) {
      this.draining[place] = 1;
      this.unlist(place);
    }
    return place;
  }

  private unlist(place: number): void {
    const unit = this.units[place]!;
    for (const list of [this.healthy[unit]!, this.unhealthy[unit]!]) {
      const index = list.indexOf(place);
      if (index >= 0) list.splice(index, 1);
    }
  }

  /** Forgets a pod whose requests the caller has ended. */
  remove(podId: number): void {
    const place = this.drain(podId);
    this.placeOfPod.delete(podId);
    this.freePlaces.push(place);
    this.registered[this.units[place]!]! -= this.isRegistered[place]!;
  }

  placeOf(podId: number): number {
    const place = this.placeOfPod.get(podId);
    if (place === undefined) throw new RangeError(`Pod ${podId} was named, expected a pod that was added and not removed.`);
    return place;
  }

  healthyCount(unitIndex: number): number {
    return this.healthy[unitIndex]!.length;
  }

  targetCounts(unitIndex: number): TargetCounts {
    return {
      healthy: this.healthy[unitIndex]!.length,
      unhealthy: this.unhealthy[unitIndex]!.length,
      registered: this.registered[unitIndex]!,
    };
  }

  /** Ids of the healthy pods, by unit, oldest first. */
  healthyPodIds(): number[] {
    return this.healthy.flatMap((places) => places.map((place) => this.podIds[place]!));
  }

  /**
   * The targets that requests of a unit go to. Where all of them are unhealthy, requests go to all of them
   * (Elastic Load Balancing guide, "Health checks for Application Load Balancer target groups": the load balancer fails open).
   */
  private targetsOf(unitIndex: number): readonly number[] {
    const healthy = this.healthy[unitIndex]!;
    return healthy.length > 0 ? healthy : this.unhealthy[unitIndex]!;
  }

  /** The place of the target for the next request of a unit; -1 without one. Equals take turns. */
  leastOutstanding(unitIndex: number): number {
    const targets = this.targetsOf(unitIndex);
    const { length } = targets;
    const { awaited } = this;
    let index = this.cursors[unitIndex]!;
    let chosen = -1;
    let chosenIndex = 0;
    let minimum = 0x7fffffff;
    for (let count = 0; count < length; count += 1) {
      if (index >= length) index = 0;
      const place = targets[index]!;
      const outstanding = awaited[place]!;
      if (outstanding < minimum) {
        chosen = place;
        chosenIndex = index;
        minimum = outstanding;
        if (outstanding === 0) break;
      }
      index += 1;
    }
    this.cursors[unitIndex] = chosenIndex + 1;
    return chosen;
  }

  /** The place of the target for the next request of a unit; -1 without one. */
  roundRobin(unitIndex: number): number {
    const targets = this.targetsOf(unitIndex);
    const index = this.cursors[unitIndex]! < targets.length ? this.cursors[unitIndex]! : 0;
    this.cursors[unitIndex] = index + 1;
    return targets[index] ?? -1;
  }

  /**
   * Adds a request to a pod's queue and returns when its service will end: it starts when the first server is free.
   *
   * @param relativeService time of its service, relative to the pod's mean.
   */
  admit(place: number, nowSeconds: number, relativeService: number): number {
    this.requests[place]! += 1;
    this.awaited[place]! += 1;
    const { freeSeconds } = this;
    const root = place * this.stride;
    const earliest = freeSeconds[root]!;
    const finish = Math.max(earliest, nowSeconds) + relativeService * this.serviceSeconds[place]!;
    const servers = this.servers[place]!;
    let position = 0;
    for (let child = 1; child < servers; child = 2 * position + 1) {
      const right = child + 1;
      if (right < servers && freeSeconds[root + right]! < freeSeconds[root + child]!) child = right;
      const childSeconds = freeSeconds[root + child]!;
      if (childSeconds >= finish) break;
      freeSeconds[root + position] = childSeconds;
      position = child;
    }
    freeSeconds[root + position] = finish;
    return finish;
  }

  private newPlace(): number {
    const place = this.places;
    this.places += 1;
    if (place === this.podIds.length) this.grow(Math.max(64, 2 * place));
    return place;
  }

  private grow(capacity: number): void {
    const grown = <T extends Int32Array | Uint8Array | Float64Array>(larger: T, old: T): T => {
      larger.set(old);
      return larger;
    };
    this.podIds = grown(new Int32Array(capacity), this.podIds);
    this.units = grown(new Int32Array(capacity), this.units);
    this.requests = grown(new Int32Array(capacity), this.requests);
    this.awaited = grown(new Int32Array(capacity), this.awaited);
    this.draining = grown(new Uint8Array(capacity), this.draining);
    this.isRegistered = grown(new Uint8Array(capacity), this.isRegistered);
    this.reachable = grown(new Uint8Array(capacity), this.reachable);
    this.servers = grown(new Int32Array(capacity), this.servers);
    this.serviceSeconds = grown(new Float64Array(capacity), this.serviceSeconds);
    this.errorParts = grown(new Float64Array(capacity), this.errorParts);
    this.errorSeconds = grown(new Float64Array(capacity), this.errorSeconds);
    this.dependencyParts = grown(new Float64Array(capacity), this.dependencyParts);
    this.dependencySeconds = grown(new Float64Array(capacity), this.dependencySeconds);
    this.freeSeconds = grown(new Float64Array(capacity * this.stride), this.freeSeconds);
  }

  /** Makes room for more servers in every place. */
  private widen(servers: number): void {
    const before = this.stride;
    const wider = new Float64Array(this.podIds.length * servers);
    for (let place = 0; place < this.places; place += 1) {
      wider.set(this.freeSeconds.subarray(place * before, (place + 1) * before), place * servers);
    }
    this.freeSeconds = wider;
    this.stride = servers;
  }
}
