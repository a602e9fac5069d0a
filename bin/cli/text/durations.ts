import { refuse } from './problems';

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, min: 60, h: 3600, d: 86_400 };
const MAX_DAYS = 90;

/** Seconds of a duration such as `90s`, `30m`, `2h`, `1d` or `1h30m`. */
export const durationOf =
  (option: string, minimumSeconds = 1) =>
  (text: string) => {
    const expected = `a duration up to ${MAX_DAYS}d, such as 30m, 2h, 1h30m or 1d`;
    const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(min|s|m|h|d)/g)];
    if (parts.length === 0 || parts.map(([part]) => part).join('') !== text) {
      return refuse(option, JSON.stringify(text), expected, /^\d+$/.test(text) ? `${text}m for minutes, ${text}h for hours?` : undefined);
    }
    const seconds = parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * UNITS[unit!]!, 0);
    return seconds >= minimumSeconds && seconds <= MAX_DAYS * 86_400 ? seconds : refuse(option, JSON.stringify(text), expected);
  };
