/** What the next event of a request means. */
export const requestStates = {
  answer: 0,
  /** The pod answers with an error. */
  error: 1,
  /** The load balancer gives up to connect to the pod. */
  unconnected: 2,
  timeout: 3,
  /** The load balancer has given up, the pod still works on it. */
  abandoned: 4,
  /** The pod is gone: nothing happens any more. */
  lost: 5,
  free: 6,
} as const;
export type RequestState = (typeof requestStates)[keyof typeof requestStates];

const FIRST_CAPACITY = 256;

/** The requests in flight: each a place in typed arrays, taken from a list of free places. */
export class RequestsInFlight {
  sentSeconds = new Float64Array(0);
  /** When the pod will be done with it. */
  finishSeconds = new Float64Array(0);
  podPlaces = new Int32Array(0);
  states = new Uint8Array(0);
  private nextFree = new Int32Array(0);
  private firstFree = -1;

  /** Places, free ones included. */
  get capacity(): number {
    return this.states.length;
  }

  add(sentSeconds: number, finishSeconds: number, podPlace: number, state: RequestState): number {
    if (this.firstFree < 0) this.grow();
    const request = this.firstFree;
    this.firstFree = this.nextFree[request]!;
    this.sentSeconds[request] = sentSeconds;
    this.finishSeconds[request] = finishSeconds;
    this.podPlaces[request] = podPlace;
    this.states[request] = state;
    return request;
  }

  release(request: number): void {
    this.states[request] = requestStates.free;
    this.nextFree[request] = this.firstFree;
    this.firstFree = request;
  }

  private grow(): void {
    const old = this.capacity;
    const capacity = Math.max(FIRST_CAPACITY, 2 * old);
    const sentSeconds = new Float64Array(capacity);
    sentSeconds.set(this.sentSeconds);
    this.sentSeconds = sentSeconds;
    const finishSeconds = new Float64Array(capacity);
    finishSeconds.set(this.finishSeconds);
    this.finishSeconds = finishSeconds;
    const podPlaces = new Int32Array(capacity);
    podPlaces.set(this.podPlaces);
    this.podPlaces = podPlaces;
    const nextFree = new Int32Array(capacity);
    nextFree.set(this.nextFree);
    this.nextFree = nextFree;
    const states = new Uint8Array(capacity).fill(requestStates.free);
    states.set(this.states);
    this.states = states;
    for (let request = capacity - 1; request >= old; request -= 1) {
      this.nextFree[request] = this.firstFree;
      this.firstFree = request;
    }
  }
}
