import type { Candidate, Example, JsonObject, Message } from "../../core/index.ts";
import { clusterOf } from "../cluster.ts";
import { looksLikeMessages, type Raw } from "../messages.ts";
import { parseTaskRow } from "../rows.ts";
import { plainText, type RowPlace, type Schema, wireMessages } from "./schema.ts";

const known = new Set(["id", "prompt", "candidates", "reference", "answer", "context", "labels", "cluster", "subsets"]);

/** Laurel's own rows (see `parseTaskRow`). Columns that it does not name are kept in `labels.extra`. */
export const native: Schema = {
  id: "laurel",
  about: "Laurel's own rows: prompt, candidates, reference, context, labels, subsets, id",
  match: (row) =>
    Array.isArray(row["candidates"]) && (typeof row["prompt"] === "string" || looksLikeMessages(row["prompt"])),
  read(row: Raw, place: RowPlace): Example {
    const example = parseTaskRow(row, place);
    const rest = Object.entries(row).filter(([name, value]) => !known.has(name) && value !== undefined);
    if (rest.length > 0)
      example.labels = {
        ...example.labels,
        extra: { ...example.labels.extra, ...(Object.fromEntries(rest) as JsonObject) },
      };
    return example;
  },
  write: (example) => [nativeRow(example)],
};

/** An example as a row in Laurel's own form; reading it gives the example again. */
export function nativeRow(example: Example): JsonObject {
  const { task, labels, subsets, cluster } = example;
  return {
    ...(/^#\d+$/.test(task.id) ? {} : { id: task.id }),
    prompt: turns(task.prompt, "user"),
    candidates: task.candidates.map(candidateColumn),
    ...(task.reference === undefined
      ? {}
      : {
          reference: {
            ...(task.reference as unknown as JsonObject),
            ...(task.reference.exemplar === undefined ? {} : { exemplar: candidateColumn(task.reference.exemplar) }),
          },
        }),
    ...(task.context === undefined ? {} : { context: task.context }),
    ...(Object.keys(labels).length === 0 ? {} : { labels: labels as unknown as JsonObject }),
    ...(cluster === clusterOf(task.prompt) ? {} : { cluster }),
    ...(Object.keys(subsets).length === 0 ? {} : { subsets }),
  };
}

function turns(messages: readonly Message[], role: Message["role"]): string | JsonObject[] {
  return plainText(messages, role) ?? wireMessages(messages);
}

function candidateColumn(candidate: Candidate): string | JsonObject {
  const output = turns(candidate.output, "assistant");
  if (typeof output === "string" && Object.keys(candidate).length === 1) return output;
  const { tokens } = candidate;
  return {
    ...(candidate as unknown as JsonObject),
    output,
    ...(tokens === undefined
      ? {}
      : {
          tokens: {
            count: tokens.count,
            tokenizer: tokens.tokenizer,
            ...(tokens.ids === undefined ? {} : { ids: [...tokens.ids] }),
            ...(tokens.logprobs === undefined ? {} : { logprobs: [...tokens.logprobs] }),
          },
        }),
  };
}
