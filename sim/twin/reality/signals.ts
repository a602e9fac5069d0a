import type { Reality } from '../../inputs/reality';
import { holdsAt } from './windows';

type Entry = Reality['silentSignals'][number];
export type SilentAnswer = Entry['answer'];

/** Signals that are not to be had: by what their readers are answered instead; `undefined` for one that is. */
export interface Signals {
  /** CloudWatch as a whole. */
  cloudWatch(timeSeconds: number): SilentAnswer | undefined;
  /** One metric of it. */
  metric(name: string, timeSeconds: number): SilentAnswer | undefined;
  /** Whether the scalers of the units miss a metric too. */
  isMissingToScalers(metric: string, timeSeconds: number): boolean;
  spotPrices(timeSeconds: number): SilentAnswer | undefined;
  /** Objects of a kind. */
  kubernetes(kind: string, timeSeconds: number): SilentAnswer | undefined;
  router(timeSeconds: number): SilentAnswer | undefined;
}

export const signalsOf = ({ silentSignals }: Reality): Signals => {
  const last = (timeSeconds: number, concerns: (entry: Entry) => boolean): SilentAnswer | undefined =>
    silentSignals.findLast((entry) => holdsAt(entry, timeSeconds) && concerns(entry))?.answer;
  return {
    cloudWatch: (timeSeconds) => last(timeSeconds, (entry) => entry.signal === 'cloudwatch' && entry.metric === undefined),
    metric: (name, timeSeconds) => last(timeSeconds, (entry) => entry.signal === 'cloudwatch' && entry.metric === name),
    isMissingToScalers: (metric, timeSeconds) =>
      last(timeSeconds, (entry) => entry.signal === 'cloudwatch' && entry.readers === 'all' && (entry.metric ?? metric) === metric) !==
      undefined,
    spotPrices: (timeSeconds) => last(timeSeconds, ({ signal }) => signal === 'spot-prices'),
    kubernetes: (kind, timeSeconds) => last(timeSeconds, (entry) => entry.signal === 'kubernetes' && (entry.kind ?? kind) === kind),
    router: (timeSeconds) => last(timeSeconds, ({ signal }) => signal === 'router'),
  };
};
