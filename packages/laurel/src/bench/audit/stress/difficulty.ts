import type { Estimate, Example } from "../../../core/index.ts";
import { creditEstimate, maybe } from "../../../run/credit.ts";
import type { Itemised } from "../../../run/index.ts";
import type { Section } from "./section.ts";

/** Accuracy by how hard the labels say that a decision is, the hardest first. */
export interface Difficulty {
  /** What tells how hard a decision is. */
  by: string;
  bins: readonly { name: string; accuracy: Estimate | undefined; n: number }[];
}

/**
 * Accuracy by difficulty: the strength of a preference or the gap of two values; else the share of raters who agree; else, of groups, the
 * share of right candidates.
 *
 * Three bins of equal size by the measure, or one for each of its values where there are four or fewer.
 */
export function difficultyOf(made: Itemised, examples: readonly Example[], level: number): Section<Difficulty> {
  const known = new Map(examples.map((example) => [example.task.id, example]));
  const measures: readonly { by: string; of(item: Itemised["items"][number]): number | undefined }[] = [
    {
      by: "strength of the label",
      of: ({ id, which }) => {
        if (made.basis !== "preferences") return undefined;
        const { labels } = known.get(id)!;
        const [better, worse] = which.split(">").map(Number) as [number, number];
        const stated = (labels.preferred ?? []).filter(
          ({ first, second }) => (first === better && second === worse) || (first === worse && second === better),
        );
        const strengths = stated.flatMap(({ strength }) => (strength === undefined ? [] : [Math.abs(strength)]));
        if (strengths.length > 0) return strengths.reduce((a, b) => a + b, 0) / strengths.length;
        const soft = stated.filter(({ p }) => p > 0 && p < 1 && p !== 0.5);
        if (soft.length > 0 && soft.length === stated.length)
          return soft.reduce((sum, { p }) => sum + Math.abs(p - 0.5), 0) / soft.length;
        const [a, b] = [labels.value?.[better], labels.value?.[worse]];
        return typeof a === "number" && typeof b === "number" ? a - b : undefined;
      },
    },
    {
      by: "share of raters who agree with the label",
      of: ({ dissent }) => (dissent === undefined ? undefined : 1 - dissent),
    },
    {
      by: "share of right candidates in the group",
      of: ({ chance, ceiling }) => (made.basis === "best-of-k" && ceiling > 0 ? chance : undefined),
    },
  ];
  for (const { by, of } of measures) {
    const rows = made.items.flatMap((item) => {
      const value = of(item);
      return value === undefined || item.credit === null ? [] : [{ value, item }];
    });
    const values = [...new Set(rows.map(({ value }) => Number(value.toPrecision(10))))].sort((a, b) => a - b);
    if (2 * rows.length < made.items.length || values.length < 2) continue;
    return { by, bins: binsOf(rows, values, level) };
  }
  return {
    missing:
      "the labels state neither strengths nor values nor several raters, so that nothing tells hard decisions from easy ones",
  };
}

function binsOf(
  rows: readonly { value: number; item: Itemised["items"][number] }[],
  values: readonly number[],
  level: number,
): Difficulty["bins"] {
  const sorted = rows.map(({ value }) => value).sort((a, b) => a - b);
  const cuts =
    values.length <= 4
      ? values.slice(1)
      : [1, 2].map((third) => sorted[Math.floor((third * sorted.length) / 3)]!).filter((cut) => cut > sorted[0]!);
  const ends = [Number.NEGATIVE_INFINITY, ...new Set(cuts), Number.POSITIVE_INFINITY];
  const short = (x: number): string => String(Number(x.toFixed(3)));
  return ends.slice(1).map((to, b) => {
    const from = ends[b]!;
    const own = rows.filter(({ value }) => value >= from - 1e-12 && value < to - 1e-12);
    const least = Math.min(...own.map(({ value }) => value));
    const most = Math.max(...own.map(({ value }) => value));
    return {
      name: own.length === 0 ? "" : least === most ? short(least) : `${short(least)} to ${short(most)}`,
      n: own.length,
      accuracy: maybe(() =>
        creditEstimate(
          { values: own.map(({ item }) => item.credit!), clusters: own.map(({ item }) => item.cluster) },
          0,
          level,
        ),
      ),
    };
  });
}
