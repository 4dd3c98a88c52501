import { type Estimate, NotEnoughDataError, random, type Seed } from "../../../core/index.ts";
import { features } from "../../../run/audit/features.ts";
import { logisticRegression } from "../../../stats/index.ts";
import type { StressPair } from "./pairs.ts";
import type { Section } from "./section.ts";

/** What one thing does to a choice while the others are held fixed, in log-odds. */
export interface Effect {
  term: "label" | "length" | "format" | "position";
  /** What a unit of it is. */
  unit: string;
  /** On the reward's choice. */
  reward: Estimate;
  /** On the labels, without the term "label"; undefined where it has no meaning there. */
  labels: Estimate | undefined;
}

/** Partial effects, or why one of them is missing. */
export interface Effects {
  effects: readonly Effect[];
  pairs: number;
  /** Why position is not among them. */
  position: string | undefined;
  /** Terms that hardly vary and were left out. */
  constant: readonly string[];
}

const marks = features.filter(({ id }) => /^format\.(?:lines|lists|headings|bold|code|tables)$/.test(id));
const formatOf = (text: string): number => Math.log1p(marks.reduce((sum, { of }) => sum + of(text), 0));
const lengthOf = (text: string): number => Math.log(1 + text.length);

/**
 * What moves a reward's choice between two answers besides which of them is better: a logistic regression of the choice.
 *
 *     logit P(first chosen) = position + label · (±1) + length · Δ log(1 + characters)/sd + format · Δ log(1 + marks)/sd
 *
 * Marks are lines, list items, headings, bold, code fences and table rows. `first` is the one that the reward saw first (of a score file: the
 * first in the file); where that is always the better one or always the worse one, a coin decides, and position is not told apart. Ties count half. The labels are regressed on the same
 * columns, so that one sees how much of an effect the labels ask for.
 *
 * @param pairs scored labelled pairs
 * @param seesOne does the reward see one candidate at a time, so that position cannot matter?
 * @returns coefficients with cluster-robust intervals (Firth's penalty)
 */
export function effectsOf(
  pairs: readonly StressPair[],
  options: { seesOne: boolean; seed: Seed; level: number },
): Section<Effects> {
  const scored = pairs.filter(({ item }) => item.credit !== null);
  if (scored.length < 20) return { missing: `${scored.length} scored pairs are too few for a regression (20)` };
  const stoodFirst = ({ better, worse, betterFirst: first }: StressPair): boolean => first ?? better < worse;
  const inOrder = scored.filter(stoodFirst).length / scored.length;
  const mixed = inOrder > 0.05 && inOrder < 0.95;
  const coin = random(options.seed);
  const betterFirst = scored.map((pair) => (mixed ? stoodFirst(pair) : coin.below(2) === 0));
  const y = scored.map(({ item }, i) => (betterFirst[i] ? item.credit! : 1 - item.credit!));
  const label = betterFirst.map((first) => (first ? 1 : -1));
  const delta = (of: (text: string) => number): number[] =>
    scored.map(({ betterText, worseText }, i) => (of(betterText) - of(worseText)) * label[i]!);
  const clusters = scored.map(({ item }) => item.cluster);
  const columns: { term: Effect["term"]; unit: string; values: number[] }[] = [
    { term: "label", unit: "the better one by the labels", values: label },
  ];
  const constant: string[] = [];
  for (const { term, values } of [
    { term: "length", values: delta(lengthOf) },
    { term: "format", values: delta(formatOf) },
  ] as const) {
    const sd = Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / values.length);
    if (values.filter((x) => x !== 0).length < 10 || sd === 0) {
      constant.push(term);
      continue;
    }
    const factor = Number(Math.exp(sd).toFixed(2));
    columns.push({
      term,
      unit: term === "length" ? `${factor} times as long (1 sd)` : `${factor} times as many marks (1 sd)`,
      values: values.map((x) => x / sd),
    });
  }
  const position = options.seesOne
    ? "the reward sees one candidate at a time, so that position cannot matter"
    : mixed
      ? undefined
      : "the better one always stands in the same place, so that position and label cannot be told apart";
  if (position === undefined) columns.push({ term: "position", unit: "stands first", values: scored.map(() => 1) });
  try {
    const fit = logisticRegression(
      columns.map(({ values }) => values),
      y,
      { clusters, level: options.level },
    ).coefficients;
    const others = columns.filter(({ term }) => term !== "label");
    const asked =
      others.length === 0
        ? []
        : logisticRegression(
            others.map(({ values }) => values),
            label.map((one) => (one + 1) / 2),
            { clusters, level: options.level },
          ).coefficients;
    return {
      effects: columns.map(({ term, unit }, c) => ({
        term,
        unit,
        reward: fit[c]!,
        labels: term === "label" ? undefined : asked[others.findIndex((other) => other.term === term)],
      })),
      pairs: scored.length,
      position,
      constant,
    };
  } catch (thrown) {
    if (thrown instanceof NotEnoughDataError) return { missing: thrown.message };
    throw thrown;
  }
}
