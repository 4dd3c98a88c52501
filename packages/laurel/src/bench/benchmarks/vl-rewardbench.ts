import { refuse } from "../../io/messages.ts";
import type { Answered, Benchmark, Credited } from "../benchmark.ts";
import { each, numbersAt, rightAndWrong, textAt, textsAt } from "../read.ts";
import { preference, sides } from "../rules.ts";

/**
 * What most of some votes on a pair say: the class with more than half of the votes that the pair has.
 *
 * @param agree votes for the better answer
 * @param reject votes for the other
 * @param unmatched votes that could not be read
 * @source VL-RewardBench (2024), cal.py
 * @example voteClass(3, 1, 1) // "agree"
 */
export function voteClass(
  agree: number,
  reject: number,
  unmatched: number,
): "agree" | "reject" | "unmatched" | "other" {
  const half = (agree + reject + unmatched) / 2;
  if (agree > half) return "agree";
  if (reject > half) return "reject";
  return unmatched > half ? "unmatched" : "other";
}

function classOf(item: Answered): ReturnType<typeof voteClass> | null {
  const { right, wrong } = sides(item);
  if (item.votes === undefined) {
    const p = preference(item, right[0]!, wrong[0]!);
    return p === null ? null : p > 0.5 ? "agree" : p < 0.5 ? "reject" : "other";
  }
  const own = item.votes.map(({ first, p }) => (p === null ? null : first === right[0] ? p : 1 - p));
  return voteClass(
    own.filter((p) => p !== null && p > 0.5).length,
    own.filter((p) => p !== null && p < 0.5).length,
    own.filter((p) => p === null).length,
  );
}

/** The group of a row by the prefix of its id. */
export function vlGroup(id: string): "general" | "hallucination" | "reasoning" {
  const prefix = id.split(/[_-]/)[0]!.toLowerCase();
  if (["rlaif", "rlhf", "hallucination", "povid"].includes(prefix)) return "hallucination";
  return prefix === "mathverse" || prefix === "mmmu" ? "reasoning" : "general";
}

const rule = (unread: number | null) => (item: Credited) => {
  const found = classOf(item);
  return found === "agree" ? 1 : found === "reject" ? 0 : unread;
};

const published = (system: string, overall: number, macro: number) => ({
  system,
  figures: { overall, macro },
  source: "VL-RewardBench leaderboard, as recalled by the specification (the abstract states 65.4 % for GPT-4o)",
  reproduced: false,
});

/** VL-RewardBench. */
export const vlRewardBench: Benchmark = {
  id: "vl-rewardbench",
  title: "VL-RewardBench",
  about: "1,250 hard pairs of answers about pictures: general, hallucination, reasoning",
  tier: "schema only",
  tierWhy: "no row could be had here; the vote rule is tested on hand-computed cases",
  data: {
    hub: "MMInstruction/VL-RewardBench",
    split: "test",
    licence: "MIT (code); pictures have their sources' licences",
    columns: "id, query, response[2], image, human_ranking[2] (0 is the better), query_source, models",
  },
  asks: "pairs in one order",
  chance: { value: 0.5, why: "two candidates; small judges like those that chose the pairs get less than half" },
  pitfalls: [
    "Pairs whose votes are unreadable or undecided leave the denominator: a judge that fails to answer gains by it. Read the two other figures.",
    "Hallucination is three of five pairs, so 'overall' is mostly that; 'macro' is not.",
    "Pairs were chosen because small judges get them wrong: their ceiling is not fair to those judges, and below 50 % does not mean worse than guessing elsewhere.",
    "Ask an odd number of times in a drawn order, and keep the order with each vote.",
  ],
  published: [
    published("GPT-4o", 0.658, 0.624),
    published("Gemini-1.5-Pro", 0.672, 0.625),
    published("Claude-3.5-Sonnet", 0.553, 0.536),
    published("Qwen2-VL-72B", 0.395, 0.43),
  ],
  by: "group",
  rightFirst: false,
  rule: {
    text: "a pair's class is that of more than half of its votes; overall = agree / (agree + reject) over all pairs, macro = mean over the three groups",
    source: "VL-RewardBench (2024), cal.py",
    credit: rule(null) as (item: Answered) => number | null,
    unscored: "drop",
    figures: [
      { name: "overall", about: "agree / (agree + reject) over all pairs" },
      { name: "macro", about: "mean of the groups' accuracies", sections: { key: "group" } },
      { name: "undecided as wrong", about: "pairs without a class count as wrong", of: rule(0) },
      { name: "undecided as half", about: "pairs without a class count half", of: rule(0.5) },
    ],
  },
  read: each((row, place) => {
    const id = textAt(row, "id", place);
    const [first, second] = textsAt(row, "response", place, 2);
    const ranking = numbersAt(row, "human_ranking", place, 2);
    if (!(ranking.includes(0) && ranking.includes(1))) refuse(place, "human_ranking", "the ranks 0 and 1", ranking);
    const example = rightAndWrong(row, place, {
      id,
      prompt: "query",
      right: [first],
      wrong: [second],
      names: ["response[0]", "response[1]"],
      subsets: { group: vlGroup(id) },
      used: [
        "id",
        "query",
        "response",
        "image",
        "human_ranking",
        "models",
        "judge",
        "rationale",
        "query_source",
        "ranking",
      ],
    });
    return ranking[0] === 0 ? example : { ...example, labels: { ...example.labels, correct: [false, true] } };
  }),
};
