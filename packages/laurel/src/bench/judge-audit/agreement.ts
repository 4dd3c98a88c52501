import { type Estimate, NotEnoughDataError, type Seed, sha256 } from "../../core/index.ts";
import {
  cohenKappa,
  fleissKappa,
  kendall,
  krippendorffAlpha,
  pearson,
  proportionEstimate,
  spearman,
} from "../../stats/index.ts";
import { type Side, sideOf } from "./pairs.ts";
import { type Ballot, type Heard, meanP, verdictOf } from "./votes.ts";

/** One figure of agreement. */
export interface Agreement {
  /** Whose, such as `judge and label`. */
  between: string;
  measure: "same verdict" | "Cohen" | "Fleiss" | "Krippendorff";
  estimate: Estimate;
}

/** Correlations of the judge's p with people's p or ratings, pairs as items. */
export interface HumanCorrelation {
  pearson: Estimate;
  spearman: Estimate;
  kendall: Estimate;
}

type Row = readonly (Side | null)[];

const sides: readonly Side[] = ["low", "high", "tie"];

/**
 * Agreement of a judge with labels and raters, with itself turned round and repeated, and of the raters with each other. A tie is a
 * category of its own. Kappas need both sides to occur: where labels always name the same place, the pairs are turned by a coin first.
 */
export function agreementsOf(ballots: readonly Ballot[], options: { seed: Seed; level: number }): Agreement[] {
  const out: Agreement[] = [];
  const { level, seed } = options;
  const add = (between: string, measure: Agreement["measure"], make: () => Estimate): void => {
    try {
      out.push({ between, measure, estimate: make() });
    } catch (thrown) {
      if (!(thrown instanceof NotEnoughDataError)) throw thrown;
    }
  };
  const turn = coinFor(ballots);
  const judge = ballots.map((ballot, i) => turn(sideOrNull(verdictOf(ballot)), i));
  const label = ballots.map(({ pair }, i) => turn(pair.label ?? null, i));
  if (label.some((one) => one !== null)) {
    add("judge and label", "same verdict", () => same(judge, label, ballots, level));
    add("judge and label", "Cohen", () => cohenKappa(judge, label, { level }));
  }
  const raters = [...new Set(ballots.flatMap(({ pair }) => Object.keys(pair.raters)))].sort();
  const ratings = raters.map((rater) => ballots.map(({ pair }, i) => turn(pair.raters[rater] ?? null, i)));
  if (raters.length > 1) {
    for (const [r, rater] of raters.entries())
      if (raters.length <= 5) add(`judge and rater ${rater}`, "Cohen", () => cohenKappa(judge, ratings[r]!, { level }));
    for (let r = 0; r < raters.length && raters.length <= 5; r++)
      for (let s = r + 1; s < raters.length; s++)
        add(`raters ${raters[r]} and ${raters[s]}`, "Cohen", () => cohenKappa(ratings[r]!, ratings[s]!, { level }));
    const people = ballots.map((_, i): Row => ratings.map((of) => of[i]!));
    const all = people.map((row, i): Row => [...row, judge[i]!]);
    add("all raters", "Fleiss", () => fleissKappa(people, { level }));
    add("all raters", "Krippendorff", () => krippendorffAlpha(people, { measure: "nominal", seed, level }));
    add("all raters and the judge", "Krippendorff", () => krippendorffAlpha(all, { measure: "nominal", seed, level }));
  }
  const both = ballots.map(
    ({ lowFirst, highFirst }, i): Row => [turn(sideOrNull(meanP(lowFirst)), i), turn(sideOrNull(meanP(highFirst)), i)],
  );
  if (both.some(([a, b]) => a !== null && b !== null))
    add("both orders", "Cohen", () =>
      cohenKappa(
        both.map(([a]) => a!),
        both.map(([, b]) => b!),
        { level },
      ),
    );
  const repeats = ballots.flatMap(({ lowFirst, highFirst }, i) =>
    [lowFirst, highFirst].flatMap((heard): Row[] =>
      heard.length > 1 ? [heard.map(({ p }) => turn(sideOrNull(p), i))] : [],
    ),
  );
  if (repeats.length > 0) {
    add("repeats", "Fleiss", () => fleissKappa(repeats, { level }));
    add("repeats", "Krippendorff", () => krippendorffAlpha(repeats, { measure: "nominal", seed, level }));
  }
  return out;
}

function same(judge: Row, label: Row, ballots: readonly Ballot[], level: number): Estimate {
  const known = ballots.flatMap(({ pair: { cluster } }, i) => (label[i] === null ? [] : [{ i, cluster }]));
  const scored = known.filter(({ i }) => judge[i] !== null);
  const clusters = scored.map(({ cluster }) => cluster);
  return proportionEstimate(
    scored.map(({ i }) => judge[i] === label[i]),
    {
      level,
      unscored: known.length - scored.length,
      ...(new Set(clusters).size < clusters.length ? { clusters } : {}),
    },
  );
}

/** Turns pairs round by a coin where labels (or verdicts) nearly always name the same place, such as chosen before rejected. */
function coinFor(ballots: readonly Ballot[]): (side: Side | null, i: number) => Side | null {
  const labels = ballots.map(({ pair }) => pair.label).filter((side) => side === "low" || side === "high");
  const low = labels.filter((side) => side === "low").length;
  const skewed = labels.length > 0 && Math.min(low, labels.length - low) < 0.1 * labels.length;
  if (!skewed) return (side) => side;
  const turned = ballots.map(turnedRound);
  return (side, i) => (!turned[i] || side === null || side === "tie" ? side : side === "low" ? "high" : "low");
}

/** A coin for each pair that depends on nothing but its name. */
function turnedRound({ pair: { id, low, high } }: Ballot): boolean {
  return Number.parseInt(sha256(`${low} ${high} ${id}`)[0]!, 16) < 8;
}

function sideOrNull(p: number | null | undefined): Side | null {
  return p === null || p === undefined ? null : sideOf(p);
}

/** The judge's p against people's mean p (less ½) or the gap of their ratings; pairs are turned by a coin, since files may have the better one first. */
export function humanCorrelation(ballots: readonly Ballot[], level: number): HumanCorrelation | undefined {
  const x: number[] = [];
  const y: number[] = [];
  for (const ballot of ballots) {
    const { human } = ballot.pair;
    const p = verdictOf(ballot);
    if (human === undefined || p === undefined) continue;
    const turned = turnedRound(ballot) ? 1 : -1;
    x.push(turned * human);
    y.push(turned * (p - 0.5));
  }
  try {
    return { pearson: pearson(x, y, level), spearman: spearman(x, y, level), kendall: kendall(x, y, level) };
  } catch (thrown) {
    if (thrown instanceof NotEnoughDataError) return undefined;
    throw thrown;
  }
}

/** Shares of verdict pairs that agree: of the two orders, or of repeats of one order. */
export function sameShares(
  ballots: readonly Ballot[],
  what: "orders" | "repeats",
): { values: number[]; clusters: string[] } {
  const values: number[] = [];
  const clusters: string[] = [];
  for (const { pair, lowFirst, highFirst } of ballots) {
    const shares =
      what === "orders" ? [crossShare(lowFirst, highFirst)] : [repeatShare(lowFirst), repeatShare(highFirst)];
    for (const share of shares)
      if (share !== undefined) {
        values.push(share);
        clusters.push(pair.cluster);
      }
  }
  return { values, clusters };
}

function crossShare(a: readonly Heard[], b: readonly Heard[]): number | undefined {
  const [here, there] = [countsOf(a), countsOf(b)];
  const pairs = here.n * there.n;
  if (pairs === 0) return undefined;
  return sides.reduce((sum, side) => sum + here[side] * there[side], 0) / pairs;
}

function repeatShare(heard: readonly Heard[]): number | undefined {
  const counts = countsOf(heard);
  if (counts.n < 2) return undefined;
  return sides.reduce((sum, side) => sum + counts[side] * (counts[side] - 1), 0) / (counts.n * (counts.n - 1));
}

function countsOf(heard: readonly Heard[]): Record<Side, number> & { n: number } {
  const counts = { low: 0, high: 0, tie: 0, n: 0 };
  for (const { p } of heard)
    if (p !== null) {
      counts[sideOf(p)]++;
      counts.n++;
    }
  return counts;
}
