import { parseField } from '../../../lambda/control-loop/model/field';
import type { LastDecision, ShownProfile, ShownSignal, ShownSubject } from '../../../lambda/control-loop/model/last-decision';
import { signalNames } from '../../../lambda/control-loop/model/signals';
import { amount, count, duration, latency, NONE, trafficPercent } from '../text/numbers';
import type { Style } from '../text/style';
import { leftTable } from '../text/table';
import type { FleetView } from './fleet-view';
import { ageText, shortageText } from './phrases';
import { perMinute, signalLabel, signalValue } from './signal-names';

/** The last decision for a reader: what changed and why, then what it rests on, down to the single signal. */
export const explainText = (view: FleetView, decision: LastDecision | null, nowSeconds: number, style: Style): string => {
  if (decision === null) return `${noDecision(view)}\n`;
  const section = (name: string, rows: readonly (readonly string[])[]) =>
    rows.length === 0 ? [] : [`${style('bold', name)}\n${leftTable(rows, '  ')}`];
  const changes = changeRows(view, decision);
  const sections = [
    head(view, decision, nowSeconds, style),
    ...(changes.length === 0 ? [noChanges(decision)] : []),
    ...section(decision.enforcement === 'Recommend' ? 'Changes, recommended and not made' : 'Changes', changes),
    ...section('Findings', findingRows(decision, style)),
    ...section(
      'Shortages',
      decision.shortages.map((shortage) => [shortage.pool, shortageText(shortage, nowSeconds)]),
    ),
    ...section(
      'Order of pools',
      decision.poolOrder.map(({ pool, reason }, index) => [`${index + 1}.`, pool, reason]),
    ),
    ...inOrder(decision.units, namesOf(view.units)).map(([name, unit]) => subjectText(`Unit ${name}`, unit, style)),
    ...inOrder(decision.pools, namesOf(view.pools)).map(([name, pool]) => subjectText(`Pool ${name}`, pool, style)),
    ...(decision.cut === undefined ? [] : [style('yellow', `Left out of the record to keep it small: ${decision.cut.join('; ')}`)]),
  ];
  return `${sections.join('\n\n')}\n`;
};

const noDecision = ({ fleet, enforcement }: FleetView): string =>
  enforcement === 'Observe'
    ? `${fleet}: with enforcement Observe the loop writes nothing to the fleet; its decisions are in its log`
    : `${fleet}: no decision is recorded: the loop has not run yet, or is older than version 0.1`;

const head = (view: FleetView, decision: LastDecision, nowSeconds: number, style: Style): string => {
  const { strategy, strategyReason, strategySince, policy, enforcement, trigger, routerWeights } = decision;
  const lines = [
    style('bold', `${view.fleet}: ${strategy} for ${ageText(strategySince, nowSeconds)}, ${strategyReason}`),
    style('dim', `decided ${ageText(decision.time, nowSeconds)} ago by ${policy} at ${decision.time}; ${enforcement}; trigger ${trigger}`),
  ];
  if (view.isSilent) lines.push(style(['red', 'bold'], 'SILENT: the loop has not decided since'));
  if (view.strategy === 'Invalid') lines.push(style('red', 'WRONG: the spec has since been refused; this is the last decision before'));
  if (routerWeights?.unknown !== undefined) lines.push(style('yellow', `UNKNOWN: the shares that are set: ${routerWeights.unknown}`));
  return lines.join('\n');
};

const noChanges = (decision: LastDecision): string =>
  findingsOf(decision).length === 0 ? 'No changes: every value is already as decided.' : 'No changes. The findings say what was held back.';

const namesOf = (subjects: readonly { readonly name: string }[]): readonly string[] => subjects.map(({ name }) => name);

/** The API server keeps the fields of a record in the order of the alphabet: these go first, in their own order. */
const inOrder = <T>(record: Readonly<Record<string, T>>, first: readonly string[]): readonly (readonly [string, T])[] => {
  const place = (name: string) => (first.includes(name) ? first.indexOf(name) : first.length);
  return Object.entries(record).sort(([a], [b]) => place(a) - place(b) || (a < b ? -1 : 1));
};

interface Field {
  readonly format: (value: number) => string;
  /** The signal that carries the present value; that of a share is the router's. */
  readonly signal?: string;
}

/** Fields in the order in which they are shown. */
const FIELDS: Readonly<Record<string, Field>> = {
  floor: { format: count, signal: 'floor' },
  target: { format: perMinute, signal: 'targetThroughputPerMinute' },
  share: { format: trafficPercent },
  weight: { format: count, signal: 'weight' },
  limit: { format: count, signal: 'limitDevices' },
};

const fieldValue = (field: string, value: number): string => (FIELDS[field]?.format ?? amount)(value);

/** What was to be written, with the reasons; whether it was shows in the signals of the next decision. */
const changeRows = (view: FleetView, decision: LastDecision): readonly (readonly string[])[] => {
  const written = decision.writes.flatMap(({ changes }) => Object.keys(changes).map(parseField));
  const subjects = [...inOrder(decision.units, namesOf(view.units)), ...inOrder(decision.pools, namesOf(view.pools))];
  return subjects.flatMap(([name, subject]) =>
    inOrder(subject.decided, Object.keys(FIELDS)).flatMap(([field, { value, reason }]) => {
      if (value === undefined) return [];
      const [now, next] = [presentValue(field, name, subject, decision), fieldValue(field, value)];
      // A loop that may only recommend plans no writes.
      const isChange =
        decision.enforcement === 'Recommend' ? now !== next : written.some((one) => one?.kind === field && one.name === name);
      return isChange ? [[name, field, `${now} -> ${next}`, reason]] : [];
    }),
  );
};

const presentValue = (field: string, name: string, { inputs }: ShownSubject, { routerWeights }: LastDecision): string => {
  if (field === 'share') {
    // A router counts in weights, whose sum is its own affair.
    const weights = (routerWeights?.value ?? {}) as Readonly<Record<string, number>>;
    const total = Object.values(weights).reduce((sum, weight) => sum + weight, 0);
    return weights[name] === undefined || total === 0 ? NONE : trafficPercent(weights[name] / total);
  }
  const signal = FIELDS[field]?.signal;
  const shown = signal === undefined ? undefined : inputs?.[signal];
  return signal === undefined || shown === undefined || shown.unknown !== undefined ? NONE : signalValue(signal, shown.value);
};

/** Shortages have a section of their own. */
const findingsOf = ({ findings }: LastDecision) => findings.filter(({ code }) => code !== 'Shortage');

const findingRows = (decision: LastDecision, style: Style): readonly (readonly string[])[] =>
  findingsOf(decision).map(({ code, subject, message }) => [style(code === 'Contested' ? 'yellow' : 'dim', code), subject, message]);

/** What was decided first, then the signals it was decided on. */
const subjectText = (name: string, { inputs = {}, wanted = {}, decided, profile }: ShownSubject, style: Style): string => {
  const fields = inOrder({ ...wanted, ...decided }, Object.keys(FIELDS)).map(([field]) => field);
  const choices = fields.flatMap((field) => {
    const choice = decided[field];
    const proposal = wanted[field];
    const proposed = proposal?.value === undefined ? '?' : fieldValue(field, proposal.value);
    return [
      [field, choice?.value === undefined ? 'unchanged' : fieldValue(field, choice.value), choice?.reason ?? ''],
      ...(proposal === undefined ? [] : [['', style('yellow', `desired ${proposed}`), proposal.reason]]),
    ];
  });
  const signals = inOrder(inputs, signalNames).map(([input, signal]) => [signalLabel(input), ...signalCells(input, signal)]);
  return [
    style('bold', name),
    ...(choices.length === 0 ? [] : [leftTable(choices, '  ')]),
    ...(profile === undefined ? [] : [style('dim', '  profile'), leftTable(profileRows(profile), '    ')]),
    ...(signals.length === 0 ? [] : [style('dim', '  based on'), leftTable(signals, '    ')]),
  ].join('\n');
};

const profileRows = ({ stated, learned }: ShownProfile): readonly (readonly string[])[] =>
  (
    [
      ['throughput', 'throughputPerMinute', perMinute],
      ['latency', 'latencySeconds', (seconds: number) => latency(seconds)],
      ['cold start', 'coldStartSeconds', (seconds: number) => duration(Math.round(seconds))],
    ] as const
  ).map(([name, field, format]) => [name, `stated ${format(stated[field])}`, `learned ${format(learned[field])}`]);

const signalCells = (name: string, { value, ageSeconds, unknown }: ShownSignal): readonly string[] =>
  unknown === undefined
    ? [signalValue(name, value), ageSeconds === undefined ? '' : `${duration(Math.max(0, ageSeconds))} old`]
    : ['unknown', unknown];
