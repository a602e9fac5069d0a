import type { LeftOut, LoadReading } from './format';

/** Requests counted by the second that they arrived in: a log may hold millions of them. */
export class RequestLog {
  private readonly perSecond = new Map<number, number>();
  private total = 0;
  private others = 0;

  add(epochSeconds: number, requests = 1): void {
    const second = Math.floor(epochSeconds);
    this.perSecond.set(second, (this.perSecond.get(second) ?? 0) + requests);
    this.total += requests;
  }

  /** A request that is not part of the load that was asked for. */
  leaveOut(): void {
    this.others++;
  }

  get requests(): number {
    return this.total;
  }

  reading(source: string, why: string, notes: readonly string[] = []): LoadReading {
    const leftOut: readonly LeftOut[] = [{ count: this.others, why }];
    return {
      kind: 'load',
      source,
      found: Math.round(this.total) + this.others,
      entries: 'requests',
      leftOut,
      notes,
      stepSeconds: 1,
      requests: this.perSecond,
      shape: { rows: 'requests' },
    };
  }
}

/** Each line of a text that is not blank, with its number from 1 on. */
export const forEachLine = (text: string, onLine: (line: string, number: number) => void): void => {
  let number = 0;
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf('\n', start);
    const end = newline === -1 ? text.length : newline;
    number++;
    const line = text.slice(start, end).trim();
    if (line !== '') onLine(line, number);
    start = end + 1;
  }
};
