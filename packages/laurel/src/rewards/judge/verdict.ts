import { type Generation, type Json, type JsonObject, type Unscored, unscored } from "../../core/index.ts";
import { lastObject } from "./lenient-json.ts";
import type { Scale } from "./scales.ts";
import { onScale, scaleValues } from "./scales.ts";

/** A text that holds no verdict of the wanted form, and why. */
export interface Unreadable {
  unreadable: string;
}

/** How a judge states its verdict, and how it is read: never guessed. */
export interface Grammar<T> {
  /** Name and revision; enters the judge's fingerprint. */
  readonly id: string;
  /** What the judge is told to end with. */
  readonly form: string;
  /** JSON Schema for servers with structured output. */
  readonly schema?: JsonObject | undefined;
  /** May the reply be cut off at the token limit? Only where the verdict is its first token. */
  readonly mayBeCut?: boolean | undefined;
  read(text: string): T | Unreadable;
}

/** Did the grammar find no verdict? */
export function isUnreadable(value: unknown): value is Unreadable {
  return typeof value === "object" && value !== null && "unreadable" in value;
}

function unreadable(why: string): Unreadable {
  return { unreadable: why };
}

/**
 * The verdict of a judge's reply, or why there is none: `judge-refusal` for a filtered reply, else `judge-unparsable` with
 * the raw text. What stands before the last `</think>` is thought and no verdict; a reply that was cut off has none.
 */
export function readVerdict<T>(grammar: Grammar<T>, reply: Generation): T | Unscored {
  const { text, finish } = reply;
  if (finish === "filter") return unscored("judge-refusal", "the judge's reply was filtered", { raw: text });
  if (finish === "length" && grammar.mayBeCut !== true)
    return unscored("judge-unparsable", "the judge's reply was cut off at the token limit", { raw: text });
  const said = afterThought(text);
  if (said === undefined) return unscored("judge-unparsable", "the judge's thought has no end", { raw: text });
  const read = grammar.read(said);
  if (!isUnreadable(read)) return read;
  return unscored("judge-unparsable", `no verdict of the form ${grammar.id}: ${read.unreadable}`, { raw: text });
}

/** What follows the last `</think>`; undefined if a thought was opened and never closed. */
export function afterThought(text: string): string | undefined {
  const close = text.lastIndexOf("</think>");
  if (close >= 0) return text.slice(close + "</think>".length);
  return text.includes("<think>") ? undefined : text;
}

/** The content of each `<name>…</name>`, in order: the innermost of nested ones; unclosed ones are left out. Linear. */
export function tagged(text: string, name: string): string[] {
  const found: string[] = [];
  let from: number | undefined;
  for (const match of text.matchAll(new RegExp(`<(/?)${name}>`, "g"))) {
    if (match[1] === "") from = match.index + match[0].length;
    else if (from !== undefined) {
      found.push(text.slice(from, match.index));
      from = undefined;
    }
  }
  return found;
}

/** Which of several readings counts where a reply holds more than one. */
export type Take = "only" | "last";

function one<T>(values: readonly T[], take: Take, none: string): T | Unreadable {
  if (values.length === 0) return unreadable(none);
  const last = values[values.length - 1]!;
  if (take === "only" && values.some((value) => value !== last)) return unreadable("it holds different verdicts");
  return last;
}

/** A pairwise verdict. */
export type Side = "A" | "B" | "tie";
/** A pairwise verdict in five grades. */
export type Grade = "A++" | "A+" | "A=B" | "B+" | "B++";

/**
 * `[[A]]`, `[[B]]`, `[[C]]` (a tie), also `[[A>B]]`, `[[A>>B]]`, `[[A=B]]` and so on; `>>` counts as `>`.
 *
 * @param options.take "only" (default): different verdicts in one reply are unreadable (JudgeBench's rule); "last" takes the last
 * @param options.tail look only at the last so many characters (80 in RM-R1), where exactly one label must stand
 * @param options.tie may it tie? Default true; without, `[[C]]` is unreadable
 */
export function bracketVerdict(
  options: { take?: Take | undefined; tail?: number | undefined; tie?: boolean | undefined } = {},
): Grammar<Side> {
  const { take = "only", tail, tie = true } = options;
  const sides: Record<string, Side> = {
    A: "A",
    B: "B",
    C: "tie",
    "A>B": "A",
    "A>>B": "A",
    "B>A": "B",
    "B>>A": "B",
    "A<B": "B",
    "A<<B": "B",
    "A=B": "tie",
    "B=A": "tie",
    tie: "tie",
    Tie: "tie",
  };
  return {
    id: `bracket-1:${take}${tail === undefined ? "" : `:${tail}`}${tie ? "" : ":no-tie"}`,
    form: tie
      ? 'End with your verdict on a line of its own: "[[A]]" if A is better, "[[B]]" if B is better, "[[C]]" for a tie.'
      : 'End with your verdict on a line of its own: "[[A]]" if A is better, "[[B]]" if B is better. There is no tie.',
    read(text) {
      const from = tail === undefined ? text : text.slice(-tail);
      const found: Side[] = [];
      for (const match of from.matchAll(/\[\[\s{0,4}(A|B|C|[Tt]ie|[AB](?:[<>]{1,2}|≫|≪|=)[AB])\s{0,4}\]\]/g)) {
        const side = sides[match[1]!.replace("≫", ">>").replace("≪", "<<")];
        if (side === undefined) return unreadable(`${match[0]} is no verdict`);
        if (side === "tie" && !tie) return unreadable("it ties, which is not allowed");
        found.push(side);
      }
      return one(found, take, "there is no [[A]] or [[B]]");
    },
  };
}

/**
 * One value of a list inside the one `<answer>…</answer>`.
 *
 * @param values what may stand there and what it means
 * @param options.whole nothing may follow the tag
 */
export function answerTag<T>(values: Readonly<Record<string, T>>, options: { whole?: boolean } = {}): Grammar<T> {
  const names = Object.keys(values);
  return {
    id: `answer-tag-1:${names.join("|")}${options.whole === true ? ":whole" : ""}`,
    form: `End with your verdict inside <answer> and </answer>: one of ${names.join(", ")}, and nothing else there.`,
    read(text) {
      const found = tagged(text, "answer");
      if (options.whole === true && !text.trimEnd().endsWith("</answer>"))
        return unreadable("it does not end in </answer>");
      const said = one(
        found.map((content) => content.trim().replace(/^\[\[?|\]\]?$/g, "")),
        "only",
        "there is no <answer>",
      );
      if (typeof said !== "string") return said;
      return Object.hasOwn(values, said)
        ? values[said]!
        : unreadable(`<answer> holds ${JSON.stringify(said.slice(0, 40))}`);
    },
  };
}

/** `[RESULT] 4` after the last marker, alone and on the scale (Prometheus). */
export function resultMarker(scale: Scale): Grammar<{ feedback: string; score: number }> {
  return {
    id: `result-marker-1:${scale.id}`,
    form: `Write your feedback first. Then end with "[RESULT] " and ${scale.words}, and nothing after it.`,
    read(text) {
      const at = text.lastIndexOf("[RESULT]");
      if (at < 0) return unreadable("there is no [RESULT]");
      const said = text.slice(at + "[RESULT]".length).trim();
      const score = onScale(said, scale);
      if (score === undefined) return unreadable(`[RESULT] is followed by ${JSON.stringify(said.slice(0, 40))}`);
      return { feedback: text.slice(0, at).trim(), score };
    },
  };
}

/** `[[7]]`, the last one; all of them must be on the scale and, with "only", equal. */
export function bracketRating(scale: Scale, options: { take?: Take } = {}): Grammar<number> {
  const { take = "only" } = options;
  return {
    id: `bracket-rating-1:${scale.id}:${take}`,
    form: `End with your rating in double brackets on a line of its own, such as [[${scale.labels?.at(-1) ?? scale.max}]]: ${scale.words}.`,
    read(text) {
      const found: number[] = [];
      for (const match of text.matchAll(/\[\[\s{0,4}([^[\]\n]{1,20}?)\s{0,4}\]\]/g)) {
        const value = onScale(match[1]!, scale);
        if (value === undefined) return unreadable(`${match[0]} is not ${scale.words}`);
        found.push(value);
      }
      return one(found, take, "there is no [[rating]]");
    },
  };
}

/**
 * A last line that is `Score: 7` or `Score: 7/10`, whatever the case and with `*` or `_` around; nothing else may be on it.
 * A denominator must be the scale's greatest value.
 */
export function labelledScore(scale: Scale, label = "Score"): Grammar<number> {
  return {
    id: `labelled-1:${label}:${scale.id}`,
    form: `End with a last line "${label}: " and ${scale.words}, and nothing after it.`,
    read(text) {
      const line = lastLine(text).replace(/[*_`]/g, "").trim();
      const colon = line.indexOf(":");
      const before = line.slice(0, Math.max(0, colon)).trim().toLowerCase();
      const wanted = label.toLowerCase();
      if (colon < 0 || (before !== wanted && before !== `final ${wanted}` && before !== `overall ${wanted}`))
        return unreadable(`the last line is not "${label}: …"`);
      return numberOn(line.slice(colon + 1), scale);
    },
  };
}

/** A last line that holds one number of the scale, alone or over the greatest value (`7/10`), and no other number. */
export function lastNumber(scale: Scale): Grammar<number> {
  return {
    id: `last-number-1:${scale.id}`,
    form: `End with a last line that holds only your score: ${scale.words}.`,
    read(text) {
      const line = lastLine(text);
      const found = [...line.matchAll(/(?<![\w.])-?\d+(?:\.\d+)?(?:\s?\/\s?\d+)?(?![\w]|\.\d)/g)].map(
        (match) => match[0],
      );
      if (found.length !== 1) return unreadable(`the last line holds ${found.length} numbers`);
      return numberOn(found[0]!, scale);
    },
  };
}

function numberOn(said: string, scale: Scale): number | Unreadable {
  const [value, of, ...more] = said.trim().replace(/\.$/, "").split("/");
  const score = more.length > 0 ? undefined : onScale((value ?? "").trim(), scale);
  if (score === undefined || (of !== undefined && Number(of) !== scale.max))
    return unreadable(`${JSON.stringify(said.trim().slice(0, 40))} is not ${scale.words}`);
  return score;
}

function lastLine(text: string): string {
  const end = text.trimEnd();
  return end.slice(end.lastIndexOf("\n") + 1);
}

/** `Preferred: A` or `Preferred: B` as the last line (LitBench). */
export function preferredLine(): Grammar<Side> {
  return {
    id: "preferred-line-1",
    form: 'Write your reasoning first. Then end with a last line "Preferred: A" or "Preferred: B".',
    read(text) {
      const line = lastLine(text).replace(/[*_`]/g, "").trim();
      const said = /^Preferred:\s{0,4}([AB])\.?$/i.exec(line)?.[1]?.toUpperCase();
      return said === "A" || said === "B" ? said : unreadable('the last line is not "Preferred: A" or "Preferred: B"');
    },
  };
}

/**
 * "Overall Judgment: Answer A is better" (VL-RewardBench): after the first "Overall Judgment" or "Therefore", the first "Answer … is [the]
 * [slightly] better", over line breaks and without asterisks. 1 and 2 stand for A and B. There is no tie.
 *
 * @source VL-RewardBench (2024), its regular expression; whatever the case here
 */
export function overallJudgment(): Grammar<Side> {
  return {
    id: "overall-judgment-1",
    form: 'Give your reasoning first. Then end with "Overall Judgment: Answer A is better." or "Overall Judgment: Answer B is better."',
    read(text) {
      const flat = text.replaceAll("*", "").replace(/\s+/g, " ");
      const from = flat.search(/overall judgment|therefore/i);
      if (from < 0) return unreadable('there is no "Overall Judgment"');
      const said = /answer ([12AB]) is (?:the )?(?:slightly )?better/i.exec(flat.slice(from))?.[1]?.toUpperCase();
      if (said === undefined) return unreadable('no "Answer A is better" follows');
      return said === "1" || said === "A" ? "A" : "B";
    },
  };
}

/** One of `A++`, `A+`, `A=B`, `B+`, `B++` in the member `choice` of a JSON object (WildBench); nothing else is read as a tie. */
export function gradedChoice(): Grammar<Grade> {
  const grades: readonly string[] = ["A++", "A+", "A=B", "B+", "B++"];
  return {
    id: "graded-choice-1",
    form: 'End with JSON: {"analysis of A": "…", "analysis of B": "…", "choice": "A++" | "A+" | "A=B" | "B+" | "B++"}, where ++ means much better and + slightly better.',
    read(text) {
      const said = lastObject(text)?.value["choice"];
      if (typeof said !== "string") return unreadable("there is no JSON object with a choice");
      const grade = said.trim().replace(/^\[\[?|\]\]?$/g, "");
      return grades.includes(grade)
        ? (grade as Grade)
        : unreadable(`the choice is ${JSON.stringify(said.slice(0, 40))}`);
    },
  };
}

/** What a JSON verdict is checked by: a value, or why it is none. */
export type Check<T> = (value: JsonObject, repaired: boolean) => T | Unreadable;

/** The last JSON object of the reply, checked. Harmless slips of form (trailing commas, single quotes) are forgiven. */
export function jsonVerdict<T>(id: string, form: string, check: Check<T>, schema?: JsonObject): Grammar<T> {
  return {
    id: `json-1:${id}`,
    form,
    ...(schema === undefined ? {} : { schema }),
    read(text) {
      const found = lastObject(text);
      return found === undefined ? unreadable("there is no JSON object") : check(found.value, found.repaired);
    },
  };
}

/** `{"reason": "…", "score": 4}` with the score on the scale, as a number or as text. */
export function jsonScore(scale: Scale, key = "score"): Grammar<{ score: number; rationale: string }> {
  const values = scaleValues(scale);
  return jsonVerdict(
    `score:${key}:${scale.id}`,
    `Answer with JSON only: {"reason": "…", "${key}": …}, where ${key} is ${scale.words}.`,
    (value) => {
      const score = onScale(value[key], scale);
      if (score === undefined) return unreadable(`${key} is ${JSON.stringify(value[key] ?? null).slice(0, 40)}`);
      const reason = value["reason"];
      return { score, rationale: typeof reason === "string" ? reason : "" };
    },
    {
      type: "object",
      properties: {
        reason: { type: "string" },
        [key]:
          scale.labels !== undefined
            ? { type: "string", enum: [...scale.labels] }
            : values === undefined
              ? { type: "number" }
              : { type: "number", enum: values },
      },
      required: ["reason", key],
      additionalProperties: false,
    },
  );
}

/**
 * `\boxed{3, 7, 5}`: the last box holds one score for each of n answers, in order (DeepSeek-GRM). Names before a score
 * (`Answer 1: 3`) are taken off.
 */
export function boxedScores(n: number, scale: Scale): Grammar<readonly number[]> {
  return {
    id: `boxed-scores-1:${n}:${scale.id}`,
    form: `End with a last line \\boxed{…} that holds the ${n} scores in the order of the answers, separated by commas; each is ${scale.words}.`,
    read(text) {
      const at = text.lastIndexOf("\\boxed{");
      const to = at < 0 ? -1 : text.indexOf("}", at);
      if (to < 0) return unreadable("there is no \\boxed{…}");
      const said = text.slice(at + "\\boxed{".length, to).split(",");
      if (said.length !== n) return unreadable(`the box holds ${said.length} scores for ${n} answers`);
      const scores: number[] = [];
      for (const entry of said) {
        const score = onScale(entry.slice(entry.lastIndexOf(":") + 1).trim(), scale);
        if (score === undefined)
          return unreadable(`${JSON.stringify(entry.trim().slice(0, 40))} is not ${scale.words}`);
        scores.push(score);
      }
      return scores;
    },
  };
}

/** `Yes` or `No` (or two words of your own) as the first word of the reply. */
export function firstWord<T>(words: Readonly<Record<string, T>>): Grammar<T> {
  const names = Object.keys(words);
  return {
    id: `first-word-1:${names.join("|")}`,
    form: `Answer with one word: ${names.join(" or ")}.`,
    mayBeCut: true,
    read(text) {
      const said = /^[\s"'*`([{]{0,8}(\p{L}+|\d+)/u.exec(text)?.[1]?.toLowerCase();
      const name = names.find((word) => word.toLowerCase() === said);
      return name === undefined
        ? unreadable(`the first word is ${JSON.stringify((said ?? "").slice(0, 40))}`)
        : words[name]!;
    },
  };
}

/** A text member of a JSON object, or an empty text. */
export function textMember(value: JsonObject, key: string): string {
  const member: Json | undefined = value[key];
  return typeof member === "string" ? member : "";
}
