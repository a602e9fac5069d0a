/** The virtual clock and its control events: hundreds a minute, not the requests, which have a queue of their own. Times are virtual seconds. */
export interface Kernel {
  readonly now: number;
  /** Runs `action` at `timeSeconds` (not before now); equal times run in the order in which they were scheduled. */
  at(timeSeconds: number, action: () => void | Promise<void>): void;
  after(delaySeconds: number, action: () => void | Promise<void>): void;
  /** Runs `action` every `periodSeconds`, first at `firstSeconds`. */
  every(periodSeconds: number, firstSeconds: number, action: () => void | Promise<void>): void;
}

type Action = () => void | Promise<void>;

interface ControlEvent {
  readonly timeSeconds: number;
  /** Order of scheduling: decides between equal times. */
  readonly sequence: number;
  readonly action: Action;
}

const isBefore = (a: ControlEvent, b: ControlEvent): boolean =>
  a.timeSeconds < b.timeSeconds || (a.timeSeconds === b.timeSeconds && a.sequence < b.sequence);

/** The virtual clock: a binary heap of control events, run one after the other, never two at a time. */
export class VirtualKernel implements Kernel {
  private time = 0;
  private scheduled = 0;
  private running = false;
  private readonly heap: ControlEvent[] = [];

  get now(): number {
    return this.time;
  }

  at(timeSeconds: number, action: Action): void {
    if (!(timeSeconds >= this.time) || timeSeconds === Number.POSITIVE_INFINITY) {
      throw new RangeError(
        `An event was given the time ${timeSeconds} s, expected a finite time of at least ${this.time} s, which is now.`,
      );
    }
    this.push({ timeSeconds, sequence: this.scheduled, action });
    this.scheduled += 1;
  }

  after(delaySeconds: number, action: Action): void {
    this.at(this.time + delaySeconds, action);
  }

  every(periodSeconds: number, firstSeconds: number, action: Action): void {
    if (!(periodSeconds > 0)) throw new RangeError(`A repeated event was given the period ${periodSeconds} s, expected more than 0 s.`);
    // Counted from the first time, so that rounding errors do not add up.
    const schedule = (count: number): void => {
      this.at(firstSeconds + count * periodSeconds, () => {
        schedule(count + 1);
        return action();
      });
    };
    schedule(0);
  }

  /**
   * Runs all events up to `timeSeconds`, that time included, and leaves the clock there.
   * An event that returns a promise is awaited before the next one runs: virtual time stands still meanwhile.
   */
  async runUntil(timeSeconds: number): Promise<void> {
    if (!(timeSeconds >= this.time)) {
      throw new RangeError(`The clock was asked to run until ${timeSeconds} s, expected at least ${this.time} s, which is now.`);
    }
    if (this.running) throw new Error('The clock runs already: an event must schedule other events, not run them.');
    this.running = true;
    try {
      for (let event = this.heap[0]; event !== undefined && event.timeSeconds <= timeSeconds; event = this.heap[0]) {
        this.pop();
        this.time = event.timeSeconds;
        const pending = event.action();
        // Most events are synchronous; awaiting those too would cost a microtask each.
        if (pending !== undefined) await pending;
      }
      this.time = timeSeconds;
    } finally {
      this.running = false;
    }
  }

  private push(event: ControlEvent): void {
    const { heap } = this;
    let position = heap.length;
    heap.push(event);
    while (position > 0) {
      const parent = (position - 1) >> 1;
      if (!isBefore(event, heap[parent]!)) break;
      heap[position] = heap[parent]!;
      position = parent;
    }
    heap[position] = event;
  }

  private pop(): void {
    const { heap } = this;
    const last = heap.pop()!;
    const { length } = heap;
    if (length === 0) return;
    let position = 0;
    for (let child = 1; child < length; child = 2 * position + 1) {
      if (child + 1 < length && isBefore(heap[child + 1]!, heap[child]!)) child += 1;
      if (!isBefore(heap[child]!, last)) break;
      heap[position] = heap[child]!;
      position = child;
    }
    heap[position] = last;
  }
}
