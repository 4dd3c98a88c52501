/**
 * The names that are close to a mistyped one: equal but for case and separators, or within an edit distance of a third
 * of its length (at least 1, at most 3). Closest first, at most `limit` (default 3).
 *
 * @example nearest("qestion", ["question", "answer"]) // ["question"]
 */
export function nearest(name: string, names: Iterable<string>, limit = 3): string[] {
  const plain = fold(name);
  const most = Math.min(3, Math.max(1, Math.floor(plain.length / 3)));
  const found: { name: string; distance: number }[] = [];
  for (const candidate of names) {
    const other = fold(candidate);
    if (Math.abs(other.length - plain.length) > most) continue;
    const distance = editDistance(plain, other);
    if (distance <= most) found.push({ name: candidate, distance });
  }
  return found
    .sort((a, b) => a.distance - b.distance)
    .slice(0, limit)
    .map((one) => one.name);
}

/** A sentence that names the close ones, or lists what there is; empty when there is nothing to name. */
export function didYouMean(name: string, names: readonly string[]): string {
  const close = nearest(name, names);
  if (close.length > 0) return `did you mean ${close.map((one) => `'${one}'`).join(" or ")}?`;
  if (names.length === 0) return "";
  const shown = names.slice(0, 30);
  return `there is ${shown.join(", ")}${names.length > shown.length ? `, and ${names.length - shown.length} more` : ""}`;
}

function fold(name: string): string {
  return name
    .slice(0, 200)
    .toLowerCase()
    .replace(/[_\-. ]/g, "");
}

/** Levenshtein distance, in time |a| |b| and memory |b|. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(change, previous[j]! + 1, row[j - 1]! + 1));
    }
    previous = row;
  }
  return previous[b.length]!;
}
