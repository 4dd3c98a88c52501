import type { Candidate, Example, JsonObject, Message } from "../../core/index.ts";
import { looksLikeMessages, parseMessages, type Raw } from "../messages.ts";
import {
  answerOf,
  commonColumns,
  exampleOf,
  isTurn,
  numberOf,
  orderedPairs,
  plainText,
  promptOf,
  type RowPlace,
  rowError,
  type Schema,
  subsetsOf,
  wireMessages,
} from "./schema.ts";

const explicitColumns = ["id", "prompt", "chosen", "rejected", "margin", "score_chosen", "score_rejected", "subset"];

function labelsOf(row: Raw, place: RowPlace): Example["labels"] {
  const margin = numberOf(row["margin"], place, "margin");
  const chosen = numberOf(row["score_chosen"], place, "score_chosen");
  const rejected = numberOf(row["score_rejected"], place, "score_rejected");
  return {
    preferred: [{ first: 0, second: 1, p: 1, ...(margin === undefined ? {} : { strength: margin }) }],
    ...(chosen === undefined && rejected === undefined ? {} : { value: [chosen ?? null, rejected ?? null] }),
  };
}

/**
 * Preference rows of TRL with an explicit prompt, plain or conversational: `prompt`, `chosen`, `rejected`, and `margin`
 * (the label's `strength`). Where `chosen` and `rejected` repeat the whole dialogue, as some data sets have it beside
 * a prompt, the shared turns are the prompt.
 */
export const preference: Schema = {
  id: "preference",
  about: "TRL preference with an explicit prompt: prompt, chosen, rejected (texts or messages), margin",
  match: (row) => isTurn(row["prompt"]) && isTurn(row["chosen"]) && isTurn(row["rejected"]),
  read(row, place) {
    const whole = [row["chosen"], row["rejected"]].every(
      (turns) => looksLikeMessages(turns) && turns.length > 1 && turns[0]!["role"] !== "assistant",
    );
    if (whole) return readImplicit(row, place, explicitColumns);
    return exampleOf(row, place, {
      id: row["id"],
      prompt: promptOf(row, "prompt", place),
      candidates: [answerOf(row["chosen"], place, "chosen"), answerOf(row["rejected"], place, "rejected")],
      labels: labelsOf(row, place),
      subsets: subsetsOf(row),
      used: explicitColumns,
    });
  },
  write: (example) =>
    writePairs(example, (better, worse) => {
      const texts = [
        plainText(example.task.prompt, "user"),
        plainText(better.output, "assistant"),
        plainText(worse.output, "assistant"),
      ];
      if (texts.every((text) => text !== undefined))
        return { prompt: texts[0], chosen: texts[1], rejected: texts[2] } as JsonObject;
      return {
        prompt: wireMessages(example.task.prompt),
        chosen: wireMessages(better.output),
        rejected: wireMessages(worse.output),
      };
    }),
};

/** Preference rows of TRL whose prompt is the shared start of `chosen` and `rejected`, as texts or whole dialogues. */
export const implicitPreference: Schema = {
  id: "preference-implicit",
  about: "TRL preference without a prompt column: chosen and rejected hold the whole dialogue",
  match: (row) =>
    row["prompt"] === undefined && row["input"] === undefined && isTurn(row["chosen"]) && isTurn(row["rejected"]),
  read: (row, place) => readImplicit(row, place, explicitColumns),
  write: (example) =>
    writePairs(example, (better, worse) => ({
      chosen: wireMessages([...example.task.prompt, ...better.output]),
      rejected: wireMessages([...example.task.prompt, ...worse.output]),
    })),
};

function readImplicit(row: Raw, place: RowPlace, used: readonly string[]): Example {
  const { chosen, rejected } = row;
  const parts =
    typeof chosen === "string" && typeof rejected === "string"
      ? splitTexts(chosen, rejected, place)
      : splitMessages(parseMessages(chosen, place, "chosen"), parseMessages(rejected, place, "rejected"), place);
  return exampleOf(row, place, {
    id: row["id"],
    ...parts,
    labels: labelsOf(row, place),
    subsets: subsetsOf(row),
    used,
  });
}

interface SplitDialogue {
  prompt: readonly Message[];
  candidates: readonly Candidate[];
}

/** The shared messages are the prompt; each side keeps at least its last message. */
function splitMessages(chosen: readonly Message[], rejected: readonly Message[], place: RowPlace): SplitDialogue {
  const most = Math.min(chosen.length, rejected.length) - 1;
  let shared = 0;
  while (shared < most && JSON.stringify(chosen[shared]) === JSON.stringify(rejected[shared])) shared++;
  // answers start with the assistant's turn, so a shared start of answers stays with them
  while (shared > 0 && chosen[shared - 1]!.role === "assistant" && chosen[shared]!.role === "assistant") shared--;
  if (shared === 0) throw rowError(place, "chosen", "it shares no first message with rejected, so there is no prompt");
  return {
    prompt: chosen.slice(0, shared),
    candidates: [{ output: chosen.slice(shared) }, { output: rejected.slice(shared) }],
  };
}

const assistantMark = "\n\nAssistant:";

/**
 * The shared start of two texts is the prompt. It ends behind the last shared `\n\nAssistant:` where the texts mark their
 * turns, else at the first difference (one character earlier behind a space, as TRL's `extract_prompt` has it). Where one
 * text is the start of the other, TRL's rule would cut an answer to nothing; then the last shared line break is taken.
 */
function splitTexts(chosen: string, rejected: string, place: RowPlace): SplitDialogue {
  const most = Math.min(chosen.length, rejected.length);
  let at = 0;
  while (at < most && chosen.charCodeAt(at) === rejected.charCodeAt(at)) at++;
  const mark = chosen.lastIndexOf(assistantMark, at - assistantMark.length);
  if (mark >= 0) at = mark + assistantMark.length;
  else if (at === most) at = chosen.lastIndexOf("\n", at - 1) + 1;
  else if (at > 0 && chosen[at - 1] === " ") at--;
  // never between the halves of a character
  if (at > 0 && (chosen.charCodeAt(at) & 0xfc00) === 0xdc00) at--;
  if (at === 0) throw rowError(place, "chosen", "it shares no start with rejected, so there is no prompt");
  const answer = (text: string): Candidate => ({ output: [{ role: "assistant", content: text.slice(at) }] });
  return {
    prompt: [{ role: "user", content: chosen.slice(0, at) }],
    candidates: [answer(chosen), answer(rejected)],
  };
}

/** One row for each pair that is not a tie. */
export function writePairs(
  example: Example,
  columns: (better: Candidate, worse: Candidate) => JsonObject,
): readonly JsonObject[] | string {
  const pairs = orderedPairs(example);
  if (pairs.length === 0) return "it has no candidate that is better than another";
  const { value } = example.labels;
  return pairs.map(({ better, worse, strength }) => ({
    ...commonColumns(example),
    ...columns(example.task.candidates[better]!, example.task.candidates[worse]!),
    ...(strength === undefined ? {} : { margin: strength }),
    ...(value?.[better] == null ? {} : { score_chosen: value[better] }),
    ...(value?.[worse] == null ? {} : { score_rejected: value[worse] }),
  }));
}
