import type { FleetSpecInput } from '../../lambda/control-loop/api';
import { rfc3339 } from '../../lambda/control-loop/model/times';
import { readArrivalRows } from './arrivals';
import type { ScenarioInput } from './scenario';
import type { TextFile } from './text-file';

/** A fleet and its name. */
export interface NamedFleet {
  readonly name: string;
  readonly spec: FleetSpecInput;
}

/** The load of a new scenario. */
export type NewLoad =
  | { readonly kind: 'file'; readonly path: string; readonly file: TextFile }
  | { readonly kind: 'constant'; readonly requestsPerMinute: number }
  | { readonly kind: 'day'; readonly highestPerMinute: number };

export interface NewScenarioOptions {
  readonly load: NewLoad;
  /** Of second 0, where the load does not say. */
  readonly startEpochSeconds?: number;
  /** By default that of the load, or a day. */
  readonly durationSeconds?: number;
}

const DAY_SECONDS = 86_400;
/** Where nothing says when the scenario starts: 2026-01-01T00:00:00Z. */
const START_EPOCH_SECONDS = 1_767_225_600;
/** The least of a made-up day's load, as a part of its highest. */
const NIGHT_PART = 0.25;

/** A scenario of a fleet and a load, to start one's own from. */
export const newScenario = ({ name, spec }: NamedFleet, options: NewScenarioOptions): ScenarioInput => {
  const { load } = options;
  const rows = load.kind === 'file' ? lengthOf(load.file) : undefined;
  return {
    name,
    description: `Fleet ${name} under ${loadWords(load)}.`,
    startTime: rfc3339(rows?.startEpochSeconds ?? options.startEpochSeconds ?? START_EPOCH_SECONDS),
    durationSeconds: options.durationSeconds ?? rows?.durationSeconds ?? DAY_SECONDS,
    clients: clientsOf(load),
    fleet: withoutArns(name, spec),
  };
};

const loadWords = (load: NewLoad): string =>
  load.kind === 'file'
    ? `the load of ${load.path}`
    : load.kind === 'constant'
      ? `a steady load of ${load.requestsPerMinute} requests a minute`
      : `a day's load of at most ${load.highestPerMinute} requests a minute, which nobody measured`;

const clientsOf = (load: NewLoad): ScenarioInput['clients'] => {
  if (load.kind === 'file') return { kind: 'open-loop', arrivalsFile: load.path };
  if (load.kind === 'constant') return { kind: 'open-loop', requestsPerMinute: { kind: 'constant', value: load.requestsPerMinute } };
  const { highestPerMinute: maximum } = load;
  return {
    kind: 'open-loop',
    requestsPerMinute: { kind: 'cosine', minimum: Math.round(maximum * NIGHT_PART), maximum, periodSeconds: DAY_SECONDS },
  };
};

/** How long a load is: its last rate stands as long as the one before it. */
const lengthOf = (file: TextFile): { readonly durationSeconds: number; readonly startEpochSeconds?: number } => {
  const { arrivals, ...start } = readArrivalRows(file);
  if (arrivals.kind === 'timestamps') return { durationSeconds: Math.floor(arrivals.timestampsSeconds.at(-1)!) + 1, ...start };
  const [last, before] = [arrivals.rows.at(-1)!.timestampSeconds, arrivals.rows.at(-2)?.timestampSeconds];
  return { durationSeconds: before === undefined ? last + DAY_SECONDS : 2 * last - before, ...start };
};

const ruleArn = (fleet: string): string => `arn:aws:elasticloadbalancing:::listener-rule/app/${fleet}/0/0/0`;
const targetGroupArn = (unit: string): string => `arn:aws:elasticloadbalancing:::targetgroup/${unit}/0`;

/** ARNs of no account: the loop finds metrics by their last part. */
const withoutArns = (name: string, spec: FleetSpecInput): FleetSpecInput => ({
  ...spec,
  ...(spec.router === undefined ? {} : { router: { listenerRuleArn: ruleArn(name) } }),
  units: spec.units.map((unit) => (unit.targetGroupArn === undefined ? unit : { ...unit, targetGroupArn: targetGroupArn(unit.name) })),
});
