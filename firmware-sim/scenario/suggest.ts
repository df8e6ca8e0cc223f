/** "Did you mean …?": the nearest of the words that would have been right, or none when nothing is near. */

/**
 * Damerau-Levenshtein distance (optimal string alignment): insertions, deletions, replacements and swaps of neighbours.
 * Gives up and returns `limit + 1` once the distance is sure to be larger than `limit`.
 */
export function editDistance(a: string, b: string, limit = Infinity): number {
  if (Math.abs(a.length - b.length) > limit) {
    return limit + 1;
  }
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(at(previous, j) + 1, at(row, j - 1) + 1, at(previous, j - 1) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, at(beforePrevious, j - 2) + 1);
      }
      row.push(cost);
    }
    if (Math.min(...row) > limit) {
      return limit + 1;
    }
    beforePrevious = previous;
    previous = row;
  }
  return Math.min(at(previous, b.length), limit + 1);
}

const at = (row: readonly number[], index: number): number => row[index] ?? Infinity;

/**
 * The word nearest to `given`, the first of equals; undefined when none is near. Near is one edit in three letters, at
 * least one, and never a change of every letter. Case costs nothing.
 */
export function suggest(given: string, words: readonly string[]): string | undefined {
  const wanted = given.toLowerCase();
  let best: { word: string; distance: number } | undefined;
  for (const word of words) {
    const longer = Math.max(given.length, word.length);
    const limit = Math.min(Math.max(1, Math.floor(longer / 3)), word.length - 1);
    const distance = editDistance(wanted, word.toLowerCase(), limit);
    if (distance <= limit && (best === undefined || distance < best.distance)) {
      best = { word, distance };
    }
  }
  return best?.word;
}
