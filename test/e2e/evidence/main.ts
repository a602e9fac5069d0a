import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Agreement, compare } from './compare';
import { type Reality, runReality } from './reality';
import { curvesOf } from './samples';
import { evidenceScenario } from './scenario';
import { runTwin } from './twin';

/** Sync period of the autoscaler, in seconds. */
const SYNC_SECONDS = 15;

const main = async (): Promise<void> => {
  const { values } = parseArgs({
    options: { minutes: { type: 'string' }, against: { type: 'string' }, json: { type: 'boolean', default: false } },
  });
  const minutes = values.minutes === undefined ? undefined : Number(values.minutes);
  if (minutes !== undefined && !(minutes > 0 && minutes <= 30)) {
    throw new Error(`--minutes: given ${values.minutes}, expected a number above 0, at most 30`);
  }
  const loaded = evidenceScenario(minutes);
  const tell = (line: string): void => void process.stderr.write(`[evidence] ${line}\n`);
  const twin = await runTwin(loaded);
  if (values.against === undefined) tell(`${loaded.scenario.durationSeconds / 60} minutes of real time`);
  const reality = values.against === undefined ? await runReality(loaded, tell) : realityIn(values.against);
  const agreements = compare(curvesOf(loaded.scenario), reality.samples, twin.samples, SYNC_SECONDS);
  if (values.against === undefined) {
    const file = join(mkdtempSync(join(tmpdir(), 'adaptive-inference-evidence-')), 'samples.json');
    writeFileSync(file, JSON.stringify({ agreements, reality, twin }));
    tell(`samples: ${file}`);
  }
  process.stdout.write(values.json ? `${JSON.stringify(agreements, undefined, 2)}\n` : `${table(agreements)}\n`);
};

/** What the test bed did in an earlier run, as kept beside its table: for a twin that was changed since. */
const realityIn = (file: string): Reality => (JSON.parse(readFileSync(file, 'utf8')) as { readonly reality: Reality }).reality;

const percent = (part: number, whole: number): string => `${whole === 0 ? '-' : ((part / whole) * 100).toFixed(1)} %`;

const table = (agreements: readonly Agreement[]): string => {
  const sum = (value: (agreement: Agreement) => number): number => agreements.reduce((total, agreement) => total + value(agreement), 0);
  const rows = agreements.map(({ curve, samples, unequal, different, most, stretches }) => [
    curve,
    samples,
    percent(unequal, samples),
    percent(different, samples),
    most,
    stretches.map(([from, to]) => (from === to ? from : `${from}-${to}`)).join(', '),
  ]);
  const all = ['all', sum(({ samples }) => samples)];
  const shares = [sum(({ unequal }) => unequal), sum(({ different }) => different)].map((part) => percent(part, Number(all[1])));
  const head = ['curve', 'samples', 'unequal', `beyond ${SYNC_SECONDS} s`, 'most', 'when, s'];
  return [head, head.map(() => '---'), ...rows, [...all, ...shares, Math.max(...agreements.map(({ most }) => most)), '']]
    .map((row) => `| ${row.join(' | ')} |`)
    .join('\n');
};

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
});
