import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** What a command said. */
export interface Said {
  readonly stdout: string;
  readonly stderr: string;
}

const run = promisify(execFile);

/** Runs a command to its end; where it fails, the error tells all that it said. */
export const say = async (
  command: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly environment?: Readonly<Record<string, string>> },
): Promise<Said> => {
  try {
    return await run(command, [...args], {
      cwd: options.cwd,
      env: { ...process.env, JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION: '1', ...options.environment },
      maxBuffer: 1 << 28,
    });
  } catch (error) {
    const { stdout = '', stderr = '', message } = error as Error & Partial<Said>;
    const said = `${stdout}${stderr}`.trim();
    throw new Error(`${command} ${args.join(' ')}\n${said === '' ? message : said.slice(-8000)}`, { cause: error });
  }
};

/** Counts what holds and what does not, and goes on. */
export class Checks {
  #passed = 0;
  #failed = 0;

  /** Runs one check; what it returns is shown beside its name. Undefined where it failed, so that those built on it can be left out. */
  async hold<T>(name: string, check: () => Promise<T>, shown?: (found: T) => string): Promise<T | undefined> {
    try {
      const found = await check();
      this.#passed += 1;
      console.log(`ok      ${name}${shown ? `: ${shown(found)}` : ''}`);
      return found;
    } catch (error) {
      this.#failed += 1;
      console.log(`FAILED  ${name}`);
      console.log((error instanceof Error ? error.message : String(error)).replace(/^/gm, '        '));
      return undefined;
    }
  }

  /** Prints the count; true where nothing failed. */
  end(): boolean {
    console.log(`package: ${this.#passed} passed, ${this.#failed} failed`);
    return this.#failed === 0;
  }
}

/** Says what differs between what is there and what should be. */
export const sameSet = (what: string, found: Iterable<string>, expected: Iterable<string>): void => {
  const [are, should] = [new Set(found), new Set(expected)];
  const missing = [...should].filter((one) => !are.has(one));
  const extra = [...are].filter((one) => !should.has(one));
  if (missing.length + extra.length > 0) {
    throw new Error(`${what}: missing ${missing.sort().join(', ') || 'nothing'}; beyond it ${extra.sort().join(', ') || 'nothing'}`);
  }
};
