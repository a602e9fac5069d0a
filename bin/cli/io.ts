/** The world of a command, injected so that it can be driven without a process. */
export interface Io {
  /** Results. */
  readonly stdout: Output;
  /** Progress and messages. */
  readonly stderr: Output;
  readonly workingDirectory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** A clock that only runs forward, for the progress bar and for patience: no result depends on it. */
  nowMilliseconds(): number;
  /** The time of day, in seconds since the epoch: ages are told and ends are set by it. */
  nowSeconds(): number;
  /** Waits; ends early, without an error, when the signal does. */
  sleep(seconds: number, signal?: AbortSignal): Promise<void>;
  /** Calls the listener at Ctrl-C in place of ending the process, until the function it gives is called. */
  onInterrupt(listener: () => void): () => void;
  /** Where a person answers, if there is one. */
  readonly stdin?: { readonly isTTY?: boolean };
}

export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

/** Exit codes of every command. */
export const exitCodes = {
  done: 0,
  /** Only with `--fail-below`. */
  objectiveMissed: 1,
  /** Only of the commands that speak with a cluster. */
  clusterUnreachable: 1,
  badInput: 2,
} as const;
