import { refuse } from "../../io/messages.ts";
import type { Answered, Benchmark, Credited, Figure } from "../benchmark.ts";
import { each, imageAt, numbersAt, rightAndWrong, textAt, textsAt, withMedia } from "../read.ts";
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

/** The class of a pair by its first `k` votes. */
function classOf(item: Answered, k?: number): ReturnType<typeof voteClass> | null {
  const { right, wrong } = sides(item);
  if (item.votes === undefined) {
    const p = preference(item, right[0]!, wrong[0]!);
    return p === null ? null : p > 0.5 ? "agree" : p < 0.5 ? "reject" : "other";
  }
  const own = item.votes.slice(0, k).map(({ first, p }) => (p === null ? null : first === right[0] ? p : 1 - p));
  return voteClass(
    own.filter((p) => p !== null && p > 0.5).length,
    own.filter((p) => p !== null && p < 0.5).length,
    own.filter((p) => p === null).length,
  );
}

const sources: Readonly<Record<string, { source: string; group: string }>> = {
  rlaif: { source: "rlaif-v", group: "hallucination" },
  rlhf: { source: "rlhf-v", group: "hallucination" },
  hallucination: { source: "povid", group: "hallucination" },
  mathverse: { source: "mathverse", group: "reasoning" },
  mmmu: { source: "mmmu", group: "reasoning" },
  wildvision: { source: "wildvision", group: "general" },
};

/** The source and the group of a row by its id's prefix, up to the first "_" or "-". */
const sourceOf = (id: string): { source: string; group: string } =>
  sources[id.split(/[_-]/)[0]!.toLowerCase()] ?? { source: "vlfeedback", group: "general" };

/** Overall accuracy by the first k votes, of items that have more. */
const firstVotes = (k: number): Figure => ({
  name: `overall, ${k === 1 ? "first vote" : `first ${k} votes`}`,
  about: "agree / (agree + reject) by the first votes of each pair",
  of: (item) => ((item.votes?.length ?? 0) > k ? classCredit(classOf(item, k), null) : null),
});

const classCredit = (found: ReturnType<typeof classOf>, unread: number | null): number | null =>
  found === "agree" ? 1 : found === "reject" ? 0 : unread;
const rule = (unread: number | null) => (item: Credited) => classCredit(classOf(item), unread);

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
    "Ask an odd number of times: `--repeat 9` asks so often, each time in a drawn order that is kept with the vote, and shows 1, 3, 5 and 7 votes too. More votes help strong judges and harm weak ones (`laurel papers show vl-rewardbench`).",
    "The official judge ends with 'Overall Judgment: Answer 1 is better': `{ kind: judge.pairwise, verdict: overall }`. The model must see the picture.",
    "Leave the models that chose the pairs out of a ranking.",
    "Sizes: general 183, hallucination 749, reasoning 318 (recalled by the specification; they sum to 1,250).",
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
    countsVotes: true,
    credit: rule(null) as (item: Answered) => number | null,
    unscored: "drop",
    figures: [
      { name: "overall", about: "agree / (agree + reject) over all pairs" },
      { name: "macro", about: "mean of the groups' accuracies", sections: { key: "group" } },
      { name: "undecided as wrong", about: "pairs without a class count as wrong", of: rule(0) },
      { name: "undecided as half", about: "pairs without a class count half", of: rule(0.5) },
      ...[1, 3, 5, 7, 9].map(firstVotes),
    ],
  },
  read: each((row, place) => {
    const id = textAt(row, "id", place);
    const [first, second] = textsAt(row, "response", place, 2);
    const ranking = numbersAt(row, "human_ranking", place, 2);
    if (!(ranking.includes(0) && ranking.includes(1))) refuse(place, "human_ranking", "the ranks 0 and 1", ranking);
    const read = rightAndWrong(row, place, {
      id,
      prompt: "query",
      right: [first],
      wrong: [second],
      names: ["response[0]", "response[1]"],
      subsets: sourceOf(id),
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
    const example = withMedia(read, [imageAt(row, "image", place)]);
    return ranking[0] === 0 ? example : { ...example, labels: { ...example.labels, correct: [false, true] } };
  }),
};
