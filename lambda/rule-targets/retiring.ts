import { RETIRING_TAG_PREFIX } from '../control-loop/contract/names';
import type { Tags } from './ports';

/** What a rule says about a target group that is being retired. Times are in seconds since the epoch. */
export interface Retiring {
  /** Since when. */
  readonly sinceSeconds: number;
  /** Since when its weight is 0; `undefined` while it is above. */
  readonly drainedSinceSeconds: number | undefined;
}

/** `arn:...:targetgroup/name/id` -> the key of its tag. */
export const retiringTagKey = (targetGroupArn: string): string =>
  `${RETIRING_TAG_PREFIX}${targetGroupArn.split(':targetgroup/')[1] ?? targetGroupArn}`;

/** `since=<RFC 3339>`, then ` drained=<RFC 3339>` once its weight is 0. */
export const retiringTagValue = ({ sinceSeconds, drainedSinceSeconds }: Retiring): string =>
  [`since=${timeOf(sinceSeconds)}`, ...(drainedSinceSeconds === undefined ? [] : [`drained=${timeOf(drainedSinceSeconds)}`])].join(' ');

/** What the tags of a rule say about a target group; `undefined` if it is not being retired. */
export const retiringOf = (tags: Tags, targetGroupArn: string): Retiring | undefined => {
  const value = tags[retiringTagKey(targetGroupArn)];
  if (value === undefined) return undefined;
  const sinceSeconds = secondsOf(/since=(\S+)/.exec(value)?.[1]);
  if (sinceSeconds === undefined) return undefined;
  return { sinceSeconds, drainedSinceSeconds: secondsOf(/drained=(\S+)/.exec(value)?.[1]) };
};

const timeOf = (seconds: number): string => new Date(seconds * 1000).toISOString();

const secondsOf = (time: string | undefined): number | undefined => {
  const milliseconds = Date.parse(time ?? '');
  return Number.isNaN(milliseconds) ? undefined : milliseconds / 1000;
};
