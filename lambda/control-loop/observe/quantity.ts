const FACTORS: Readonly<Record<string, number>> = {
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 1024,
  Mi: 1_048_576,
  Gi: 1_073_741_824,
  Ti: 1_099_511_627_776,
  Pi: 1_125_899_906_842_624,
  Ei: 1024 * 1_125_899_906_842_624,
};

/** Suffixes below one divide, as 89200 x 0.001 is not 89.2 in binary. */
const DIVISORS: Readonly<Record<string, number>> = { n: 1e9, u: 1e6, m: 1e3 };

const PATTERN = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:[eE]([+-]?\d+)|(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei))?$/;

/**
 * Parses a Kubernetes quantity (`4`, `"4"`, `"89200m"`, `"1Ki"`, `"1e3"`); `undefined` when it is none.
 * Grammar: Kubernetes API reference, `resource.Quantity`.
 */
export const parseQuantity = (quantity: unknown): number | undefined => {
  if (typeof quantity === 'number') return Number.isFinite(quantity) ? quantity : undefined;
  if (typeof quantity !== 'string') return undefined;
  const match = PATTERN.exec(quantity);
  if (match === null) return undefined;
  const [, digits, exponent, suffix = ''] = match;
  if (exponent !== undefined) return Number(`${digits}e${exponent}`);
  const divisor = DIVISORS[suffix];
  return divisor === undefined ? Number(digits) * FACTORS[suffix]! : Number(digits) / divisor;
};
