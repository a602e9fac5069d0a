/**
 * A list in the order of its names. What is rendered into a template is sorted, so that a list which a user reorders changes nothing.
 */
export const byName = <T>(values: readonly T[], nameOf: (value: T) => string): T[] =>
  [...values].sort((one, other) => {
    const [a, b] = [nameOf(one), nameOf(other)];
    return a < b ? -1 : a > b ? 1 : 0;
  });
