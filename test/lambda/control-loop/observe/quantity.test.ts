import { expect, it } from 'vitest';
import { parseQuantity } from '../../../../lambda/control-loop/observe/quantity';

it.each([
  ['4', 4],
  [4, 4],
  ['0', 0],
  ['89.2', 89.2],
  ['89200m', 89.2],
  ['1k', 1000],
  ['2Ki', 2048],
  ['1e3', 1000],
  ['1.5E2', 150],
  ['3G', 3e9],
  ['.5', 0.5],
  ['-2', -2],
])('the quantity %j is %d', (text, value) => {
  expect(parseQuantity(text)).toBe(value);
});

it.each(['', 'four', '4 ', '1KiB', '0x10', 'm', null, undefined, {}, Number.NaN, Number.POSITIVE_INFINITY])('%j is no quantity', (text) => {
  expect(parseQuantity(text)).toBeUndefined();
});
