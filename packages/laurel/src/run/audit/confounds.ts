import type { Estimate } from "../../core/index.ts";
import { aucEstimate } from "../../stats/index.ts";
import { creditEstimate, maybe } from "../credit.ts";
import { itemise } from "../items.ts";
import type { Judged } from "../judged.ts";
import { features } from "./features.ts";
import { type Finding, outside, type Seen, shownRows } from "./finding.ts";

/** The region in which a share of pairs shows no confound that matters. */
const even: readonly [number, number] = [0.4, 0.6];

/** Rows whose scores are a number of each candidate. */
export function scoredBy(rows: readonly Seen[], value: (row: Seen, candidate: number) => number): Judged[] {
  return rows.map((row) => ({ ...row.judged, scores: row.contents.map((_, c) => ({ value: value(row, c) })) }));
}

/** A labelled pair, and whether its texts are equal. */
export interface LabelledPair {
  id: string;
  cluster: string;
  equal: boolean;
}

/** The labelled pairs of rows, those worked out from right and wrong included. */
export function pairsOf(rows: readonly Seen[]): LabelledPair[] {
  const places = new Map<string, Seen>(rows.map((row) => [row.judged.id, row]));
  return itemise(
    scoredBy(rows, () => 0),
    { basis: "preferences" },
  ).items.map(({ id, which, cluster }) => {
    const [better, worse] = which.split(">").map(Number) as [number, number];
    const { contents } = places.get(id)!;
    return { id, cluster, equal: contents[better] === contents[worse] };
  });
}

/** The share of pairs whose preferred one has more, among those that differ. */
function moreIsPreferred(judged: readonly Judged[], level: number): { estimate: Estimate; rows: string[] } | undefined {
  const items = itemise(judged, { basis: "preferences" }).items.filter(({ margin }) => margin !== null && margin !== 0);
  if (items.length < 10) return undefined;
  const estimate = maybe(() =>
    creditEstimate(
      { values: items.map((item) => item.credit!), clusters: items.map((item) => item.cluster) },
      0,
      level,
    ),
  );
  if (estimate === undefined) return undefined;
  const side = estimate.value >= 0.5 ? 1 : -1;
  const telling = items.filter(({ margin }) => margin! * side > 0).sort((a, b) => (b.margin! - a.margin!) * side);
  return { estimate, rows: telling.slice(0, shownRows).map(({ id }) => id) };
}

/** Features whose amount goes with the preference of a pair. */
export function pairConfounds(rows: readonly Seen[], level: number): Finding[] {
  const each = 1 - (1 - level) / features.length;
  return features.flatMap(({ id, more }, f): Finding[] => {
    const found = moreIsPreferred(
      scoredBy(rows, (row, c) => row.values[c]![f]!),
      each,
    );
    if (found === undefined) return [];
    return [
      {
        id,
        about: `share of pairs whose preferred one ${more}, of those that differ in it`,
        estimate: found.estimate,
        within: even,
        shown: outside(found.estimate, [0.5, 0.5]),
        exceeds: outside(found.estimate, even),
        advice:
          id === "length"
            ? "compare every reward with `--reward length`, report accuracy on pairs of like length, or control for length in training"
            : "a reward can learn the form instead of the content: balance the pairs, or check the reward on pairs that differ in form only",
        rows: found.rows,
      },
    ];
  });
}

/** Features whose amount goes with right and wrong. */
export function labelConfounds(rows: readonly Seen[], level: number): Finding[] {
  const each = 1 - (1 - level) / features.length;
  return features.flatMap(({ id, more }, f): Finding[] => {
    const values: number[] = [];
    const right: boolean[] = [];
    const clusters: string[] = [];
    for (const row of rows)
      for (const [c, mark] of (row.judged.labels.correct ?? []).entries()) {
        if (mark === null) continue;
        values.push(row.values[c]![f]!);
        right.push(mark);
        clusters.push(row.judged.cluster);
      }
    const estimate = maybe(() => aucEstimate(values, right, clusters, each));
    if (estimate === undefined || values.every((one) => one === values[0])) return [];
    return [
      {
        id,
        about: `probability that a right answer ${more} than a wrong one (AUC)`,
        estimate,
        within: even,
        shown: outside(estimate, [0.5, 0.5]),
        exceeds: outside(estimate, even),
        advice: "the form alone tells right from wrong: check that a reward does not rest on it",
        rows: [],
      },
    ];
  });
}

/** Does the preferred one mostly stand first, or last? */
export function positions(rows: readonly Seen[], level: number): Finding[] {
  const found = moreIsPreferred(
    scoredBy(rows, (_, c) => -c),
    level,
  );
  if (found === undefined) return [];
  return [
    {
      id: "position",
      about: "share of pairs whose preferred one stands first",
      estimate: found.estimate,
      within: even,
      shown: outside(found.estimate, [0.5, 0.5]),
      exceeds: outside(found.estimate, even),
      advice:
        "a judge that leans to a place looks right or wrong here: shuffle the candidates (eval does) and judge both orders",
      rows: [],
    },
  ];
}
