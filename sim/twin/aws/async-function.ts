import type { Kernel } from '../../kernel/kernel';

/** First and longest delay before Lambda tries again to run a throttled invocation, in seconds; it doubles between them. */
const FIRST_RETRY_SECONDS = 1;
const MAX_RETRY_SECONDS = 300;

export interface AsyncFunctionOptions<Event> {
  readonly kernel: Kernel;
  /** Invocations at a time: the reserved concurrency. */
  readonly concurrency: number;
  /** Age at which an event that could not be run is given up, in seconds: `MaximumEventAgeInSeconds`. */
  readonly maxEventAgeSeconds: number;
  /** How long one invocation takes, in seconds. */
  readonly durationSeconds: number;
  /** One invocation. */
  readonly handler: (event: Event) => Promise<void>;
}

/**
 * A Lambda function that is invoked asynchronously, as EventBridge does it: every event is an invocation of its own. What comes while
 * all of its concurrency is in use is throttled and tried again until it is too old (AWS Lambda Developer Guide, "How Lambda handles
 * errors and retries with asynchronous invocation"). Invocations that fail are not repeated: the constructs set no retries.
 */
export class AsyncFunction<Event> {
  /** Events that were given up. */
  dropped = 0;
  private running = 0;

  constructor(private readonly options: AsyncFunctionOptions<Event>) {}

  /** An event is in the queue. Resolves when it was run, or was put back. */
  invoke(event: Event): Promise<void> {
    return this.attempt(event, this.options.kernel.now, FIRST_RETRY_SECONDS);
  }

  private async attempt(event: Event, sinceSeconds: number, retrySeconds: number): Promise<void> {
    const { kernel, concurrency, maxEventAgeSeconds, durationSeconds, handler } = this.options;
    if (kernel.now - sinceSeconds > maxEventAgeSeconds) {
      this.dropped += 1;
      return;
    }
    if (this.running >= concurrency) {
      const next = Math.min(MAX_RETRY_SECONDS, 2 * retrySeconds);
      kernel.after(retrySeconds, () => this.attempt(event, sinceSeconds, next));
      return;
    }
    this.running += 1;
    kernel.after(durationSeconds, () => {
      this.running -= 1;
    });
    await handler(event);
  }
}
