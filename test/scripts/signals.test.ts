import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { signalNames } from '../../lambda/control-loop/model/signals';
import { experiments, otherEnds } from '../../scripts/signals/experiments';
import { signalPage, signalRows } from '../../scripts/signals/page';

const rows = signalRows();

/** What changed, by column, in the row of an experiment. */
const changedIn = (signal: string, change: string): Readonly<Record<string, string>> => {
  const { cells } = rows.find(({ experiment }) => experiment.signal === signal && experiment.change.startsWith(change))!;
  return Object.fromEntries(Object.entries(cells).filter(([, text]) => text !== ''));
};

it('the page of signals is up to date; `npm run generate` writes it', () => {
  expect(readFileSync(join(__dirname, '../../docs/signals.md'), 'utf8')).toBe(signalPage());
});

describe('a signal that is read', () => {
  it.each(signalNames)('%s is changed by an experiment, or is read to an end that is stated', (name) => {
    const isChanged = experiments.some(({ of }) => of.includes(name));
    expect(isChanged || otherEnds[name] !== undefined).toBe(true);
    expect(isChanged && otherEnds[name] !== undefined).toBe(false);
  });

  it.each(rows.map((row) => [`${row.experiment.signal} ${row.experiment.change}`, row] as const))(
    '%s changes something',
    (_, { cells }) => {
      expect(Object.values(cells).filter((text) => text !== '')).not.toEqual([]);
    },
  );
});

describe('what a signal changes', () => {
  it('is nothing but a finding for a crash loop, and for a refusal in one of several zones', () => {
    expect(changedIn('why pods wait', 'a crash loop')).toEqual({ findings: 'Waiting' });
    expect(changedIn('refused launch', 'of inf2-spot, in one of its two zones')).toEqual({ findings: 'Shortage' });
  });

  it('is the order of its pools and the shares for a price, and no floor', () => {
    const changed = changedIn('price', 'of inf2-spot above');
    expect(changed.weights).toBe('inf2-spot down, inf2-od up');
    expect(changed.shares).toContain('inf2 down');
    expect(changed).not.toHaveProperty('floors');
  });

  it('is the share of the unit for its latency, errors, healthy hosts and ready pods', () => {
    for (const [signal, change] of [
      ['latency', 'of inf2'],
      ['5xx', 'for half'],
      ['healthy hosts', 'none of inf2'],
      ['ready pods', 'a quarter'],
    ] as const) {
      expect(changedIn(signal, change).shares).toMatch(/^inf2 down, g5 up/);
    }
  });

  it('is the size of a probe for pods without a node', () => {
    expect(changedIn('starting pods', 'without a node')).toEqual({ limits: 'g5-spot down' });
  });
});
