/** Numbers below are no instants, and numbers from here on are milliseconds: 1973 to 5138 in seconds. */
const FIRST_SECONDS = 1e8;
const FIRST_MILLISECONDS = 1e11;
const LAST_MILLISECONDS = 1e14;

/** Seconds since 1970 of a number of seconds or milliseconds since then; `undefined` where it is neither. */
export const epochOf = (value: number): number | undefined => {
  if (value >= FIRST_SECONDS && value < FIRST_MILLISECONDS) return value;
  return value >= FIRST_MILLISECONDS && value < LAST_MILLISECONDS ? value / 1000 : undefined;
};

const RFC_3339 = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;

/** Seconds since the epoch of an RFC 3339 instant such as `2026-01-01T00:00:00Z`; `undefined` for anything else. */
export const epochSecondsOf = (text: string): number | undefined => {
  const parts = RFC_3339.exec(text);
  if (parts === null) return undefined;
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map(Number) as [number, number, number, number, number, number];
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const utc = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  // The 30th of February would become a day in March.
  if (utc.getUTCMonth() !== month - 1 || utc.getUTCDate() !== day) return undefined;
  const offset = offsetSeconds(parts[8]!);
  return offset === undefined ? undefined : utc.getTime() / 1000 + Number(parts[7] ?? 0) - offset;
};

const offsetSeconds = (text: string): number | undefined => {
  if (text === 'Z') return 0;
  const [hours, minutes] = [Number(text.slice(1, 3)), Number(text.slice(4, 6))];
  if (hours > 23 || minutes > 59) return undefined;
  return (text.startsWith('-') ? -1 : 1) * (hours * 3600 + minutes * 60);
};
