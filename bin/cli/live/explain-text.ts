import type { LastDecision, ShownSignal, ShownSubject } from '../../../lambda/control-loop/model/last-decision';
import { parseRfc3339, rfc3339Second } from '../../../lambda/control-loop/model/times';
import { duration } from '../text/numbers';
import type { Style } from '../text/style';
import { leftTable } from '../text/table';
import type { FleetView } from './fleet-view';
import { SIGNAL_ORDER } from './signal-names';
import { oneShortage } from './status-text';

/** The last decision for a reader, from the mode down to the single signal. */
export const explainText = (view: FleetView, decision: LastDecision | null, nowSeconds: number, style: Style): string => {
  if (decision === null) return `${noDecision(view)}\n`;
  const section = (name: string, rows: readonly (readonly string[])[]) =>
    rows.length === 0 ? [] : [`${style('bold', name)}\n${leftTable(rows, '  ')}`];
  const sections = [
    head(view, decision, nowSeconds, style),
    ...inOrder(decision.units, namesOf(view.units)).map(([name, unit]) => subjectText(`Unit ${name}`, unit, style)),
    ...inOrder(decision.pools, namesOf(view.pools)).map(([name, pool]) => subjectText(`Pool ${name}`, pool, style)),
    ...section(
      'Order of pools',
      decision.poolOrder.map(({ pool, reason }, index) => [`${index + 1}.`, pool, reason]),
    ),
    ...section(
      'Shortages',
      decision.shortages.map((shortage) => [shortage.pool, oneShortage(shortage, nowSeconds)]),
    ),
    ...section('Remarks', remarkRows(decision, style)),
    ...(decision.writes.length === 0 ? [] : [[style('bold', 'Writes that were to be made'), ...writeLines(decision)].join('\n')]),
    ...(decision.cut === undefined ? [] : [style('yellow', `Left out of the record, as it has no room: ${decision.cut.join('; ')}`)]),
  ];
  return `${sections.join('\n\n')}\n`;
};

const noDecision = ({ fleet, enforcement }: FleetView): string =>
  enforcement === 'Observe'
    ? `${fleet}: the loop writes nothing for a fleet with enforcement Observe; its decisions are in its log`
    : `${fleet}: the loop has not recorded a decision: it has not run yet, or is of a version before 0.1`;

const head = (view: FleetView, decision: LastDecision, nowSeconds: number, style: Style): string => {
  const at = parseRfc3339(decision.time);
  const age = at === undefined ? '' : `, ${duration(Math.max(0, Math.round(nowSeconds - at)))} ago`;
  const lines = [
    style('bold', `${view.fleet}: ${decision.strategy} since ${decision.strategySince}, ${decision.strategyReason}`),
    `decided ${decision.time}${age}; policy ${decision.policy}; ${decision.enforcement}; trigger ${decision.trigger}`,
  ];
  if (view.isSilent) lines.push(style(['red', 'bold'], 'SILENT: the loop has not been heard of since'));
  if (view.strategy === 'Invalid') lines.push(style('red', 'WRONG: the spec has since been refused; this is the last decision before'));
  if (decision.routerWeights !== undefined) lines.push(`router weights ${signalText(decision.routerWeights, namesOf(view.units))}`);
  return lines.join('\n');
};

const namesOf = (subjects: readonly { readonly name: string }[]): readonly string[] => subjects.map(({ name }) => name);

/** The API server keeps the fields of a record in the order of the alphabet: these go first, in their own order. */
const inOrder = <T>(record: Readonly<Record<string, T>>, first: readonly string[]): readonly (readonly [string, T])[] => {
  const place = (name: string) => (first.includes(name) ? first.indexOf(name) : first.length);
  return Object.entries(record).sort(([a], [b]) => place(a) - place(b) || (a < b ? -1 : 1));
};

const FIELDS = ['floor', 'target', 'share', 'weight', 'limit'];
/** What was decided first, then the signals it was decided on. */
const subjectText = (name: string, { inputs = {}, wanted = {}, decided }: ShownSubject, style: Style): string => {
  const fields = inOrder({ ...wanted, ...decided }, FIELDS).map(([field]) => field);
  const choices = fields.flatMap((field) => {
    const choice = decided[field];
    const proposal = wanted[field];
    return [
      [field, choice?.value === undefined ? 'left' : String(choice.value), choice?.reason ?? ''],
      ...(proposal === undefined ? [] : [['', style('yellow', `wanted ${proposal.value ?? '?'}`), proposal.reason]]),
    ];
  });
  const signals = inOrder(inputs, SIGNAL_ORDER).map(([input, signal]) => [input, ...signalCells(input, signal)]);
  return [
    style('bold', name),
    ...(choices.length === 0 ? [] : [leftTable(choices, '  ')]),
    ...(signals.length === 0 ? [] : [style('dim', '  from'), leftTable(signals, '    ')]),
  ].join('\n');
};

const signalCells = (name: string, signal: ShownSignal): readonly string[] => {
  if (signal.unknown !== undefined) return ['unknown', signal.unknown];
  const isTime = name === 'lastLaunchSeconds' && typeof signal.value === 'number';
  return [isTime ? rfc3339Second(signal.value as number) : valueText(signal.value), ageText(signal)];
};

const signalText = (signal: ShownSignal, names: readonly string[]): string =>
  signal.unknown === undefined ? `${valueText(signal.value, names)}, ${ageText(signal)}` : `unknown: ${signal.unknown}`;

const ageText = ({ ageSeconds }: ShownSignal): string => (ageSeconds === undefined ? '' : `${duration(Math.max(0, ageSeconds))} old`);

/** `undefined` is a known absence. */
const valueText = (value: unknown, names: readonly string[] = []): string => {
  if (value === undefined) return 'not set';
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(String).join(', ');
  if (typeof value === 'object' && value !== null) {
    const parts = inOrder(value as Readonly<Record<string, unknown>>, names).map(
      ([name, part]) => `${name === '' ? 'elsewhere' : name} ${String(part)}`,
    );
    return parts.length === 0 ? 'none' : parts.join(', ');
  }
  return String(value);
};

const remarkRows = ({ findings }: LastDecision, style: Style): readonly (readonly string[])[] =>
  findings
    .filter(({ code }) => code !== 'Shortage')
    .map(({ code, subject, message }) => [style(code === 'Contested' ? 'yellow' : 'dim', code), subject, message]);

const writeLines = ({ writes }: LastDecision): readonly string[] =>
  writes.map(({ object, changes }) => {
    const fields = Object.entries(changes).map(([field, { from, to }]) => `${field} ${from ?? 'not set'} -> ${to}`);
    return `  ${object}: ${fields.join(', ')}`;
  });
