import { type Estimate, NotEnoughDataError } from "../../core/index.ts";
import { clusteredMean, logisticRegression, tCdf } from "../../stats/index.ts";
import { type PairedRow, pairedDifference } from "./paired-difference.ts";
import { type Ballot, type Heard, meanP } from "./votes.ts";

/** What a judge prefers besides the better answer. */
export interface Biases {
  /** How much likelier an answer wins for being shown first: P(wins | first) − P(wins | second), in [−1, 1]. */
  position: (Estimate & { p: number }) | undefined;
  /** Coefficients of logit P(first wins) = position + length · Δwords/100 + better · (±1, the labelled better one being first). */
  logit: { position: Estimate | undefined; length: Estimate | undefined; better: Estimate | undefined };
}

/** One verdict as shown. */
interface Shown {
  /** P(the first wins). */
  y: number;
  /** +1 where the labelled better one stands first, −1 where second, 0 for a tie or no label. */
  better: number;
  words: number | undefined;
  cluster: string;
}

function shownOf({ pair, lowFirst, highFirst }: Ballot): Shown[] {
  const sign = pair.label === "low" ? 1 : pair.label === "high" ? -1 : 0;
  const gap = pair.words === undefined ? undefined : (pair.words[0] - pair.words[1]) / 100;
  const of = (heard: readonly Heard[], turned: 1 | -1): Shown[] =>
    heard.flatMap(({ p }) =>
      p === null
        ? []
        : [
            {
              y: turned === 1 ? p : 1 - p,
              better: turned * sign,
              words: gap === undefined ? undefined : turned * gap,
              cluster: pair.cluster,
            },
          ],
    );
  return [...of(lowFirst, 1), ...of(highFirst, -1)];
}

/**
 * A judge's preference for the place and for the length of an answer.
 *
 * Where pairs were shown in both orders, position is a paired difference on the same two answers; where in one, the accuracy when the
 * better one stood first less the accuracy when it stood second. The coefficients are of a logistic regression on all readable verdicts
 * (ties a half), clustered by prompt; where answers differ in difficulty they are smaller than those of a single pair, as always.
 *
 * @param options `ordered`: was the judge shown an order at all? Without one there is no position, and no intercept
 * @param notes where what cannot be estimated is said
 */
export function biasesOf(
  ballots: readonly Ballot[],
  options: { ordered: boolean; level: number },
  notes: string[],
): Biases {
  const rows = ballots.flatMap(shownOf);
  const attempt = <T>(what: string, make: () => T): T | undefined => {
    try {
      return make();
    } catch (thrown) {
      if (!(thrown instanceof NotEnoughDataError)) throw thrown;
      notes.push(`${what}: ${thrown.message}`);
      return undefined;
    }
  };
  const position = options.ordered ? attempt("position", () => positionOf(ballots, options.level)) : undefined;
  const withWords = rows.filter(({ words }) => words !== undefined);
  const hasLength = withWords.some(({ words }) => words !== 0);
  const used = hasLength ? withWords : rows;
  const hasLabels = used.some(({ better }) => better !== 0);
  if (!hasLength) notes.push("length bias: the texts are not given, or all of one length");
  const columns: { name: "position" | "length" | "better"; values: number[] }[] = [
    ...(options.ordered ? [{ name: "position" as const, values: used.map(() => 1) }] : []),
    ...(hasLength ? [{ name: "length" as const, values: used.map(({ words }) => words!) }] : []),
    ...(hasLabels ? [{ name: "better" as const, values: used.map(({ better }) => better) }] : []),
  ];
  const fit = attempt("logistic regression", () =>
    logisticRegression(
      columns.map(({ values }) => values),
      used.map(({ y }) => y),
      { clusters: used.map(({ cluster }) => cluster), level: options.level },
    ),
  );
  const coefficient = (name: string): Estimate | undefined => {
    const at = columns.findIndex((column) => column.name === name);
    return at < 0 ? undefined : fit?.coefficients[at];
  };
  return {
    position,
    logit: { position: coefficient("position"), length: coefficient("length"), better: coefficient("better") },
  };
}

function positionOf(ballots: readonly Ballot[], level: number): Estimate & { p: number } {
  const both = ballots.filter(({ lowFirst, highFirst }) => lowFirst.length > 0 && highFirst.length > 0);
  if (both.length === 0) return between(ballots, level);
  const rows = both.flatMap(({ pair: { cluster }, lowFirst, highFirst }): PairedRow[] => {
    const [a, b] = [meanP(lowFirst), meanP(highFirst)];
    return a === undefined || b === undefined ? [] : [{ a, b, cluster }];
  });
  const { difference, p } = pairedDifference(rows, both.length - rows.length, level);
  return { ...difference, method: `both orders, ${difference.method}`, p };
}

/** From pairs that were shown in one order each: accuracy with the better one first less accuracy with it second. */
function between(ballots: readonly Ballot[], level: number): Estimate & { p: number } {
  const rows = ballots.flatMap(({ pair, lowFirst, highFirst }) => {
    if (pair.label !== "low" && pair.label !== "high") return [];
    const p = meanP([...lowFirst, ...highFirst]);
    if (p === undefined) return [];
    const first = (pair.label === "low") === lowFirst.length > 0;
    return [{ credit: pair.label === "low" ? p : 1 - p, first, cluster: pair.cluster }];
  });
  const side = (first: boolean) => rows.filter((row) => row.first === first);
  const [here, there] = [side(true), side(false)];
  if (here.length < 2 || there.length < 2)
    throw new NotEnoughDataError("pairs were shown in one order, with the better one always in the same place");
  const mean = (list: typeof rows): number => list.reduce((sum, { credit }) => sum + credit, 0) / list.length;
  const [m1, m2] = [mean(here), mean(there)];
  const n = rows.length;
  // the influence of each row on the difference of the two means
  const influence = rows.map(({ credit, first }) =>
    first ? ((credit - m1) * n) / here.length : (-(credit - m2) * n) / there.length,
  );
  const clusters = rows.map(({ cluster }) => cluster);
  const zero = clusteredMean(influence, clusters, { level });
  const value = m1 - m2;
  const t = zero.standardError === 0 ? (value === 0 ? 0 : Number.POSITIVE_INFINITY) : value / zero.standardError;
  return {
    value,
    low: Math.max(-1, value + zero.low - zero.mean),
    high: Math.min(1, value + zero.high - zero.mean),
    level,
    n,
    clusters: zero.clusters,
    unscored: 0,
    method: "one order, accuracy by place of the better one, cluster-robust t",
    p: Math.min(1, 2 * tCdf(-Math.abs(t), zero.clusters - 1)),
  };
}
