/** What a recipe took in, gave out, and left out for which reason. It grows while the recipe runs. */
export interface Ledger<Why extends string> {
  in: number;
  out: number;
  dropped: Record<Why, number>;
}

/** Rows of a recipe as they come, with the ledger of those so far. */
export type Recipe<T, Why extends string> = AsyncIterable<T> & { readonly ledger: Ledger<Why> };

/** A recipe from a function of its ledger. */
export function recipe<T, Why extends string>(
  reasons: readonly Why[],
  rows: (ledger: Ledger<Why>) => AsyncIterable<T>,
): Recipe<T, Why> {
  const dropped = Object.fromEntries(reasons.map((why) => [why, 0])) as Record<Why, number>;
  const ledger: Ledger<Why> = { in: 0, out: 0, dropped };
  const iterable = rows(ledger);
  return { ledger, [Symbol.asyncIterator]: () => iterable[Symbol.asyncIterator]() };
}
