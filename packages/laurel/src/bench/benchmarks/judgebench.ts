import { type Decision, flipped, swapOutcome } from "../../rewards/judge/swap.ts";
import type { Answered, Benchmark, Credited } from "../benchmark.ts";
import { each, rightAndWrong, textAt, wordAt } from "../read.ts";
import { pairCredit, sides } from "../rules.ts";

/** A verdict as JudgeBench codes it, of the answers in the order in which they were shown. */
function decisionOf(p: number | null): Decision {
  return p === null ? null : p > 0.5 ? "A>B" : p < 0.5 ? "B>A" : "A=B";
}

interface Games {
  outcome: "right" | "wrong" | "tie";
  inconsistent: boolean;
  firstChosen: number;
  decided: number;
  nulls: number;
}

/**
 * The two games of an item, or undefined where it has no votes. The right answer is A in the label's terms; which order was played first
 * does not matter to the outcome.
 */
function gamesOf(item: Answered): Games | undefined {
  if (item.votes === undefined) return undefined;
  const { right, wrong } = sides(item);
  const game = (first: number, second: number): Decision =>
    decisionOf(item.votes!.find((one) => one.first === first && one.second === second)?.p ?? null);
  const [there, back] = [game(right[0]!, wrong[0]!), game(wrong[0]!, right[0]!)];
  const shown = [there, back];
  return {
    outcome: swapOutcome(there, back, "A>B"),
    inconsistent: there !== flipped(back),
    firstChosen: shown.filter((one) => one === "A>B").length,
    decided: shown.filter((one) => one === "A>B" || one === "B>A").length,
    nulls: shown.filter((one) => one === null).length,
  };
}

const share = (of: (games: Games) => boolean) => (item: Credited) => {
  const games = gamesOf(item);
  return games === undefined ? null : of(games) ? 1 : 0;
};

/** The prefix of a source says its category. */
export function judgeBenchCategory(source: string): string {
  if (source.startsWith("mmlu-pro")) return "knowledge";
  if (source.startsWith("livebench-reasoning")) return "reasoning";
  if (source.startsWith("livebench-math")) return "mathematics";
  return source.startsWith("livecodebench") ? "coding" : "other";
}

const published = (system: string, accuracy: number) => ({
  system,
  figures: { score: accuracy },
  source: "JudgeBench (2024), recomputed from the repository's output files by its own rule",
  reproduced: false,
});

/** JudgeBench. */
export const judgeBench: Benchmark = {
  id: "judgebench",
  title: "JudgeBench",
  about:
    "pairs of one author model, one right and one wrong by an objective check: knowledge, reasoning, maths, coding",
  tier: "schema only",
  tierWhy: "no row could be had here; the rule for both orders is tested on all verdicts",
  data: {
    hub: "ScalerLab/JudgeBench",
    split: "gpt",
    licence: "MIT",
    columns: "pair_id, original_id, source, question, response_model, response_A, response_B, label (A>B or B>A)",
  },
  asks: "pairs in both orders",
  chance: {
    value: 0.5,
    why: "a judge that guesses by pair; independent coin flips in both orders get 0.25, and one that always names the first answer gets 0",
  },
  pitfalls: [
    "Ties and unreadable verdicts count as wrong; a right game and a tie are right, a right and a wrong game are a tie.",
    "Chance depends on consistency: 25 % for coin flips, 50 % for a consistent guesser. Read the inconsistent share beside the score.",
    "A reward that scores one answer at a time plays one game, which is easier than two: do not rank the two kinds in one table without saying so.",
    "The official code counts equal scores of a scalar reward as B>A; here they are a tie, and so not right.",
    "There are two splits, gpt (350) and claude (270).",
  ],
  published: [
    published("o1-mini, Arena-Hard prompt, gpt split", 0.6571),
    published("claude-3-haiku, Arena-Hard prompt, claude split", 0.3222),
    published("Skywork-Reward-Gemma-2-27B, gpt split", 0.6429),
    published("InternLM2-20B-reward, gpt split", 0.6343),
    published("Skywork-Reward-Llama-3.1-8B, gpt split", 0.6229),
    published("GRM-Gemma-2B, gpt split", 0.5943),
  ],
  by: "category",
  rightFirst: false,
  rule: {
    text: "both orders, +1 for a game won by the right answer, −1 for one that it lost, 0 for a tie or an unreadable verdict; right where the sum is above 0. Scores: right where the right answer's is above",
    source: "JudgeBench (2024), utils/metrics.py",
    credit: (item) => {
      const games = gamesOf(item);
      return games === undefined ? pairCredit(item, 0) : games.outcome === "right" ? 1 : 0;
    },
    unscored: 0,
    figures: [
      { name: "score", about: "share of pairs that are right over both orders" },
      {
        name: "wrong",
        about: "share of pairs that are wrong over both orders",
        of: share(({ outcome }) => outcome === "wrong"),
        lower: true,
      },
      {
        name: "tie",
        about: "share of pairs whose two games cancel or decide nothing",
        of: share(({ outcome }) => outcome === "tie"),
        lower: true,
      },
      {
        name: "inconsistent",
        about: "share of pairs whose two games differ",
        of: share(({ inconsistent }) => inconsistent),
        lower: true,
      },
      {
        name: "first chosen",
        about: "of the decided games, the share that named the answer shown first",
        of: (item) => {
          const games = gamesOf(item);
          return games === undefined || games.decided === 0 ? null : games.firstChosen / games.decided;
        },
      },
    ],
  },
  read: each((row, place) => {
    const source = textAt(row, "source", place);
    const label = wordAt(row, "label", ["A>B", "B>A"], place);
    const [a, b] = [row["response_A"], row["response_B"]];
    const example = rightAndWrong(row, place, {
      id: row["pair_id"],
      prompt: "question",
      right: [a],
      wrong: [b],
      names: ["response_A", "response_B"],
      subsets: { category: judgeBenchCategory(source), source },
      used: ["pair_id", "original_id", "source", "question", "response_model", "response_A", "response_B", "label"],
    });
    return label === "A>B" ? example : { ...example, labels: { ...example.labels, correct: [false, true] } };
  }),
};
