/** Figures for readers: grouped thousands, units kept on the line of their number, no locale functions. */

const NO_BREAK = '\u00a0';

/** 6412345 -> "6,412,345". */
export const count = (value: number): string =>
  Math.round(value)
    .toFixed(0)
    .replace(/\B(?=(\d{3})+$)/g, ',');

/** "1 request", "1,204 requests". */
export const counted = (value: number, singular: string): string =>
  `${count(value)}${NO_BREAK}${singular}${Math.round(value) === 1 ? '' : 's'}`;

/** US dollars: cents below 1,000, three digits that matter below 1. */
export const usd = (value: number): string => {
  if (value < 0) return `\u2212${usd(-value)}`;
  if (value >= 1000) return `$${count(value)}`;
  if (value >= 1 || value === 0) return `$${value.toFixed(2)}`;
  return `$${value >= 0.1 ? value.toFixed(3) : value.toFixed(4)}`;
};

const trimZeros = (text: string): string => (text.includes('.') ? text.replace(/\.?0+$/, '') : text);

/**
 * A share of all requests in percent, cut and not rounded, so that 100 % means all of them,
 * with as many digits (two to six) as distinguish it from the goal.
 */
export const sharePercent = (share: number, goal?: number): string => {
  for (let digits = 2; digits <= 6; digits += 1) {
    const scale = Number(`1e${digits}`);
    // The small addition undoes binary noise such as 0.9962 * 100 = 99.61999999999999.
    const text = (Math.floor(share * 100 * scale + 1e-6) / scale).toFixed(digits);
    if (goal === undefined || share === goal || Number(text) !== Number((goal * 100).toFixed(6)) || digits === 6)
      return `${share === 1 ? '100' : text}%`;
  }
  return `${share * 100}%`;
};

/** A goal in percent as it was stated: 0.99 -> "99%", 0.999 -> "99.9%". */
export const goalPercent = (share: number): string => `${trimZeros((share * 100).toFixed(6))}%`;

/** A small part of a whole in percent with two digits that matter. */
export const partPercent = (part: number, whole: number): string => {
  if (whole === 0 || part === 0) return '0%';
  const percent = (100 * part) / whole;
  if (percent < 0.001) return 'under 0.001%';
  const digits = percent >= 10 ? 1 : percent >= 1 ? 2 : percent >= 0.1 ? 2 : percent >= 0.01 ? 3 : 4;
  return `${trimZeros(percent.toFixed(digits))}%`;
};

/** A latency: milliseconds below a tenth of a second, else seconds. */
export const latency = (seconds: number | null): string => {
  if (seconds === null) return 'none';
  if (seconds < 0.1) return `${trimZeros((seconds * 1000).toFixed(1))}${NO_BREAK}ms`;
  return `${seconds >= 10 ? seconds.toFixed(1) : seconds.toFixed(2)}${NO_BREAK}s`;
};

/** A stated latency, as it was stated: 0.9 -> "0.9 s". */
export const statedLatency = (seconds: number): string =>
  seconds < 0.1 ? `${trimZeros((seconds * 1000).toFixed(3))}${NO_BREAK}ms` : `${trimZeros(seconds.toFixed(3))}${NO_BREAK}s`;

/** A duration in its two largest units: "38 s", "4 min 10 s", "1 h 5 min", "3 d". */
export const duration = (seconds: number): string => {
  const whole = Math.round(seconds);
  const parts: [number, string][] = [
    [Math.floor(whole / 86_400), 'd'],
    [Math.floor(whole / 3600) % 24, 'h'],
    [Math.floor(whole / 60) % 60, 'min'],
    [whole % 60, 's'],
  ];
  const first = parts.findIndex(([value]) => value > 0);
  if (first < 0) return `0${NO_BREAK}s`;
  return parts
    .slice(first, first + 2)
    .filter(([value]) => value > 0)
    .map(([value, unit]) => `${value}${NO_BREAK}${unit}`)
    .join(' ');
};

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const two = (value: number): string => value.toString().padStart(2, '0');

/** "Fri 14 Nov 03:20" in UTC: the instant `seconds` after `startTime`. */
export const instant = (startTime: string, seconds: number): string => {
  const at = new Date(Date.parse(startTime) + Math.round(seconds) * 1000);
  const day = `${DAYS[at.getUTCDay()]} ${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]}`;
  return `${day} ${two(at.getUTCHours())}:${two(at.getUTCMinutes())}`.replace(/ /g, NO_BREAK);
};

/** A strategy in words: "CapacityOptimized" -> "capacity-optimized". */
export const strategyWords = (strategy: string): string => strategy.replace(/([a-z0-9])([A-Z])/g, '$1-$2').toLowerCase();
