import { lastBoxes, percentAfter } from "./boxes.ts";
import { choiceLetter } from "./choice-letter.ts";
import { limits } from "./limits.ts";
import { looksLikeMath, mathRuns, type Run } from "./runs.ts";

/**
 * Where a final answer is looked for: `boxed` (`\boxed{…}`), `hash` (`#### …`), `answer` ("the answer is …", "Answer: …",
 * "A: …" and the same in other languages), `last` (the last mathematical expression or number), `choice` (the last
 * choice letter).
 */
export type Strategy = "boxed" | "hash" | "answer" | "last" | "choice";

/** How an answer is taken out of a text. */
export interface ExtractOptions {
  /** Tried in this order; default `["boxed", "hash", "answer", "last"]`. */
  strategies?: readonly Strategy[] | undefined;
  /**
   * Which of several separate boxes counts: the `last` (default), the `first`, or `agree`: all must mean the same, else
   * the answer is wrong. Boxes joined by "and", "or" or a comma are one answer of several parts in any case.
   */
  several?: "last" | "first" | "agree" | undefined;
}

/** An answer as it stands in the text. */
export interface Extracted {
  text: string;
  strategy: Strategy;
  /** The other separate boxes, where `several` is `agree`. */
  others?: readonly string[] | undefined;
}

const defaultStrategies: readonly Strategy[] = ["boxed", "hash", "answer", "last"];

const marker =
  /(?:\b(?:final\s{1,3})?(?:answers?|result)\b(?!\s*['’])(?:\s{1,3}(?:to|of|for)\s[^.\n:=$]{1,60}?)?\s{0,3}\*{0,2}\s{0,3}(?:is\b|are\b|was\b|[:：=])|\bans(?:\.|wer)?\s{0,2}[:=]|答案(?:是|为|為|[:：])|答え?(?:は|[:：])|정답(?:은|:)|(?:la\s|die\s|a\s|el\s)?(?:réponse|respuesta|resposta|risposta|antwort|lösung|solución)(?:\s(?:finale?|final|correcta|correcte))?\s{0,2}(?:est|es|é|è|ist|lautet|[:：])|ответ\s{0,2}(?:[:：—-]|это))\s{0,3}:?\*{0,2}:?/giu;
const lineMarker = /^[ \t*#]{0,8}A(?:nswer)?[ *]{0,4}[:：]/gm;
const finalMarker = /\bfinal\s{1,3}answer\b/i;
const closingPhrase = /\bI hope (?:it|this) (?:is|helps)\b/;

/**
 * The final answer of a text.
 *
 * @param text a model's whole answer; thinking that is closed by `</think>` is skipped when text follows it
 * @param options strategies and the policy for several boxes
 * @returns the answer as written and the strategy that found it, or undefined if there is none
 * @example extractAnswer("so we get \\boxed{\\frac12}.") // { text: "\\frac12", strategy: "boxed" }
 */
export function extractAnswer(text: string, options: ExtractOptions = {}): Extracted | undefined {
  const strategies = options.strategies ?? defaultStrategies;
  const body = withoutThinking(text);
  for (const strategy of strategies) {
    const found = find(body, strategy, options, strategies);
    if (found !== undefined) return found;
  }
  return undefined;
}

function withoutThinking(text: string): string {
  const close = text.lastIndexOf("</think>");
  let body = text;
  if (close >= 0 && /\S/.test(text.slice(close + 8, close + 2000))) body = text.slice(close + 8);
  const stop = body.lastIndexOf("<|");
  if (stop > 0 && stop > body.length - 400) {
    const first = body.indexOf("<|", Math.max(body.length - 400, 0));
    if (/^<\|(?:im_start|im_end|endoftext|eot_id|end|assistant|user)/.test(body.slice(first, first + 16)) && first > 0)
      body = body.slice(0, first);
  }
  return body;
}

function find(
  body: string,
  strategy: Strategy,
  options: ExtractOptions,
  strategies: readonly Strategy[],
): Extracted | undefined {
  switch (strategy) {
    case "boxed": {
      const boxed = lastBoxes(body, options.several ?? "last");
      if (boxed === undefined) return undefined;
      // a phrase such as "the final answer is 7" after the last box is the later word
      if (options.several !== "first" && strategies.includes("answer") && body.length - boxed.end < 2000) {
        const rest = body.slice(boxed.end);
        if (finalMarker.test(rest)) {
          const later = afterMarker(rest);
          if (later !== undefined) return { text: later, strategy: "answer" };
        }
      }
      return {
        text: boxed.text,
        strategy,
        ...(boxed.others.length > 0 ? { others: boxed.others } : {}),
      };
    }
    case "hash": {
      const at = body.lastIndexOf("####");
      if (at < 0) return undefined;
      const line = firstLine(body.slice(at + 4, at + 4 + limits.answer + 1));
      return line === "" ? undefined : { text: line, strategy };
    }
    case "answer": {
      const found = afterMarker(body);
      return found === undefined ? undefined : { text: found, strategy };
    }
    case "last": {
      const found = lastExpression(body);
      return found === undefined ? undefined : { text: found, strategy };
    }
    case "choice": {
      const letter = choiceLetter(body);
      return letter === undefined ? undefined : { text: letter, strategy };
    }
  }
}

function firstLine(text: string): string {
  const start = text.trimStart();
  const end = start.indexOf("\n");
  return trimAnswer(end < 0 ? start : start.slice(0, end));
}

/** Cuts Markdown emphasis and the sentence's end. */
function trimAnswer(text: string): string {
  return text
    .trim()
    .replace(/^\*{1,3}|\*{1,3}$/g, "")
    .trim()
    .replace(/[.;,!。]$/, "")
    .replace(/\*{1,3}$/, "")
    .trim();
}

/** Takes off dollars or `\\(…\\)` around the whole. */
function undelimited(text: string): string {
  const match = /^(?:\${1,2}([^$]+)\${1,2}|\\\(((?:(?!\\\)).)+)\\\)|\\\[((?:(?!\\\]).)+)\\\])$/s.exec(text);
  return match === null ? text : (match[1] ?? match[2] ?? match[3] ?? text).trim();
}

function lastMatch(text: string, pattern: RegExp): { index: number; end: number } | undefined {
  let last: { index: number; end: number } | undefined;
  pattern.lastIndex = 0;
  for (const match of text.matchAll(pattern)) last = { index: match.index, end: match.index + match[0].length };
  return last;
}

const keywords =
  "answer result ans: ans. ans= 答 정답 réponse respuesta resposta risposta antwort lösung solución ответ".split(" ");

/** The last match of `marker`. Each match holds a keyword, and plain searches for those are much faster than the expression. */
function lastPhrase(tail: string): { index: number; end: number } | undefined {
  const lower = tail.toLowerCase();
  if (lower.length !== tail.length) return lastMatch(tail, marker);
  let from = lower.length;
  for (let tries = 0; tries < 16; tries++) {
    let at = -1;
    for (const keyword of keywords) at = Math.max(at, lower.lastIndexOf(keyword, from));
    if (at < 0) return undefined;
    const start = Math.max(0, at - 16);
    const match = lastMatch(tail.slice(start), marker);
    if (match !== undefined) return { index: start + match.index, end: start + match.end };
    if (at === 0) return undefined;
    from = at - 1;
  }
  return lastMatch(tail, marker);
}

/** What follows the last answer phrase: the expression right behind it, else the last one of its sentence, else the sentence. */
function afterMarker(body: string): string | undefined {
  const tail = body.length > limits.tail ? body.slice(-limits.tail) : body;
  const phrase = lastPhrase(tail);
  const line = lastMatch(tail, lineMarker);
  const place = phrase === undefined || (line !== undefined && line.end > phrase.end) ? line : phrase;
  if (place === undefined) return undefined;
  const rest = tail.slice(place.end).replace(/^[\s:：*]+/, "");
  const sentence = sentenceOf(rest);
  if (sentence === "") return undefined;
  if (looksLikeMath(sentence)) return undelimited(sentence);
  const runs = mathRuns(sentence);
  const first = runs[0];
  if (first !== undefined && first.start <= 1) return whole(sentence, first, runs);
  return lastOf(sentence, runs, /^[\s$,;]{0,4}(?:and|or|,|;)[\s$,;]{0,4}$/)?.text ?? sentence;
}

/** The last run with those before it that only a conjunction parts from it: "either 41 or 42" answers with both. */
function lastOf(text: string, runs: readonly Run[], between: RegExp): { text: string; end: number } | undefined {
  let at = runs.length - 1;
  if (at < 0) return undefined;
  let found = runs[at]!.text;
  while (at > 0 && between.test(text.slice(runs[at - 1]!.end, runs[at]!.start).slice(0, 20)))
    found = `${runs[--at]!.text} , ${found}`;
  return { text: found, end: runs[runs.length - 1]!.end };
}

/** A list that is spelt out ("$21,16$ or $11$") is one answer; otherwise the first run. */
function whole(
  sentence: string,
  first: { text: string; end: number },
  runs: readonly { text: string; start: number; end: number }[],
): string {
  let text = first.text;
  let end = first.end;
  for (const run of runs.slice(1)) {
    if (!/^[\s$,;]{0,4}(?:and|or|,|;)[\s$,;]{0,4}$/.test(sentence.slice(end, run.start))) break;
    text += ` , ${run.text}`;
    end = run.end;
  }
  if (percentAfter.test(sentence.slice(end, end + 24)) && !text.includes("%")) text += "\\%";
  return text;
}

/** The text up to the end of its first sentence or line; display mathematics may span lines. */
function sentenceOf(text: string): string {
  const display = /^(?:\$\$|\\\[)/.exec(text);
  if (display !== null) {
    const close = text.indexOf(display[0] === "$$" ? "$$" : "\\]", 2);
    if (close > 0) return text.slice(0, close + 2).trim();
  }
  let end = text.indexOf("\n");
  if (end < 0) end = text.length;
  const line = text.slice(0, Math.min(end, limits.answer + 1));
  const stop = /[.!?。](?:\s|$)/.exec(
    line.replace(/\b(?:vs|approx|ca|no|a\.m|p\.m)\.\s/gi, (hit) => "_".repeat(hit.length)),
  );
  return trimAnswer(stop === null ? line : line.slice(0, stop.index));
}

function lastExpression(body: string): string | undefined {
  let tail = body.length > limits.tail ? body.slice(-limits.tail) : body;
  const closing = closingPhrase.exec(tail);
  if (closing !== null) tail = tail.slice(0, closing.index);
  const trimmed = trimAnswer(tail);
  if (trimmed === "") return undefined;
  if (body.length <= limits.answer && looksLikeMath(trimmed)) return undelimited(trimmed);
  const runs = mathRuns(tail);
  const last = lastOf(tail, runs, /^[\s$,;]{0,4}or[\s$]{0,4}$/);
  if (last !== undefined) {
    if (percentAfter.test(tail.slice(last.end, last.end + 24)) && !last.text.includes("%")) return `${last.text}\\%`;
    return last.text;
  }
  return undefined;
}
