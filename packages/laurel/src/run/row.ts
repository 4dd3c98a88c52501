import { isScored, type Score } from "../core/index.ts";

/** A scored row, one a task and repeat: the stable machine form of `laurel score`. Scores stand in the candidates' order. */
export interface Row {
  v: 1;
  id: string;
  /** Which repeat this is, from 0; only present where there is more than one. */
  repeat?: number | undefined;
  scores: readonly Score[];
  /** Lowest index at the maximum; null if no candidate was scored. */
  best: number | null;
  /** All indices at the maximum. */
  tied: readonly number[];
  /** Best value minus the next one (0 in a tie); null with fewer than two scored candidates. */
  margin: number | null;
}

/** Best, tied and margin of one task's scores. */
export function ranked(scores: readonly Score[]): Pick<Row, "best" | "tied" | "margin"> {
  let maximum = Number.NEGATIVE_INFINITY;
  let next = Number.NEGATIVE_INFINITY;
  let count = 0;
  const tied: number[] = [];
  for (const [index, score] of scores.entries()) {
    if (!isScored(score)) continue;
    count++;
    if (score.value > maximum) {
      next = maximum;
      maximum = score.value;
      tied.length = 0;
      tied.push(index);
    } else if (score.value === maximum) {
      next = maximum;
      tied.push(index);
    } else if (score.value > next) next = score.value;
  }
  return { best: tied[0] ?? null, tied, margin: count < 2 ? null : maximum - next };
}

/** The row of a task's scores. */
export function rowOf(id: string, scores: readonly Score[], repeat?: number): Row {
  return { v: 1, id, ...(repeat === undefined ? {} : { repeat }), scores, ...ranked(scores) };
}

/** A row as its line of JSON, without the newline. An unscored score carries its reason, message and raw text only. */
export function rowLine(row: Row): string {
  if (row.scores.every((score) => score.unscored === undefined)) return JSON.stringify(row);
  const scores = row.scores.map((score) => {
    if (score.unscored === undefined) return score;
    const { transient: _, ...kept } = score.unscored;
    return { unscored: kept };
  });
  return JSON.stringify({ ...row, scores });
}
