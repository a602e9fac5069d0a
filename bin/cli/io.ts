/** The world of a command, injected so that it can be driven without a process. */
export interface Io {
  /** Results. */
  readonly stdout: Output;
  /** Progress and messages. */
  readonly stderr: Output;
  readonly workingDirectory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** A clock for the progress bar alone: no result depends on it. */
  nowMilliseconds(): number;
}

export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** Exit codes of every command. */
export const exitCodes = {
  done: 0,
  /** Only with `--fail-below`. */
  objectiveMissed: 1,
  badInput: 2,
} as const;
