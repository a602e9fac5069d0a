/** Numbers as text, alike on every machine: no locale has a say. */

export const NONE = '-';

/** `1234567.891` with two digits is `1,234,567.89`. */
export const fixed = (value: number, digits: number): string => {
  const [whole, fraction] = value.toFixed(digits).split('.');
  const grouped = whole!.replace(/\B(?=(\d{3})+$)/g, ',');
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
};

export const count = (value: number): string => fixed(value, 0);

/** Never rounds a share below one up to 100 %: what was missed must show. */
export const percent = (share: number, digits = 2): string => {
  const rounded = fixed(share * 100, digits);
  return rounded === fixed(100, digits) && share < 1 ? `>${fixed(100 - 1 / 10 ** digits, digits)} %` : `${rounded} %`;
};

export const usd = (value: number, digits = 2): string => `$${fixed(value, digits)}`;

export const orNone = (value: number | null, format: (value: number) => string): string => (value === null ? NONE : format(value));

/** `93784` is `1 d 2 h 3 min 4 s`; parts that are zero are left out. */
export const duration = (seconds: number): string => {
  if (seconds > 0 && seconds < 1) return `${fixed(seconds, 2)} s`;
  let rest = Math.round(seconds);
  const parts: string[] = [];
  for (const [unit, size] of UNITS) {
    const amount = Math.floor(rest / size);
    rest -= amount * size;
    if (amount > 0) parts.push(`${amount} ${unit}`);
  }
  return parts.length === 0 ? '0 s' : parts.join(' ');
};

const UNITS = [
  ['d', 86_400],
  ['h', 3600],
  ['min', 60],
  ['s', 1],
] as const;
