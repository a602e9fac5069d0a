import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { InvalidInputError } from '../../lambda/control-loop/errors';
import { type Job, type JobResult, keyOf, type ResultLine } from './job';

/** What was run, one line for each job, written as soon as it is done: an evaluation that was cut short goes on where it was. */
export class ResultsFile {
  private readonly lines = new Map<string, ResultLine>();
  /** Whether the last line has no end, because a process was killed while it wrote it. */
  private isCut = false;

  constructor(private readonly path: string) {
    if (!existsSync(path)) return;
    const text = readFileSync(path, 'utf8');
    this.isCut = text !== '' && !text.endsWith('\n');
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    for (const [index, line] of whole.split('\n').entries()) {
      if (line === '') continue;
      const parsed = parsedLine(line);
      // A line that was cut, and another one after it.
      if (parsed === undefined && index > 0) continue;
      if (parsed === undefined) {
        const given = 'a line that is no result of an evaluation';
        throw new InvalidInputError([{ where: `${path}:1`, given, expected: 'a file that evaluate wrote, or none' }]);
      }
      this.lines.set(parsed.key, parsed);
    }
  }

  /** The result of a job, where it was done before. */
  of(job: Job): ResultLine | undefined {
    return this.lines.get(keyOf(job));
  }

  add(job: Job, result: JobResult): void {
    const line: ResultLine = { key: keyOf(job), job, ...result };
    appendFileSync(this.path, `${this.isCut ? '\n' : ''}${JSON.stringify(line)}\n`);
    this.isCut = false;
    this.lines.set(line.key, line);
  }
}

const parsedLine = (line: string): ResultLine | undefined => {
  try {
    const value = JSON.parse(line) as Partial<ResultLine> | null;
    return typeof value?.key === 'string' && value.job !== undefined && ('figures' in value || 'bounds' in value)
      ? (value as ResultLine)
      : undefined;
  } catch {
    return undefined;
  }
};
