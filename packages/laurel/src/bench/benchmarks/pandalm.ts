import type { Example } from "../../core/index.ts";
import { type Raw, refuse } from "../../io/messages.ts";
import { exampleOf, type RowPlace } from "../../io/schemas/schema.ts";
import type { Answered, Benchmark } from "../benchmark.ts";
import { each, textAt } from "../read.ts";
import { accuracy } from "../rules.ts";

/** PandaLM's row: two responses and three annotators' votes (0 tie, 1, 2). */
function pandaLmRow(row: Raw, place: RowPlace): Example {
  const votes = ["annotator1", "annotator2", "annotator3"].map((name) => {
    const vote = row[name];
    if (vote !== 0 && vote !== 1 && vote !== 2) refuse(place, name, "0 (tie), 1 or 2", vote);
    return { name, vote };
  });
  const [instruction, input] = [textAt(row, "instruction", place), row["input"]];
  const prompt = typeof input === "string" && input !== "" ? `${instruction}\n\n${input}` : instruction;
  const candidates = ["response1", "response2"].map((name) => ({
    output: [{ role: "assistant" as const, content: answerAt(row, name, place) }],
  }));
  return exampleOf(row, place, {
    id: row["id"],
    prompt: [{ role: "user", content: prompt }],
    candidates,
    labels: {
      preferred: votes.map(({ name, vote }) => ({
        first: 0,
        second: 1,
        p: vote === 1 ? 1 : vote === 2 ? 0 : 0.5,
        rater: name,
      })),
    },
    subsets: typeof row["cmp_key"] === "string" ? { models: row["cmp_key"] } : {},
    used: ["id", "cmp_key", "instruction", "input", "response1", "response2", "annotator1", "annotator2", "annotator3"],
  });
}

/** An answer; the published file was once a table, so that some answers are numbers or true and false. */
function answerAt(row: Raw, name: string, place: RowPlace): string {
  const value = row[name];
  return typeof value === "number" || typeof value === "boolean" ? String(value) : textAt(row, name, place);
}

/** The vote of most annotators: 1, 2 or 0 for a tie; null where all three differ. */
function majorityVote(item: Answered): 0 | 1 | 2 | null {
  const votes = (item.labels.preferred ?? []).map(({ p }) => (p > 0.5 ? 1 : p < 0.5 ? 2 : 0));
  return ([0, 1, 2] as const).find((one) => votes.filter((vote) => vote === one).length * 2 > votes.length) ?? null;
}

function pandaVerdict(item: Answered): 0 | 1 | 2 | null {
  const game = item.votes?.[0];
  if (item.votes !== undefined) {
    if (game === undefined || game.p === null) return null;
    const p = game.first === 0 ? game.p : 1 - game.p;
    return p > 0.5 ? 1 : p < 0.5 ? 2 : 0;
  }
  const [a, b] = [item.values[0] ?? null, item.values[1] ?? null];
  return a === null || b === null ? null : a > b ? 1 : a < b ? 2 : 0;
}

/** PandaLM's test set. */
export const pandaLm: Benchmark = {
  id: "pandalm",
  title: "PandaLM test set",
  about: "pairs of small models' answers with three people's votes, ties among them",
  tier: "real rows parsed",
  tierWhy:
    "666 of 999 rows; the accuracies of PandaLM-7B (0.673) and GPT-3.5 (0.701) on them are those that the data's collector computed, and the paper's figures are of all 999 rows",
  data: {
    licence: "Apache-2.0",
    columns: "id, cmp_key, instruction, input, response1, response2, annotator1, annotator2, annotator3 (0 tie, 1, 2)",
  },
  asks: "pairs in one order",
  chance: { value: 1 / 3, why: "three verdicts: first, second, tie" },
  pitfalls: [
    "A tie is a verdict of its own: a reward that never ties cannot be right on those 11 % of the pairs.",
    "An unreadable verdict is wrong.",
    "Each pair was shown in one order only.",
  ],
  published: [],
  by: "models",
  rightFirst: false,
  rule: {
    text: "1 where the verdict (first, second, tie) is that of most annotators; unreadable is wrong",
    source: "PandaLM (2023)",
    credit: (item) => {
      const [label, said] = [majorityVote(item), pandaVerdict(item)];
      return label === null || said === null ? null : said === label ? 1 : 0;
    },
    unscored: 0,
    figures: [accuracy],
  },
  read: each(pandaLmRow),
};
