import { NotEnoughDataError, UsageError } from "../core/index.ts";
import { DisconnectedComparisonsError, strongComponents } from "./components.ts";

/** Checks a matrix of wins and adds `prior` to both sides of each compared pair; the diagonal becomes 0. */
export function winsWithPrior(wins: Float64Array, n: number, prior: number): Float64Array {
  if (!Number.isInteger(n) || n < 0) throw new UsageError(`n must be a whole number, not ${n}`);
  if (n === 0) throw new NotEnoughDataError("there are no items to rank", 1);
  if (wins.length !== n * n) throw new UsageError(`wins must have n x n = ${n * n} entries, not ${wins.length}`);
  if (!(prior >= 0 && Number.isFinite(prior))) throw new UsageError(`prior must be at least 0, not ${prior}`);
  const w = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      const value = wins[i * n + j]!;
      if (!(value >= 0 && Number.isFinite(value)))
        throw new UsageError(`wins[${i}, ${j}] must be a finite number of at least 0, not ${value}`);
      if (i !== j) w[i * n + j] = value + (value + wins[j * n + i]! > 0 ? prior : 0);
    }
  return w;
}

/** Throws unless every item is joined to every other by a chain of wins in both directions. */
export function assertConnected(w: Float64Array, n: number): void {
  const components = strongComponents(n, (i) => {
    const out: number[] = [];
    for (let j = 0; j < n; j++) if (w[i * n + j]! > 0) out.push(j);
    return out;
  });
  // An edge leads from a winner to a loser, so that the winners' component is found last.
  if (components.length > 1)
    throw new DisconnectedComparisonsError(
      components.reverse(),
      "compare more pairs, or give a prior (prior: 0.5 for undefeated items, alpha for items never compared)",
    );
}

/** A copy with mean 0. */
export function centred(lambda: Float64Array): Float64Array {
  const mean = lambda.reduce((a, b) => a + b, 0) / lambda.length;
  return lambda.map((x) => x - mean);
}
