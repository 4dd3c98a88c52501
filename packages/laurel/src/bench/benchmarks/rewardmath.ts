import type { Example } from "../../core/index.ts";
import { UsageError } from "../../core/index.ts";
import { type Raw, refuse } from "../../io/messages.ts";
import type { RowPlace } from "../../io/schemas/schema.ts";
import type { Answered, Benchmark, BenchRow } from "../benchmark.ts";
import { rightAndWrong, textAt, textsAt } from "../read.ts";
import { sides } from "../rules.ts";

/**
 * One right solution against several wrong ones: 1 only where the right one is above all of them.
 *
 *     ties "loss": 1[c > max R];  "win": 1[c ≥ max R];  "share": 1/k if c is one of the k at the top
 *
 * @param chosen the right solution's score c
 * @param rejected the wrong ones' scores R, at least one
 * @source RewardMATH (2024), src/evaluation/eval.py
 * @example oneToManyAccuracy(0.9, [0.9, 0.1]) // 0
 */
export function oneToManyAccuracy(
  chosen: number,
  rejected: readonly number[],
  ties: "loss" | "win" | "share" = "loss",
): number {
  const most = greatest(rejected);
  if (chosen !== most) return chosen > most ? 1 : 0;
  if (ties !== "share") return ties === "win" ? 1 : 0;
  return 1 / (1 + rejected.filter((one) => one === most).length);
}

/**
 * 1 / rank of the right solution, where wrong ones with an equal score rank before it.
 *
 * @source RewardMATH (2024), src/evaluation/eval.py
 * @example reciprocalRank(0.5, [0.5, 0.9, 0.1]) // 1/3
 */
export function reciprocalRank(chosen: number, rejected: readonly number[]): number {
  greatest(rejected);
  return 1 / (1 + rejected.filter((one) => one >= chosen).length);
}

/**
 * Nine pairwise verdicts as scores that the two measures above can take.
 *
 *     c = 1 + Σ_j w_j;  rejected j gets 1 if w_j, else n + 2
 *
 * so that the rank is one more than the number of lost comparisons, and accuracy means that all were won.
 *
 * @param wins does verdict j name the right solution?
 * @source RewardMATH (2024), src/evaluation/eval.py
 */
export function pairwiseToScores(wins: readonly boolean[]): { chosen: number; rejected: number[] } {
  return {
    chosen: 1 + wins.filter(Boolean).length,
    rejected: wins.map((won) => (won ? 1 : wins.length + 2)),
  };
}

function greatest(rejected: readonly number[]): number {
  if (rejected.length === 0) throw new UsageError("there must be a wrong solution to compare with");
  return rejected.reduce((most, one) => Math.max(most, one), Number.NEGATIVE_INFINITY);
}

/** The right solution's score and the wrong ones'; undefined where one is missing. An unreadable verdict counts as lost. */
function scoresOf(item: Answered): { chosen: number; rejected: readonly number[] } | undefined {
  const { right, wrong } = sides(item);
  if (right.length !== 1) throw new UsageError(`item '${item.id}' has ${right.length} right solutions, not one`);
  if (item.votes !== undefined) {
    const votes = item.votes;
    return pairwiseToScores(
      wrong.map((w) =>
        votes.some(
          ({ first, second, p }) =>
            p !== null &&
            ((first === right[0] && second === w && p > 0.5) || (first === w && second === right[0] && p < 0.5)),
        ),
      ),
    );
  }
  const chosen = item.values[right[0]!] ?? null;
  const rejected = wrong.map((w) => item.values[w] ?? null);
  if (chosen === null || rejected.includes(null)) return undefined;
  return { chosen, rejected: rejected as number[] };
}

const measure = (of: (chosen: number, rejected: readonly number[]) => number) => (item: Answered) => {
  const scores = scoresOf(item);
  return scores === undefined ? null : of(scores.chosen, scores.rejected);
};

/** RewardMATH's file has a row a solution; rows of one problem are an item. A row a problem, `chosen` and `rejected`, is taken too. */
function read(rows: readonly BenchRow[]): Example[] {
  const problems = new Map<string, { row: Raw; place: RowPlace; right: string[]; wrong: string[] }>();
  for (const { row, place } of rows) {
    if (row["chosen"] !== undefined) {
      const id = idOf(row, place);
      if (problems.has(id)) refuse(place, "problem_id", "a problem once", row["problem_id"]);
      problems.set(id, {
        row,
        place,
        right: [textAt(row, "chosen", place)],
        wrong: [...textsAt(row, "rejected", place)],
      });
      continue;
    }
    const type = row["solution_type"];
    if (type !== "chosen" && type !== "rejected") refuse(place, "solution_type", "chosen or rejected", type);
    const solution = textsAt(row, "eval_solution", place).join("\n");
    const id = idOf(row, place);
    const known = problems.get(id) ?? { row, place, right: [], wrong: [] };
    problems.set(id, known);
    known[type === "chosen" ? "right" : "wrong"].push(solution);
  }
  return [...problems].map(([id, { row, place, right, wrong }]) => {
    if (right.length !== 1) refuse(place, "solution_type", "one chosen solution a problem", right);
    return rightAndWrong(row, place, {
      id,
      prompt: "problem",
      right,
      wrong,
      subsets: typeof row["subject"] === "string" ? { subject: row["subject"] } : {},
      used: [
        "problem_id",
        "problem",
        "answer",
        "eval_solution",
        "solution_type",
        "solution_reference",
        "subject",
        "level",
        "id",
        "chosen",
        "rejected",
      ],
    });
  });
}

function idOf(row: Raw, place: RowPlace): string {
  const id = row["problem_id"];
  if (typeof id !== "string" && typeof id !== "number") refuse(place, "problem_id", "a text or a number", id);
  return String(id);
}

const source = "RewardMATH (2024), table recomputed from the repository's result files with its own rule";
const row = (system: string, accuracy: number, mrr: number, tied: number = accuracy) => ({
  system,
  figures: { accuracy, mrr, "accuracy with ties": tied },
  source,
  reproduced: true,
});

/** RewardMATH: one right solution against nine wrong ones. */
export const rewardMath: Benchmark = {
  id: "rewardmath",
  title: "RewardMATH",
  about: "mathematics: one right solution against nine wrong ones of many models, all written in steps",
  tier: "real rows parsed",
  tierWhy:
    "published scores of ten rewards, two step rewards under seven aggregates and three pairwise judges on the 483 problems give every figure that the data's collector computed with the repository's rule; those agree with the paper's table only as remembered, and the solutions' texts are not in the repository",
  data: {
    hub: "RewardMATH/RewardMATH",
    licence: "MIT; problems from MATH and PRM800K (MIT)",
    columns:
      "a row a solution: problem_id, problem, eval_solution[], solution_type (chosen, rejected), subject; or a row a problem: problem_id, problem, chosen, rejected[]",
  },
  asks: "scores",
  chance: { value: 0.1, why: "one of ten candidates; a constant reward gets 0, because a tie loses" },
  pitfalls: [
    "A tie loses: judges that give whole grades lose up to half of their accuracy by it, so read 'accuracy with ties' beside it.",
    "The reciprocal rank puts tied wrong solutions first.",
    "Chance is 10 %, not 50 %: never set it beside a two-way accuracy without that line.",
    "Some published files of direct grades hold two problems twice (485 rows); count problems, not rows.",
    "A step reward needs an aggregate; the product of Math-Shepherd's steps gets 17.2 %, their last 18.2 %, their minimum 15.3 %.",
  ],
  published: [
    row("ArmoRM", 0.20497, 0.42182, 0.21532),
    row("Eurus-RM", 0.16977, 0.38303),
    row("GRM-Llama3-8B", 0.24431, 0.45795, 0.24845),
    row("InternLM2-7B-reward", 0.37267, 0.55171),
    row("oasst-rm", 0.07039, 0.27026),
    row("beaver", 0.07246, 0.26585),
  ],
  by: "subject",
  rightFirst: true,
  rule: {
    text: "1 where the right solution's value is above all nine wrong ones, a tie loses; pairwise: where all nine comparisons are won",
    source: "RewardMATH (2024), src/evaluation/eval.py",
    credit: measure((chosen, rejected) => oneToManyAccuracy(chosen, rejected)),
    unscored: "drop",
    figures: [
      { name: "accuracy", about: "right solution above all wrong ones" },
      {
        name: "accuracy with ties",
        about: "right solution at the top, alone or not",
        of: measure((chosen, rejected) => oneToManyAccuracy(chosen, rejected, "win")),
      },
      { name: "mrr", about: "mean of 1 / rank, tied wrong solutions first", of: measure(reciprocalRank) },
    ],
  },
  read,
};
