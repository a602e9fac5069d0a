/** What the request level needs to know of a unit: each of its pods is a queue with this many servers. */
export interface UnitQueue {
  readonly name: string;
  /** Requests one pod works on at a time, at least 1. */
  readonly servers: number;
  /** Mean time a pod works on one request, in seconds. */
  readonly serviceSeconds: number;
}

/**
 * The pods as first-come, first-served queues, and the choice of the pod for a request.
 *
 * A pod is a place in typed arrays. Since a request waits for nothing but those before it, its end is known when it comes:
 * the pod remembers only when each of its servers will be free.
 */
export class Pods {
  private readonly stride: number;
  private readonly freePlaces: number[] = [];
  private places = 0;
  private readonly placeOfPod = new Map<number, number>();
  /** Earliest time each server of a pod is free: a binary heap by pod. */
  private freeSeconds = new Float64Array(0);
  private draining = new Uint8Array(0);
  /** Healthy targets by unit, in the order they became healthy. */
  private readonly targets: number[][];
  /** Where the next search among a unit's targets begins. */
  private readonly cursors: Int32Array;
  private readonly registered: Int32Array;

  podIds = new Int32Array(0);
  units = new Int32Array(0);
  /** Requests in the pod, waiting and served. */
  requests = new Int32Array(0);
  /** Requests in the pod whose answer the load balancer still awaits. */
  awaited = new Int32Array(0);

  constructor(private readonly queues: readonly UnitQueue[]) {
    for (const { name, servers, serviceSeconds } of queues) {
      if (!(Number.isSafeInteger(servers) && servers >= 1 && serviceSeconds > 0 && serviceSeconds < Number.POSITIVE_INFINITY)) {
        throw new RangeError(
          `Unit ${name} was given ${servers} servers a pod and ${serviceSeconds} s of service, expected a whole number of at least 1 and more than 0 s.`,
        );
      }
    }
    this.stride = queues.reduce((maximum, { servers }) => Math.max(maximum, servers), 1);
    this.targets = queues.map(() => []);
    this.cursors = new Int32Array(queues.length);
    this.registered = new Int32Array(queues.length);
  }

  add(podId: number, unitIndex: number): void {
    if (this.placeOfPod.has(podId)) throw new RangeError(`Pod ${podId} was added, expected a pod that is not there yet.`);
    const targets = this.targets[unitIndex];
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
    this.freeSeconds.fill(0, place * this.stride, (place + 1) * this.stride);
    targets.push(place);
    this.registered[unitIndex]! += 1;
  }

  /** Takes a pod from the healthy targets. */
  drain(podId: number): number {
    const place = this.placeOf(podId);
    if (this.draining[place] === 0) {
      this.draining[place] = 1;
      const targets = this.targets[this.units[place]!]!;
      targets.splice(targets.indexOf(place), 1);
    }
    return place;
  }

  /** Forgets a pod whose requests the caller has ended. */
  remove(podId: number): void {
    const place = this.drain(podId);
    this.placeOfPod.delete(podId);
    this.freePlaces.push(place);
    this.registered[this.units[place]!]! -= 1;
  }

  placeOf(podId: number): number {
    const place = this.placeOfPod.get(podId);
    if (place === undefined) throw new RangeError(`Pod ${podId} was named, expected a pod that was added and not removed.`);
    return place;
  }

  healthyCount(unitIndex: number): number {
    return this.targets[unitIndex]!.length;
  }

  /** Healthy and draining targets. */
  registeredCount(unitIndex: number): number {
    return this.registered[unitIndex]!;
  }

  /** Ids of the healthy pods, by unit, oldest first. */
  healthyPodIds(): number[] {
    return this.targets.flatMap((places) => places.map((place) => this.podIds[place]!));
  }

  /** The place of the target for the next request of a unit; -1 without a healthy one. Equals take turns. */
  leastOutstanding(unitIndex: number): number {
    const targets = this.targets[unitIndex]!;
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

  /** The place of the target for the next request of a unit; -1 without a healthy one. */
  roundRobin(unitIndex: number): number {
    const targets = this.targets[unitIndex]!;
    const index = this.cursors[unitIndex]! < targets.length ? this.cursors[unitIndex]! : 0;
    this.cursors[unitIndex] = index + 1;
    return targets[index] ?? -1;
  }

  /** Adds a request to a pod's queue and returns when its service will end: it starts when the first server is free. */
  admit(place: number, nowSeconds: number, serviceSeconds: number): number {
    this.requests[place]! += 1;
    this.awaited[place]! += 1;
    const { freeSeconds } = this;
    const root = place * this.stride;
    const earliest = freeSeconds[root]!;
    const finish = Math.max(earliest, nowSeconds) + serviceSeconds;
    const servers = this.queues[this.units[place]!]!.servers;
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
    if (place === this.podIds.length) {
      const capacity = Math.max(64, 2 * place);
      const grown = (old: Int32Array) => {
        const array = new Int32Array(capacity);
        array.set(old);
        return array;
      };
      this.podIds = grown(this.podIds);
      this.units = grown(this.units);
      this.requests = grown(this.requests);
      this.awaited = grown(this.awaited);
      const draining = new Uint8Array(capacity);
      draining.set(this.draining);
      this.draining = draining;
      const freeSeconds = new Float64Array(capacity * this.stride);
      freeSeconds.set(this.freeSeconds);
      this.freeSeconds = freeSeconds;
    }
    return place;
  }
}
