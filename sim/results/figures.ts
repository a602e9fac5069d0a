/** Figures as people read them, by one rule each in the terminal and in the report. No locale has a say. */

/** 6412345 is "6,412,345". */
export const count = (value: number): string => grouped(value.toFixed(0));

const grouped = (digits: string): string => digits.replace(/\B(?=(\d{3})+$)/g, ',');

/** A number of at least 0 that need not be whole, such as a mean or a rate: one decimal below 100 where there is one, else none. */
export const amount = (value: number): string => {
  if (value > 0 && value < 0.05) return 'under 0.1';
  return value < 100 ? trimZeros(value.toFixed(1)) : count(value);
};

/** US dollars: whole from 1,000 on, cents below, three digits that matter below 1. */
export const usd = (value: number): string => {
  if (value < 0) return `\u2212${usd(-value)}`;
  if (value >= 1000) return `$${count(value)}`;
  if (value >= 1 || value === 0) return `$${value.toFixed(2)}`;
  return `$${value >= 0.1 ? value.toFixed(3) : value.toFixed(4)}`;
};

const trimZeros = (text: string): string => (text.includes('.') ? text.replace(/\.?0+$/, '') : text);

const MAX_DIGITS = 6;

/**
 * A share of all requests in percent, cut and not rounded, so that 100 % is said of all and nothing less,
 * with as many digits (two to six) as it takes to tell it from the goal.
 */
export const sharePercent = (share: number, goal?: number): string => {
  if (share === 1) return '100%';
  for (let digits = 2; ; digits += 1) {
    const scale = 10 ** digits;
    // The small addition undoes binary noise such as 0.9962 * 100 = 99.61999999999999.
    const text = (Math.floor(share * 100 * scale + 1e-6) / scale).toFixed(digits);
    const isTold = goal === undefined || share === goal || Number(text) !== Number((goal * 100).toFixed(MAX_DIGITS));
    if (isTold || digits === MAX_DIGITS) return `${text}%`;
  }
};

/** A goal in percent as it was stated: 0.99 is "99%", 0.999 is "99.9%". */
export const goalPercent = (share: number): string => `${trimZeros((share * 100).toFixed(MAX_DIGITS))}%`;

/** A share of traffic: 0.539 is "53.9%", 0.5 is "50%". */
export const trafficPercent = (share: number): string =>
  share > 0 && share < 0.0005 ? 'under 0.1%' : `${trimZeros((share * 100).toFixed(1))}%`;

/** A small part of a whole in percent with two digits that matter. */
export const partPercent = (part: number, whole: number): string => {
  if (whole === 0 || part === 0) return '0%';
  const percent = (100 * part) / whole;
  if (percent < 0.001) return 'under 0.001%';
  const digits = percent >= 10 ? 1 : percent >= 1 ? 2 : percent >= 0.1 ? 2 : percent >= 0.01 ? 3 : 4;
  return `${trimZeros(percent.toFixed(digits))}%`;
};

/** A strategy in words: "CapacityOptimized" is "capacity-optimized". */
export const strategyWords = (strategy: string): string => strategy.replace(/([a-z0-9])([A-Z])/g, '$1-$2').toLowerCase();

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const two = (value: number): string => value.toString().padStart(2, '0');

/** Figures of more than one word, with `blank` between number and unit: on a page one that keeps them on a line. */
export const figuresWith = (blank: string) => {
  /** "1 request", "1,204 requests". */
  const counted = (value: number, singular: string): string => `${count(value)}${blank}${singular}${Math.round(value) === 1 ? '' : 's'}`;

  /**
   * A latency: milliseconds below a tenth of a second, else seconds, with as many digits (two to six) as it takes to tell
   * it from the objective.
   */
  const latency = (seconds: number | null, objectiveSeconds?: number): string => {
    if (seconds === null) return 'none';
    if (seconds < 0.1) return `${trimZeros((seconds * 1000).toFixed(1))}${blank}ms`;
    let digits = seconds >= 10 ? 1 : 2;
    const isMistaken = () => seconds !== objectiveSeconds && Number(seconds.toFixed(digits)) === objectiveSeconds;
    while (isMistaken() && digits < MAX_DIGITS) digits += 1;
    return `${seconds.toFixed(digits)}${blank}s`;
  };

  /** A stated latency, as it was stated: 0.9 is "0.9 s". */
  const statedLatency = (seconds: number): string =>
    seconds < 0.1 ? `${trimZeros((seconds * 1000).toFixed(3))}${blank}ms` : `${trimZeros(seconds.toFixed(3))}${blank}s`;

  /** A duration in its two largest units: "38 s", "4 min 10 s", "1 h 5 min", "3 d". */
  const duration = (seconds: number): string => {
    const whole = Math.round(seconds);
    const parts: [number, string][] = [
      [Math.floor(whole / 86_400), 'd'],
      [Math.floor(whole / 3600) % 24, 'h'],
      [Math.floor(whole / 60) % 60, 'min'],
      [whole % 60, 's'],
    ];
    const first = parts.findIndex(([value]) => value > 0);
    if (first < 0) return `0${blank}s`;
    return parts
      .slice(first, first + 2)
      .filter(([value]) => value > 0)
      .map(([value, unit]) => `${value}${blank}${unit}`)
      .join(' ');
  };

  /** "Fri 14 Nov 03:20" in UTC: the instant `seconds` after `startTime`. */
  const instant = (startTime: string, seconds: number): string => {
    const at = new Date(Date.parse(startTime) + Math.round(seconds) * 1000);
    const day = `${DAYS[at.getUTCDay()]} ${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]}`;
    return `${day} ${two(at.getUTCHours())}:${two(at.getUTCMinutes())}`.replace(/ /g, blank);
  };

  return { counted, latency, statedLatency, duration, instant };
};
