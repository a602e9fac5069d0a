import FlatQueue from 'flatqueue';
import type { Scenario } from '../../inputs/scenario';
import type { RandomStream, RandomStreams } from '../../kernel/random';
import { type Clients, Users } from './clients';
import { type Failure, failures, type TargetGroupMinute } from './minutes';
import { Pods, type Serving, type TargetState, type UnitQueue } from './pod-queues';
import type { PodTraffic, WeightedTraffic } from './port';
import { type RequestState, RequestsInFlight, requestStates } from './requests-in-flight';
import { relativeServiceTimes } from './service-times';
import { type FleetMinute, type RunSummary, Statistics } from './statistics';
import { WeightedChoice } from './weighted-choice';

export interface TrafficOptions {
  readonly units: readonly UnitQueue[];
  readonly clients: Clients;
  readonly twin: Pick<Scenario['twin'], 'routing' | 'service' | 'serviceCoefficientOfVariation' | 'requestTimeoutSeconds'>;
  readonly random: RandomStreams;
  readonly objectiveLatencySeconds: number;
  readonly warmUpSeconds: number;
  /** Whether pods may answer with errors: then a number more is drawn for each request. */
  readonly mayAnswerWithErrors?: boolean;
  /** Whether requests may wait for a dependency: then a number more is drawn for each request. */
  readonly mayWaitForDependency?: boolean;
}

const SECONDS_PER_MINUTE = 60;
/** How long the load balancer takes to answer 503 without a target. */
const REFUSAL_SECONDS = 0.001;
/** How long the load balancer tries to connect to a target (Elastic Load Balancing guide, "HTTP 504: Gateway timeout"). */
const CONNECTION_TIMEOUT_SECONDS = 10;

/** The event of a user who has thought; all other events are requests, by their place. */
const USER = -1;

/**
 * Every request: sent, routed, queued, answered or failed.
 *
 * A request costs one event and no allocation: its state lies in typed arrays, its end is known when it is admitted. Each request
 * draws one number for its route and one for its service, whatever becomes of it. So two runs on one seed that differ in
 * pods or weights draw the same numbers request by request.
 *
 * Weights and pods change at the time that `runUntil` last reached.
 */
export class RequestTraffic implements PodTraffic, WeightedTraffic {
  private nowSeconds = 0;
  private minuteEndSeconds = SECONDS_PER_MINUTE;
  private readonly targetsNotedSeconds: Float64Array;

  private readonly pods: Pods;
  private readonly statistics: Statistics;
  private readonly users: Users | undefined;
  /** Requests and users by the time of their next event. */
  private readonly events = new FlatQueue<number>();
  private nextArrivalSeconds: number;

  private readonly routeStream: RandomStream;
  private readonly relativeService: () => number;
  private readonly errorStream: RandomStream | undefined;
  private readonly dependencyStream: RandomStream | undefined;
  private readonly units: WeightedChoice;

  private readonly requests = new RequestsInFlight();

  constructor(private readonly options: TrafficOptions) {
    const { units, clients, twin, random, objectiveLatencySeconds, warmUpSeconds } = options;
    this.pods = new Pods(units);
    this.statistics = new Statistics(units.length, objectiveLatencySeconds, warmUpSeconds);
    this.targetsNotedSeconds = new Float64Array(units.length);
    this.units = new WeightedChoice(units.length);
    this.routeStream = random('traffic/route');
    this.relativeService = relativeServiceTimes(twin, random('traffic/service'));
    this.errorStream = options.mayAnswerWithErrors ? random('traffic/error') : undefined;
    this.dependencyStream = options.mayWaitForDependency ? random('traffic/dependency') : undefined;
    if (clients.kind === 'closed-loop') {
      this.users = new Users(clients.users, clients.thinkSeconds, clients.pauseAfterFailureSeconds);
      this.nextArrivalSeconds = Number.POSITIVE_INFINITY;
    } else {
      this.nextArrivalSeconds = clients.arrivals.next();
    }
  }

  /** The time reached. */
  get now(): number {
    return this.nowSeconds;
  }

  get healthyPods(): readonly number[] {
    return this.pods.healthyPodIds();
  }

  /** Users present in a closed loop; 0 in an open one. */
  get presentUsers(): number {
    return this.users?.present ?? 0;
  }

  /** All requests since the beginning, warm-up included: sent = answered + failed + in flight. */
  get totals(): { readonly sent: number; readonly answered: number; readonly failed: number; readonly inFlight: number } {
    const { sent, answered, failed } = this.statistics;
    return { sent, answered, failed, inFlight: sent - answered - failed };
  }

  /** What the requests after the warm-up met. */
  summary(): RunSummary {
    return this.statistics.summary(this.presentUsers);
  }

  /** Adds the latencies of the requests that were answered after the warm-up to a histogram. */
  addLatencies(counts: Float64Array): void {
    this.statistics.addLatencies(counts);
  }

  /** Adds the latencies of the requests that were answered well in a closed minute to a histogram. */
  addMinuteLatencies(counts: Float64Array, minute: number): void {
    for (let unit = 0; unit < this.options.units.length; unit += 1) this.minute(unit, minute)?.addAnswered(counts);
  }

  /** The fleet minute by minute, warm-up included. */
  minutes(): readonly FleetMinute[] {
    return this.statistics.minutes(this.presentUsers);
  }

  minute(unitIndex: number, minute: number): TargetGroupMinute | undefined {
    return this.statistics.unitMinute(unitIndex, minute);
  }

  runUntil(timeSeconds: number): void {
    if (!(timeSeconds >= this.nowSeconds && timeSeconds < Number.POSITIVE_INFINITY)) {
      throw new RangeError(`Traffic was asked to run until ${timeSeconds} s, expected a finite time of at least ${this.nowSeconds} s.`);
    }
    for (;;) {
      const changeSeconds = this.users?.nextChangeSeconds ?? Number.POSITIVE_INFINITY;
      const boundary = Math.min(this.minuteEndSeconds, changeSeconds);
      if (boundary > timeSeconds) break;
      // What happens at the boundary itself belongs to the minute, or the number of users, that it begins.
      this.serve(boundary, false);
      this.nowSeconds = boundary;
      if (boundary === this.minuteEndSeconds) this.closeMinute();
      if (boundary === changeSeconds) {
        for (let entering = this.users!.change(boundary); entering > 0; entering -= 1) this.send(boundary);
      }
    }
    this.serve(timeSeconds, true);
    this.nowSeconds = timeSeconds;
  }

  setWeights(weights: readonly number[]): void {
    this.units.set(weights);
  }

  addPod(podId: number, unitIndex: number): void {
    if (unitIndex in this.options.units) this.noteTargets(unitIndex);
    this.pods.add(podId, unitIndex);
  }

  setServing(podId: number, serving: Serving): void {
    this.pods.setServing(podId, serving, this.nowSeconds);
  }

  setTarget(podId: number, state: TargetState): void {
    this.noteTargets(this.pods.units[this.pods.placeOf(podId)]!);
    this.pods.setTarget(podId, state);
  }

  drainPod(podId: number): void {
    const { pods } = this;
    this.noteTargets(pods.units[pods.placeOf(podId)]!);
    pods.drain(podId);
  }

  removePod(podId: number): void {
    const { pods } = this;
    const podPlace = pods.placeOf(podId);
    const unitIndex = pods.units[podPlace]!;
    this.noteTargets(unitIndex);
    pods.remove(podId);
    const { requests } = this;
    for (let request = 0; request < requests.capacity; request += 1) {
      const state = requests.states[request]!;
      if (state <= requestStates.abandoned && requests.podPlaces[request] === podPlace) {
        requests.states[request] = requestStates.lost;
        if (state !== requestStates.abandoned) this.fail(unitIndex, failures.broken, this.nowSeconds, 0);
      }
    }
  }

  outstanding(podId: number): number {
    return this.pods.requests[this.pods.placeOf(podId)]!;
  }

  /** Handles all events before the limit, or up to it. */
  private serve(limitSeconds: number, inclusive: boolean): void {
    const { events } = this;
    for (;;) {
      const eventSeconds = events.peekValue() ?? Number.POSITIVE_INFINITY;
      const arrivalSeconds = this.nextArrivalSeconds;
      const isArrival = arrivalSeconds < eventSeconds;
      const timeSeconds = isArrival ? arrivalSeconds : eventSeconds;
      if (timeSeconds >= limitSeconds && (timeSeconds > limitSeconds || !inclusive)) return;
      if (isArrival) {
        this.nextArrivalSeconds = (this.options.clients as Extract<Clients, { kind: 'open-loop' }>).arrivals.next();
        this.send(timeSeconds);
      } else {
        this.handle(events.pop()!, timeSeconds);
      }
    }
  }

  private handle(event: number, nowSeconds: number): void {
    if (event === USER) {
      if (this.users!.stays()) this.send(nowSeconds);
      return;
    }
    const { pods, requests } = this;
    const podPlace = requests.podPlaces[event]!;
    switch (requests.states[event]) {
      case requestStates.answer:
        pods.requests[podPlace]! -= 1;
        pods.awaited[podPlace]! -= 1;
        this.statistics.answer(pods.units[podPlace]!, nowSeconds - requests.sentSeconds[event]!, nowSeconds);
        requests.release(event);
        this.continueUser(false, nowSeconds);
        return;
      case requestStates.error:
        pods.requests[podPlace]! -= 1;
        pods.awaited[podPlace]! -= 1;
        this.statistics.answerWithError(pods.units[podPlace]!, nowSeconds - requests.sentSeconds[event]!, nowSeconds);
        requests.release(event);
        this.continueUser(true, nowSeconds);
        return;
      case requestStates.unconnected:
        pods.requests[podPlace]! -= 1;
        pods.awaited[podPlace]! -= 1;
        requests.release(event);
        this.fail(pods.units[podPlace]!, failures.timedOut, nowSeconds, 0);
        return;
      case requestStates.timeout:
        pods.awaited[podPlace]! -= 1;
        requests.states[event] = requestStates.abandoned;
        this.events.push(event, requests.finishSeconds[event]!);
        this.fail(pods.units[podPlace]!, failures.timedOut, nowSeconds, 0);
        return;
      case requestStates.abandoned:
        pods.requests[podPlace]! -= 1;
        requests.release(event);
        return;
      default:
        requests.release(event);
    }
  }

  private send(nowSeconds: number): void {
    this.statistics.send();
    const unitIndex = this.units.unitAt(this.routeStream.uniform());
    const relativeService = this.relativeService();
    const luck = this.errorStream?.uniform() ?? 1;
    const dependencyLuck = this.dependencyStream?.uniform() ?? 1;
    const { pods } = this;
    const { twin } = this.options;
    let podPlace = -1;
    if (unitIndex >= 0) podPlace = twin.routing === 'round_robin' ? pods.roundRobin(unitIndex) : pods.leastOutstanding(unitIndex);
    if (podPlace < 0) {
      this.fail(unitIndex, failures.refused, nowSeconds, REFUSAL_SECONDS);
      return;
    }
    if (pods.reachable[podPlace] === 0) {
      this.endAfter(CONNECTION_TIMEOUT_SECONDS, podPlace, requestStates.unconnected, nowSeconds);
      return;
    }
    if (luck < pods.errorParts[podPlace]!) {
      this.endAfter(pods.errorSeconds[podPlace]!, podPlace, requestStates.error, nowSeconds);
      return;
    }
    const waitSeconds = dependencyLuck < pods.dependencyParts[podPlace]! ? pods.dependencySeconds[podPlace]! : 0;
    const finishSeconds = pods.admit(podPlace, nowSeconds, relativeService) + waitSeconds;
    const timeoutSeconds = nowSeconds + twin.requestTimeoutSeconds;
    if (finishSeconds > timeoutSeconds) {
      this.events.push(this.requests.add(nowSeconds, finishSeconds, podPlace, requestStates.timeout), timeoutSeconds);
    } else {
      this.events.push(this.requests.add(nowSeconds, finishSeconds, podPlace, requestStates.answer), finishSeconds);
    }
  }

  /** A request that a pod has, but does not work on. */
  private endAfter(seconds: number, podPlace: number, state: RequestState, nowSeconds: number): void {
    const { pods, requests } = this;
    pods.requests[podPlace]! += 1;
    pods.awaited[podPlace]! += 1;
    const endSeconds = nowSeconds + seconds;
    this.events.push(requests.add(nowSeconds, endSeconds, podPlace, state), endSeconds);
  }

  private fail(unitIndex: number, failure: Failure, nowSeconds: number, latencySeconds: number): void {
    this.statistics.fail(unitIndex, failure, nowSeconds);
    this.continueUser(true, nowSeconds + latencySeconds);
  }

  private continueUser(failed: boolean, nowSeconds: number): void {
    const { users } = this;
    if (users === undefined) return;
    const pauseSeconds = users.pauseSeconds(failed);
    if (pauseSeconds > 0) {
      this.events.push(USER, nowSeconds + pauseSeconds);
    } else if (pauseSeconds === 0) {
      this.send(nowSeconds);
    }
  }

  private closeMinute(): void {
    for (let unit = 0; unit < this.options.units.length; unit += 1) this.noteTargets(unit);
    this.statistics.closeMinute(this.presentUsers);
    this.minuteEndSeconds += SECONDS_PER_MINUTE;
  }

  /** Notes how many targets a unit had since the last note: before they change, and at the end of each minute. */
  private noteTargets(unitIndex: number): void {
    const { pods, nowSeconds } = this;
    const seconds = nowSeconds - this.targetsNotedSeconds[unitIndex]!;
    if (seconds > 0) {
      this.targetsNotedSeconds[unitIndex] = nowSeconds;
      this.statistics.noteTargets(unitIndex, pods.targetCounts(unitIndex), seconds);
    }
  }
}
