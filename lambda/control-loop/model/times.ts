const RFC3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;

/** Seconds since the epoch of an RFC 3339 time, for example `2026-03-01T12:00:00Z`; `undefined` where it is none. */
export const parseRfc3339 = (text: string | null | undefined): number | undefined => {
  const milliseconds = typeof text === 'string' && RFC3339.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(milliseconds) ? undefined : milliseconds / 1000;
};

/** RFC 3339 of seconds since the epoch, in UTC, with milliseconds where there are any, for example `2026-03-01T12:00:00Z`. */
export const rfc3339 = (seconds: number): string => new Date(Math.round(seconds * 1000)).toISOString().replace('.000Z', 'Z');
