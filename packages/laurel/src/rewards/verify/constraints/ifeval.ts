import { InputError } from "../../../core/errors.ts";
import type { JsonObject } from "../../../core/types.ts";
import { keyword, keywordSource } from "./patterns.ts";
import { countSentences } from "./sentences.ts";
import {
  countMatches,
  countWords,
  isBlank,
  isLower,
  isSpace,
  isUpper,
  SPACE,
  skipSpace,
  strip,
  stripEnd,
  stripStart,
} from "./text.ts";
import { countCapitalWords } from "./tokens.ts";

/** Does a response follow the instruction? */
export type Check = (response: string) => boolean;

/** What a check may use that is loaded on first use. */
export interface CheckTools {
  /** The language of a text (ISO 639-1 as langdetect writes it), or null if the text has no features to tell by. */
  language(text: string): string | null;
}

/** Builds the check of one instruction from its arguments. */
export type CheckMaker = (kwargs: JsonObject, tools: CheckTools) => Check;

function text(kwargs: JsonObject, name: string): string {
  const value = kwargs[name];
  if (typeof value !== "string" || value === "") throw new InputError({ field: name }, "expected a text");
  return value;
}

function texts(kwargs: JsonObject, name: string): string[] {
  const value = kwargs[name];
  if (!Array.isArray(value) || value.length === 0 || !value.every((one) => typeof one === "string"))
    throw new InputError({ field: name }, "expected a list of texts");
  return value;
}

function count(kwargs: JsonObject, name: string): number {
  const value = kwargs[name];
  if (typeof value !== "number" || !Number.isFinite(value) || value < 0)
    throw new InputError({ field: name }, "expected a number of at least 0");
  return value;
}

/** "less than" or "at least", as a comparison with the limit. */
function compare(kwargs: JsonObject, name: string, limit: number): (actual: number) => boolean {
  const relation = kwargs[name];
  if (relation === "less than") return (actual) => actual < limit;
  if (relation === "at least") return (actual) => actual >= limit;
  throw new InputError({ field: name }, "expected 'less than' or 'at least'");
}

/** Lines that open with `mark` after white space, which may span lines; `guarded` demands another character than `mark` behind it. */
function countBullets(response: string, mark: string, guarded: boolean): number {
  let found = 0;
  let at = 0;
  while (at < response.length) {
    const start = skipSpace(response, at);
    let resume = start;
    if (response[start] === mark && (!guarded || (start + 1 < response.length && response[start + 1] !== mark))) {
      found++;
      resume = start + (guarded ? 2 : 1);
    }
    const end = response.indexOf("\n", resume);
    if (end < 0) return found;
    at = end + 1;
  }
  return found;
}

/** `[…]` within a line, without overlaps. */
function countPlaceholders(response: string): number {
  let found = 0;
  let at = response.indexOf("[");
  while (at >= 0) {
    const close = response.indexOf("]", at + 1);
    if (close < 0) return found;
    const lineEnd = response.indexOf("\n", at + 1);
    if (lineEnd < 0 || close < lineEnd) {
      found++;
      at = response.indexOf("[", close + 1);
    } else at = response.indexOf("[", lineEnd + 1);
  }
  return found;
}

/** Passages within a line between two marks of one or two asterisks, that are not blank; without overlaps. */
function countMarked(response: string, mark: "*" | "**"): number {
  const width = mark.length;
  let found = 0;
  let at = response.indexOf(mark);
  while (at >= 0) {
    const start = at + width;
    let end = start;
    let code = response.charCodeAt(end);
    while (code !== 0x2a && code !== 0x0a && end < response.length) code = response.charCodeAt(++end);
    if (end >= response.length) return found;
    if (response.startsWith(mark, end)) {
      if (skipSpace(response, start) < end) found++;
      at = response.indexOf(mark, end + width);
    } else at = response.indexOf(mark, code === 0x0a ? end : at + 1);
  }
  return found;
}

/** `<<title>>` on one line with something other than brackets and white space in it. */
function hasTitle(response: string): boolean {
  let from = response.indexOf("<<");
  while (from >= 0) {
    const newline = response.indexOf("\n", from);
    const end = newline < 0 ? response.length : newline;
    const close = response.slice(from, end).lastIndexOf(">>");
    if (close >= 3) {
      const title = stripEnd(stripStart(response.slice(from, from + close + 2), "<"), ">");
      if (!isBlank(title)) return true;
    }
    if (newline < 0) return false;
    from = response.indexOf("<<", newline + 1);
  }
  return false;
}

const NOT_JSON_BUT_PYTHON = /"(?:[^"\\]|\\.)*"|-?Infinity|NaN/gs;

/** Does Python's `json.loads` read it? Unlike JSON it takes NaN and the infinities. */
function isJson(value: string): boolean {
  const parses = (json: string): boolean => {
    try {
      JSON.parse(json);
      return true;
    } catch (thrown) {
      if (thrown instanceof SyntaxError) return false;
      throw thrown;
    }
  };
  if (parses(value)) return true;
  if (!value.includes("NaN") && !value.includes("Infinity")) return false;
  return parses(value.replace(NOT_JSON_BUT_PYTHON, (piece) => (piece.startsWith('"') ? piece : "0")));
}

function withoutFence(response: string): string {
  let value = strip(response);
  for (const fence of ["```json", "```Json", "```JSON", "```"])
    if (value.startsWith(fence)) value = value.slice(fence.length);
  return strip(value.endsWith("```") ? value.slice(0, -3) : value);
}

const DIVIDER = new RegExp(`[${SPACE}]?\\*\\*\\*[${SPACE}]?`, "u");
const POSTSCRIPT = new RegExp(`p\\.[${SPACE}]?s\\.`, "u");
const POST_POSTSCRIPT = new RegExp(`p\\.[${SPACE}]?p\\.[${SPACE}]?s`, "u");
const OPTIONS = ["My answer is yes.", "My answer is no.", "My answer is maybe."];

function nthFirstWord(paragraphs: readonly string[], nth: number): string | undefined {
  const paragraph = paragraphs[nth - 1];
  if (paragraph === undefined) return undefined;
  const start = skipSpace(paragraph);
  if (start === paragraph.length) return undefined;
  let end = start;
  while (end < paragraph.length && !isSpace(paragraph.charCodeAt(end))) end++;
  const word = stripStart(stripStart(paragraph.slice(start, end), "'"), '"');
  const cut = word.search(/[.,?!'"]/);
  return (cut < 0 ? word : word.slice(0, cut)).toLowerCase();
}

/** In English, in one case; a text without features counts as English, as the reference has it. */
function englishIn(inCase: (response: string) => boolean, tools: CheckTools): Check {
  return (response) => inCase(response) && (tools.language(response) ?? "en") === "en";
}

/**
 * The 25 instruction kinds of IFEval (Zhou and others, 2023, arXiv 2311.07911), each with the arguments of its JSONL rows.
 *
 * Where an argument is missing the reference draws one at random; here that is an `InputError`. It also replaces a `letter` that is
 * none of a–z by a random letter; here the character itself is counted.
 */
export const IFEVAL_CHECKS: Readonly<Record<string, CheckMaker>> = {
  "keywords:existence": (kwargs) => {
    const keywords = texts(kwargs, "keywords").map(keyword);
    return (response) => keywords.every((one) => one.isIn(response));
  },
  "keywords:frequency": (kwargs) => {
    const one = keyword(strip(text(kwargs, "keyword")));
    const holds = compare(kwargs, "relation", count(kwargs, "frequency"));
    return (response) => holds(one.countIn(response));
  },
  "keywords:forbidden_words": (kwargs) => {
    const words = texts(kwargs, "forbidden_words").map(keyword);
    return (response) => !words.some((one) => one.isWordIn(response));
  },
  "keywords:letter_frequency": (kwargs) => {
    const letter = strip(text(kwargs, "letter")).toLowerCase();
    const holds = compare(kwargs, "let_relation", count(kwargs, "let_frequency"));
    return (response) => holds(response.toLowerCase().split(letter).length - 1);
  },
  "language:response_language": (kwargs, tools) => {
    const language = text(kwargs, "language");
    return (response) => (tools.language(response) ?? language) === language;
  },
  "length_constraints:number_sentences": (kwargs) => {
    const holds = compare(kwargs, "relation", count(kwargs, "num_sentences"));
    return (response) => holds(countSentences(response));
  },
  "length_constraints:number_paragraphs": (kwargs) => {
    const wanted = count(kwargs, "num_paragraphs");
    return (response) => {
      const paragraphs = response.split(DIVIDER);
      let found = paragraphs.length;
      for (const [i, paragraph] of paragraphs.entries()) {
        if (!isBlank(paragraph)) continue;
        if (i !== 0 && i !== paragraphs.length - 1) return false;
        found--;
      }
      return found === wanted;
    };
  },
  "length_constraints:number_words": (kwargs) => {
    const holds = compare(kwargs, "relation", count(kwargs, "num_words"));
    return (response) => holds(countWords(response));
  },
  "length_constraints:nth_paragraph_first_word": (kwargs) => {
    const wanted = count(kwargs, "num_paragraphs");
    const nth = count(kwargs, "nth_paragraph");
    const word = text(kwargs, "first_word").toLowerCase();
    return (response) => {
      const paragraphs = response.split("\n\n");
      const found = paragraphs.reduce((n, paragraph) => n + (isBlank(paragraph) ? 0 : 1), 0);
      return found === wanted && nth <= found && nthFirstWord(paragraphs, nth) === word;
    };
  },
  "detectable_content:number_placeholders": (kwargs) => {
    const least = count(kwargs, "num_placeholders");
    return (response) => countPlaceholders(response) >= least;
  },
  "detectable_content:postscript": (kwargs) => {
    const marker = strip(text(kwargs, "postscript_marker"));
    const pattern =
      marker === "P.P.S"
        ? POST_POSTSCRIPT
        : marker === "P.S."
          ? POSTSCRIPT
          : new RegExp(keywordSource(marker.toLowerCase()), "u");
    return (response) => pattern.test(response.toLowerCase());
  },
  "detectable_format:number_bullet_lists": (kwargs) => {
    const wanted = count(kwargs, "num_bullets");
    return (response) => countBullets(response, "*", true) + countBullets(response, "-", false) === wanted;
  },
  "detectable_format:constrained_response": () => (response) => OPTIONS.some((option) => response.includes(option)),
  "detectable_format:number_highlighted_sections": (kwargs) => {
    const least = count(kwargs, "num_highlights");
    return (response) => countMarked(response, "*") + countMarked(response, "**") >= least;
  },
  "detectable_format:multiple_sections": (kwargs) => {
    const least = count(kwargs, "num_sections");
    const splitter = keywordSource(strip(text(kwargs, "section_spliter")));
    const pattern = new RegExp(`[${SPACE}]?${splitter}[${SPACE}]?\\p{Nd}+[${SPACE}]?`, "gu");
    return (response) => countMatches(response, pattern) >= least;
  },
  "detectable_format:json_format": () => (response) => isJson(withoutFence(response)),
  "detectable_format:title": () => hasTitle,
  "combination:two_responses": () => (response) => {
    const pieces = response.split("******").map((piece) => strip(piece));
    const filled = pieces.filter((piece) => piece !== "");
    if (pieces.some((piece, i) => piece === "" && i !== 0 && i !== pieces.length - 1)) return false;
    return filled.length === 2 && filled[0] !== filled[1];
  },
  "combination:repeat_prompt": (kwargs) => {
    const prompt = strip(text(kwargs, "prompt_to_repeat")).toLowerCase();
    return (response) => strip(response).toLowerCase().startsWith(prompt);
  },
  "startend:end_checker": (kwargs) => {
    const end = strip(text(kwargs, "end_phrase")).toLowerCase();
    return (response) => strip(strip(response), '"').toLowerCase().endsWith(end);
  },
  "startend:quotation": () => (response) => {
    const value = strip(response);
    return value.length > 1 && value.startsWith('"') && value.endsWith('"');
  },
  "change_case:capital_word_frequency": (kwargs) => {
    const holds = compare(kwargs, "capital_relation", count(kwargs, "capital_frequency"));
    return (response) => holds(countCapitalWords(response));
  },
  "change_case:english_capital": (_, tools) => englishIn(isUpper, tools),
  "change_case:english_lowercase": (_, tools) => englishIn(isLower, tools),
  "punctuation:no_comma": () => (response) => !response.includes(","),
};
