import type { Example } from "../../core/index.ts";
import { type Raw, refuse } from "../../io/messages.ts";
import { exampleOf, isTexts, type RowPlace } from "../../io/schemas/schema.ts";
import { paragraphs } from "../../rewards/process/index.ts";
import { choiceLetter } from "../../rewards/verify/math/choice-letter.ts";
import { extractAnswer } from "../../rewards/verify/math/extract.ts";
import { numbersIn } from "../../rewards/verify/numeric.ts";
import type { Answered, Benchmark } from "../benchmark.ts";
import { each, imageAt, textAt, textsAt, withMedia } from "../read.ts";

/** The places of the candidates at the top; undefined where a value is missing. */
function atTop(item: Answered): number[] | undefined {
  if (item.values.includes(null) || item.values.length === 0) return undefined;
  const top = (item.values as readonly number[]).reduce((most, one) => Math.max(most, one), Number.NEGATIVE_INFINITY);
  return item.values.flatMap((one, i) => (one === top ? [i] : []));
}

/** The share of right candidates among those at the top. */
function bestOfN(item: Answered): number | null {
  const { correct } = item.labels;
  const tied = atTop(item);
  if (correct === undefined || tied === undefined) return null;
  return tied.filter((i) => correct[i] === true).length / tied.length;
}

/** Does a response state the answer: the letter of an option, else a number, else the same words? */
function states(response: string, answer: string, options: readonly string[] | undefined): boolean {
  const letter = options === undefined ? choiceLetter(answer) : goldLetter(answer, options);
  if (letter !== undefined) return choiceLetter(response) === letter;
  const said = extractAnswer(response)?.text ?? response;
  const [gold, found] = [numbersIn(answer).at(-1), numbersIn(said).at(-1)];
  if (gold !== undefined) return found !== undefined && Math.abs(gold - found) <= 1e-6 * Math.abs(gold);
  return plain(said) === plain(answer);
}

const plain = (text: string): string => text.trim().toLowerCase().replace(/\s+/g, " ").replace(/\.$/, "");

function goldLetter(answer: string, options: readonly string[]): string | undefined {
  const at = options.findIndex((one) => plain(one) === plain(answer));
  return at >= 0 ? String.fromCharCode(65 + at) : choiceLetter(answer);
}

/** `correct`, or what the answers say against `answer`. */
function correctAt(
  row: Raw,
  place: RowPlace,
  responses: readonly string[],
  options: readonly string[] | undefined,
): boolean[] {
  const { correct, answer } = row;
  if (correct === undefined && (typeof answer === "string" || typeof answer === "number"))
    return responses.map((text) => states(text, String(answer), options));
  if (
    !Array.isArray(correct) ||
    correct.length !== responses.length ||
    !correct.every((one) => typeof one === "boolean")
  )
    refuse(
      place,
      "correct",
      `a list of ${responses.length} true or false, or a column answer to check the responses by`,
      correct,
    );
  return correct as boolean[];
}

function read(row: Raw, place: RowPlace): Example {
  const responses = textsAt(row, "responses", place);
  const options = isTexts(row["options"]) ? row["options"] : undefined;
  const asked = [
    textAt(row, "question", place),
    ...(options ?? []).map((one, i) => `${String.fromCharCode(65 + i)}. ${one}`),
  ].join("\n");
  const example = exampleOf(row, place, {
    id: row["id"],
    prompt: [{ role: "user", content: asked }],
    candidates: responses.map((content) => ({
      output: [{ role: "assistant" as const, content }],
      steps: paragraphs(content),
    })),
    labels: { correct: correctAt(row, place, responses, options) },
    subsets: { source: textAt(row, "source", place) },
    used: ["id", "question", "answer", "source", "options", "image", "responses", "correct"],
  });
  return row["image"] === undefined || row["image"] === null
    ? example
    : withMedia(example, [imageAt(row, "image", place)]);
}

/** ViLBench. */
export const vilBench: Benchmark = {
  id: "vilbench",
  title: "ViLBench",
  about: "best of n answers to 600 questions on pictures that need a judgement by steps",
  tier: "schema only",
  tierWhy:
    "no row could be had here, and its place on the hub could not be confirmed; the answers are each user's own samples",
  data: {
    hub: "UCSC-VLAA/ViLBench",
    licence: "not stated in the specification",
    columns:
      "question, image, options[], answer, source, and responses[], which are your own samples: their paragraphs are the steps; correct[], or they are checked against answer (an option's letter, else a number, else the same words)",
  },
  asks: "scores",
  chance: {
    value: 0.273,
    why: "a single sample of GPT-4o with chain of thought, as published; of your own samples it is their share of right ones",
  },
  pitfalls: [
    "Questions were kept by the scores of judges: leave those judges out, or the result is circular.",
    "Coarse grades tie at the top; a tie gets the share of right answers in it, not the first one's.",
    "Sums and products of step scores favour short solutions.",
    "What is kept by 'level' (step scores less whole scores) are questions on which judges are lenient with steps; keep by 'gap' (processPreference).",
  ],
  published: [
    {
      system: "GPT-4o with chain of thought",
      figures: { accuracy: 0.273 },
      source: "ViLBench (2025), abstract",
      reproduced: false,
    },
  ],
  by: "source",
  rightFirst: false,
  rule: {
    text: "accuracy of the answer that the reward puts first, 1/k of k tied ones",
    source: "ViLBench (2025); the treatment of ties is ours",
    credit: bestOfN,
    unscored: "drop",
    figures: [
      { name: "accuracy", about: "of the answer at the top" },
      {
        name: "first at the top",
        about: "accuracy where the first of tied answers is taken, which may be what was published",
        of: (item) => {
          const [first] = atTop(item) ?? [];
          return first === undefined || item.credit === null ? null : item.labels.correct?.[first] === true ? 1 : 0;
        },
      },
      {
        name: "tie rate",
        about: "share of questions with several answers at the top",
        of: (item) => {
          const tied = atTop(item);
          return tied === undefined ? null : tied.length > 1 ? 1 : 0;
        },
        lower: true,
      },
      {
        name: "single sample",
        about: "share of right answers among the samples: what no reward would get",
        of: (item) => {
          const marks = item.labels.correct ?? [];
          return marks.length === 0 ? null : marks.filter((one) => one === true).length / marks.length;
        },
      },
      {
        name: "oracle",
        about: "share of questions with a right answer among the samples",
        of: (item) => (item.labels.correct?.includes(true) === true ? 1 : 0),
      },
    ],
  },
  read: each(read),
};
