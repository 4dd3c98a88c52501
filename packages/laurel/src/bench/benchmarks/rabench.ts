import { refuse } from "../../io/messages.ts";
import { exampleOf } from "../../io/schemas/schema.ts";
import type { Answered, Benchmark } from "../benchmark.ts";
import { each, listAt, textAt } from "../read.ts";

/** RABench: rankings under a stated principle. */
export const raBench: Benchmark = {
  id: "rabench",
  title: "RABench",
  about: "ranking several answers under a principle that is stated with the prompt",
  tier: "schema only",
  tierWhy:
    "no row could be had here, and neither its place on the hub nor its columns could be confirmed: those below are expected",
  data: {
    licence: "not known",
    columns: "principle, prompt, responses[], scores[] (gold), domain",
  },
  asks: "scores",
  chance: { value: 0.5, why: "pairs of answers with unequal gold scores; a tie is half" },
  pitfalls: [
    "Pairs of one list are not independent: intervals are by list.",
    "Gold ties are left out of pairwise accuracy.",
  ],
  published: [
    {
      system: "RewardAnything-8B",
      figures: { "pairwise accuracy": 0.819 },
      source: "RewardAnything (2025), as a public review states it",
      reproduced: false,
    },
    {
      system: "GPT-4.1",
      figures: { "pairwise accuracy": 0.825 },
      source: "RewardAnything (2025), as a public review states it",
      reproduced: false,
    },
  ],
  by: "domain",
  rightFirst: false,
  rule: {
    text: "share of the pairs with unequal gold scores that are ordered alike, a tie half; over all pairs",
    source: "RewardAnything (2025); recalled by the specification",
    credit: (item) => {
      const pairs = goldPairs(item);
      return pairs === null || pairs.length === 0 ? null : pairs.reduce((sum, one) => sum + one, 0) / pairs.length;
    },
    unscored: "drop",
    figures: [
      {
        name: "pairwise accuracy",
        about: "over all pairs of all lists",
        all: (items) => {
          const pairs = items.flatMap((item) => goldPairs(item) ?? []);
          return pairs.reduce((sum, one) => sum + one, 0) / pairs.length;
        },
      },
      { name: "mean of lists", about: "mean over lists of each list's pairwise accuracy" },
    ],
  },
  read: each((row, place) => {
    const responses = listAt(row, "responses", place);
    const scores = row["scores"];
    if (!Array.isArray(scores) || scores.length !== responses.length || !scores.every((one) => typeof one === "number"))
      refuse(place, "scores", `a list of ${responses.length} numbers`, scores);
    const principle = textAt(row, "principle", place);
    return exampleOf(row, place, {
      id: row["id"],
      prompt: [{ role: "user", content: textAt(row, "prompt", place) }],
      candidates: responses.map((content) => ({ output: [{ role: "assistant" as const, content }] })),
      context: { principle },
      labels: { value: scores as number[] },
      subsets: typeof row["domain"] === "string" ? { domain: row["domain"] } : {},
      used: ["id", "principle", "prompt", "responses", "scores", "domain", "ranking"],
    });
  }),
};

function goldPairs(item: Answered): number[] | null {
  const gold = item.labels.value ?? [];
  const found: number[] = [];
  for (let i = 0; i < gold.length; i++)
    for (let j = i + 1; j < gold.length; j++) {
      const gap = (gold[i] ?? 0) - (gold[j] ?? 0);
      if (gap === 0) continue;
      const [a, b] = [item.values[i] ?? null, item.values[j] ?? null];
      if (a === null || b === null) return null;
      found.push(a === b ? 0.5 : Math.sign(a - b) === Math.sign(gap) ? 1 : 0);
    }
  return found;
}
