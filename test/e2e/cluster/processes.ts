import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from './wait';

interface Program {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Added to the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A program that the test bed started. */
export interface Running {
  readonly name: string;
  readonly pid: number;
  /** Waits for a condition; says the program's last words when it is not met in time, or when it ends meanwhile. */
  waitFor<T>(what: string, deadlineSeconds: number, check: () => Promise<T | undefined | false>): Promise<T>;
  /** The last lines of its log. */
  tail(lines?: number): string;
  log(): string;
  isRunning(): boolean;
  exited(): Promise<void>;
  /** Ends it, by force after 10 seconds. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** Ends it if it runs, and starts it again. */
  restart(signal?: NodeJS.Signals): Promise<void>;
}

/** All programs of one test bed with its temporary folder. Whatever ends this process ends them. */
export interface Processes {
  /** Removed at the end. */
  readonly folder: string;
  start(program: Program): Running;
  /** Has a file or folder removed, should this process end without doing it. */
  removeAtEnd(path: string): void;
  all(): readonly Running[];
  /** Ends all, the youngest first, and removes the folder. */
  stop(): Promise<void>;
}

const TAIL_LINES = 25;
const STOP_SECONDS = 10;

export const createProcesses = (): Processes => {
  const folder = mkdtempSync(join(tmpdir(), 'adaptive-inference-e2e-'));
  const guard = startGuard();
  guard.tell(`remove ${folder}`);
  const all: Running[] = [];
  return {
    folder,
    start: (program) => {
      const running = startProgram(program, join(folder, `${program.name}.log`), guard);
      all.push(running);
      return running;
    },
    removeAtEnd: (path) => guard.tell(`remove ${path}`),
    all: () => all,
    stop: async () => {
      for (const running of [...all].reverse()) await running.stop();
      rmSync(folder, { recursive: true, force: true });
      guard.dismiss();
    },
  };
};

interface Guard {
  tell(line: string): void;
  dismiss(): void;
}

/** A process of its own that ends the others once this one is gone, even by SIGKILL. */
const startGuard = (): Guard => {
  const guard = spawn(process.execPath, [join(import.meta.dirname, 'guard.mjs')], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  guard.unref();
  (guard.stdin as typeof guard.stdin & { unref?: () => void }).unref?.();
  guard.stdin.on('error', () => undefined);
  return { tell: (line) => guard.stdin.write(`${line}\n`), dismiss: () => guard.stdin.end() };
};

const startProgram = (program: Program, logFile: string, guard: Guard): Running => {
  let child = launch(program, logFile, guard);
  const log = (): string => readFileSync(logFile, 'utf8');
  const tail = (lines = TAIL_LINES): string => log().trimEnd().split('\n').slice(-lines).join('\n');
  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null && child.pid !== undefined;
  const exited = (): Promise<void> => (isRunning() ? new Promise((resolve) => child.once('exit', () => resolve())) : Promise.resolve());
  const stop = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<void> => {
    if (!isRunning()) return;
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_SECONDS * 1000);
    child.kill(signal);
    // A stopped process (SIGSTOP) takes no other signal.
    await exited();
    clearTimeout(timer);
  };
  return {
    name: program.name,
    get pid() {
      return child.pid ?? -1;
    },
    tail,
    log,
    isRunning,
    exited,
    stop,
    restart: async (signal) => {
      await stop(signal);
      child = launch(program, logFile, guard);
    },
    waitFor: (what, deadlineSeconds, check) =>
      until(`${program.name}: ${what}`, deadlineSeconds, check, {
        giveUp: () => (isRunning() ? undefined : `it ended with ${child.signalCode ?? `code ${child.exitCode}`}`),
        explain: () => `--- last lines of ${program.name} ---\n${tail()}`,
      }),
  };
};

const launch = (program: Program, logFile: string, guard: Guard): ChildProcess => {
  const log = openSync(logFile, 'a');
  try {
    const child = spawn(program.command, program.args, {
      stdio: ['ignore', log, log],
      env: { ...process.env, ...program.env },
      // Away from the terminal's Ctrl-C: the test bed ends its programs in order.
      detached: true,
    });
    child.unref();
    const { pid } = child;
    if (pid !== undefined) {
      guard.tell(`+ ${pid}`);
      child.once('exit', () => guard.tell(`- ${pid}`));
    }
    child.once('error', () => undefined);
    return child;
  } finally {
    closeSync(log);
  }
};
