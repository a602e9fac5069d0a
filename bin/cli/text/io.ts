/** Everything outside the program that a command uses, injected so that tests need no process. */
export interface Io {
  /** Results. */
  readonly stdout: Output;
  /** Progress and messages. */
  readonly stderr: Output;
  readonly workingDirectory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** A monotonic clock for the progress bar and for deadlines: no result depends on it. */
  nowMilliseconds(): number;
  /** The time of day, in seconds since the epoch, for ages and ends. */
  nowSeconds(): number;
  /** Waits; ends early, without an error, when the signal does. */
  sleep(seconds: number, signal?: AbortSignal): Promise<void>;
  /** Calls the listener at Ctrl-C instead of ending the process, until the returned function is called. */
  onInterrupt(listener: () => void): () => void;
  /** Asks a person one line; left out where nobody can answer. */
  readonly ask?: (question: string) => Promise<string>;
  /** Where a person can answer, if there is one. */
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
  /** Only from the commands for live clusters. */
  clusterUnreachable: 1,
  badInput: 2,
} as const;
