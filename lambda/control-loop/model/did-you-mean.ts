/** The known word nearest to a mistyped one, or `undefined` where none is near: `latency` finds `latencySeconds`, `polcy` finds `policy`. */
export const nearest = (given: string, known: readonly string[]): string | undefined => {
  const wanted = given.toLowerCase();
  const limit = Math.max(1, Math.floor(wanted.length / 3));
  let best: { word: string; distance: number } | undefined;
  for (const word of known) {
    const candidate = word.toLowerCase();
    const prefix = wanted.length >= 3 && (candidate.startsWith(wanted) || wanted.startsWith(candidate));
    const distance = prefix ? 0.5 : editDistance(wanted, candidate);
    if (distance <= limit && (best === undefined || distance < best.distance)) best = { word, distance };
  }
  return best?.word;
};

/** Advice for a word that is not among the known ones. */
export const didYouMean = (given: string, known: readonly string[]): string | undefined => {
  const word = nearest(given, known);
  return word === undefined ? undefined : `did you mean ${JSON.stringify(word)}?`;
};

/** Insertions, deletions, replacements and swaps of neighbours that turn one word into the other (optimal string alignment). */
const editDistance = (a: string, b: string): number => {
  // Words longer than any field name are no slips of the finger; the bound keeps hostile input cheap.
  if (Math.abs(a.length - b.length) > 30 || a.length > 100) return Number.POSITIVE_INFINITY;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const replaced = last[column - 1]! + (a[row - 1] === b[column - 1] ? 0 : 1);
      let distance = Math.min(last[column]! + 1, current[column - 1]! + 1, replaced);
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        distance = Math.min(distance, beforeLast[column - 2]! + 1);
      }
      current.push(distance);
    }
    beforeLast = last;
    last = current;
  }
  return last[b.length]!;
};
