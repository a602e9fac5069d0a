import type { AcceleratorInstanceType } from './instance-type';

/**
 * Devices and on-demand list price of the instance types that carry each accelerator.
 *
 * Prices are US dollars an hour in us-east-1, Linux, on 2026-07-06, as in the static price table of
 * Karpenter's AWS provider v1.14.1. `undefined` where that table has none: unknown, not free.
 */
const table = (rows: Record<string, readonly [devices: number, priceUsdPerHour: number | undefined]>): AcceleratorInstanceType[] =>
  Object.entries(rows).map(([name, [devices, priceUsdPerHour]]) =>
    priceUsdPerHour === undefined ? { name, devices } : { name, devices, priceUsdPerHour },
  );

export const A10G = table({
  'g5.xlarge': [1, 1.006],
  'g5.2xlarge': [1, 1.212],
  'g5.4xlarge': [1, 1.624],
  'g5.8xlarge': [1, 2.448],
  'g5.16xlarge': [1, 4.096],
  'g5.12xlarge': [4, 5.672],
  'g5.24xlarge': [4, 8.144],
  'g5.48xlarge': [8, 16.288],
});

/** g6f is left out: it carries a fraction of an L4 and reports no device. */
export const L4 = table({
  'g6.xlarge': [1, 0.8048],
  'g6.2xlarge': [1, 0.9776],
  'g6.4xlarge': [1, 1.3232],
  'g6.8xlarge': [1, 2.0144],
  'g6.16xlarge': [1, 3.3968],
  'g6.12xlarge': [4, 4.6016],
  'g6.24xlarge': [4, 6.6752],
  'g6.48xlarge': [8, 13.3504],
});

export const L40S = table({
  'g6e.xlarge': [1, 1.861],
  'g6e.2xlarge': [1, 2.24208],
  'g6e.4xlarge': [1, 3.00424],
  'g6e.8xlarge': [1, 4.52856],
  'g6e.16xlarge': [1, 7.57719],
  'g6e.12xlarge': [4, 10.49264],
  'g6e.24xlarge': [4, 15.06559],
  'g6e.48xlarge': [8, 30.13118],
});

export const A100 = table({ 'p4d.24xlarge': [8, 21.957642], 'p4de.24xlarge': [8, 27.44705] });

export const H100 = table({ 'p5.4xlarge': [1, 6.88], 'p5.48xlarge': [8, 55.04] });

export const H200 = table({ 'p5en.48xlarge': [8, 63.296], 'p5e.48xlarge': [8, undefined] });

export const INFERENTIA2 = table({
  'inf2.xlarge': [1, 0.7582],
  'inf2.8xlarge': [1, 1.96786],
  'inf2.24xlarge': [6, 6.49063],
  'inf2.48xlarge': [12, 12.98127],
});

export const TRAINIUM1 = table({ 'trn1.2xlarge': [1, 1.34375], 'trn1.32xlarge': [16, 21.5], 'trn1n.32xlarge': [16, 24.78] });

export const TRAINIUM2 = table({ 'trn2.48xlarge': [16, undefined] });
