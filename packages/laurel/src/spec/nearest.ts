/** Levenshtein distance of two short words. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
    row = next;
  }
  return row[b.length]!;
}

/** The names most like a word, best first: those within a third of its length, or that contain it. At most three. */
export function nearest(word: string, names: readonly string[]): string[] {
  const low = word.toLowerCase();
  return names
    .map((name) => {
      const other = name.toLowerCase();
      const last = other.slice(other.lastIndexOf(".") + 1);
      const contained = low.length > 2 && (other.includes(low) || low.includes(last)) ? 0.5 : Number.POSITIVE_INFINITY;
      return { name, far: Math.min(distance(low, other), distance(low, last) + 0.25, contained) };
    })
    .filter(({ far }) => far <= Math.max(1, word.length / 3))
    .sort((a, b) => a.far - b.far || (a.name < b.name ? -1 : 1))
    .slice(0, 3)
    .map(({ name }) => name);
}
