import { ENGLISH } from "./english.ts";
import { isLower, isSpace, isUpper, SPACE, skipSpace, stripEnd, WORD } from "./text.ts";

/** What may follow a full stop without white space between: closing and opening punctuation, `?` and `!`. */
const NON_WORD = `[)";}\\]*:@'({\\[?!]`;
const MULTI = `(?:-{2,}|\\.{2,}|(?:\\.[${SPACE}]){2,}\\.)`;
const END = "(?![^])";
const TOKEN = new RegExp(
  `${MULTI}|(?=[^("\`{\\[:;&#*@)}\\]\\-,])[^${SPACE}]+?(?=[${SPACE}]|${END}|${NON_WORD}|${MULTI}|,(?=${END}|[${SPACE}]|${NON_WORD}|${MULTI}))|[^${SPACE}]`,
  "gu",
);
const NUMERIC = /^-?[.,]?\p{Nd}[\p{Nd},.-]*\.?$/u;
const INITIAL = new RegExp(`^(?!\\p{Nd})[${WORD}]\\.$`, "u");
const ELLIPSIS = /^\.{2,}$/;
const PLAIN_WORD = /^[A-Za-z]{2,}$/;

interface Token {
  text: string;
  /** Lower case, numbers as `##number##`. */
  type: string;
  breaks: boolean;
  abbreviation: boolean;
  ellipsis: boolean;
}

function isPunctuation(code: number): boolean {
  // ) " ; } ] * : @ ' ( { [ ? !
  switch (code) {
    case 0x29:
    case 0x22:
    case 0x3b:
    case 0x7d:
    case 0x5d:
    case 0x2a:
    case 0x3a:
    case 0x40:
    case 0x27:
    case 0x28:
    case 0x7b:
    case 0x5b:
    case 0x3f:
    case 0x21:
      return true;
    default:
      return false;
  }
}

function isCloser(code: number): boolean {
  // " ' ) ] }
  return code === 0x22 || code === 0x27 || code === 0x29 || code === 0x5d || code === 0x7d;
}

function isAsciiSpace(code: number): boolean {
  return code === 0x20 || (code >= 9 && code <= 13);
}

/** First pass: what a token is by its own form. */
function tokenOf(text: string): Token {
  const lower = text.toLowerCase();
  const token: Token = {
    text,
    type: NUMERIC.test(lower) ? "##number##" : lower,
    breaks: false,
    abbreviation: false,
    ellipsis: false,
  };
  if (text === "." || text === "?" || text === "!") token.breaks = true;
  else if (ELLIPSIS.test(text)) token.ellipsis = true;
  else if (text.endsWith(".") && !text.endsWith("..")) {
    const stem = lower.slice(0, -1);
    if (ENGLISH.abbreviations.has(stem.slice(stem.lastIndexOf("-") + 1))) token.abbreviation = true;
    else token.breaks = true;
  }
  return token;
}

function withoutPeriod(type: string): string {
  return type.length > 1 && type.endsWith(".") ? type.slice(0, -1) : type;
}

function startsUpper(text: string): boolean {
  return isUpper(String.fromCodePoint(text.codePointAt(0)!));
}

/** Does the next token's spelling say that it starts a sentence: yes, no, or cannot tell. */
function orthography(next: Token, type: string): boolean | undefined {
  if (next.text.length === 1 && ";:,.!?".includes(next.text)) return false;
  if (startsUpper(next.text)) return ENGLISH.common.has(type) ? true : undefined;
  return isLower(String.fromCodePoint(next.text.codePointAt(0)!)) ? false : undefined;
}

/** Second pass: revises a token that ends in a full stop in the light of the next one. */
function revise(token: Token, next: Token): void {
  if (!token.text.endsWith(".")) return;
  const type = withoutPeriod(token.type);
  const nextType = next.breaks ? withoutPeriod(next.type) : next.type;
  const initial = INITIAL.test(token.text);
  if ((token.abbreviation || token.ellipsis) && !initial) {
    if (orthography(next, nextType) === true || (startsUpper(next.text) && ENGLISH.starters.has(nextType))) {
      token.breaks = true;
      return;
    }
  }
  if (!initial && type !== "##number##") return;
  const starts = orthography(next, nextType);
  if (starts === false || (starts === undefined && initial && startsUpper(next.text))) {
    token.breaks = false;
    token.abbreviation = true;
  }
}

/** Does a sentence end inside this context, a word with its end mark and the token after it? */
function containsBreak(context: string): boolean {
  const found = context.match(TOKEN);
  if (found === null) return false;
  const tokens = found.map(tokenOf);
  // the last token is only there to be looked at
  for (let i = 0; i + 1 < tokens.length; i++) {
    revise(tokens[i]!, tokens[i + 1]!);
    if (tokens[i]!.breaks) return true;
  }
  return false;
}

/**
 * Where the sentences of an English text lie, close to NLTK's Punkt tokenizer (3.9.1) without its learned parameters.
 *
 * A `.`, `?` or `!` that white space or punctuation follows is a candidate; its word and the next token decide it by
 * abbreviations, initials, numbers and the next word's case (the rules of Kiss and Strunk, "Unsupervised Multilingual
 * Sentence Boundary Detection", 2006, section 4, over the short lists of `english.ts`). `e.g.`, `i.e.`, `P.S.` and `No.` end
 * a sentence, as they do for NLTK. Closing quotes and brackets go to the sentence before them.
 * Splits as NLTK does on 413 of the 419 recorded texts, and gives its count on 98.5 % of 4,328 recorded IFEval responses,
 * with no verdict changed.
 *
 * @returns pairs of UTF-16 offsets [start, end)
 * @example sentenceSpans("Dr. Smith left. He ran.") // [[0, 15], [16, 23]]
 */
export function sentenceSpans(text: string): [start: number, end: number][] {
  const raw: [number, number][] = [];
  let last = 0;
  let wordStart = 0;
  let wordEnd = 0;
  let mark = -1; // the pending candidate
  let afterEnd = 0;
  let nextStart = -1; // start of the next token, or -1 where punctuation follows directly
  const decide = (): void => {
    let breaks = text.charCodeAt(mark) !== 0x2e;
    if (!breaks) {
      const word = text.slice(wordStart, wordEnd);
      const plain = PLAIN_WORD.test(word) && !ENGLISH.abbreviations.has(word.toLowerCase());
      breaks = plain || containsBreak(text.slice(wordStart, afterEnd));
    }
    if (!breaks) return;
    raw.push([last, mark + 1]);
    last = nextStart >= 0 ? nextStart : mark + 1;
  };
  let lastSpace = -1; // the last ASCII white space before i
  // where the last look-ahead ended, so that long runs are walked once
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (isAsciiSpace(code)) {
      lastSpace = i;
      continue;
    }
    if (code !== 0x2e && code !== 0x3f && code !== 0x21) continue;
    let end: number;
    let start = -1;
    const following = text.charCodeAt(i + 1);
    if (isPunctuation(following)) end = i + 2;
    else if (isSpace(following)) {
      start = skipSpace(text, i + 1);
      if (start === text.length) continue;
      end = start;
    } else continue;
    // white space at the very start of the stretch since the last candidate does not count, as in NLTK
    const from = lastSpace > wordEnd ? lastSpace + 1 : wordStart;
    if (mark >= 0 && wordEnd <= from) decide();
    mark = i;
    wordStart = from;
    wordEnd = i;
    afterEnd = end;
    nextStart = start;
    if (start >= 0) while (afterEnd < text.length && !isSpace(text.charCodeAt(afterEnd))) afterEnd++;
  }
  if (mark >= 0) decide();
  raw.push([last, stripEnd(text).length]);
  return realign(text, raw);
}

/** Gives closing quotes and brackets at the start of a sentence to the one before. */
function realign(text: string, raw: readonly [number, number][]): [number, number][] {
  const spans: [number, number][] = [];
  let shift = 0;
  for (let k = 0; k < raw.length; k++) {
    const start = raw[k]![0] + shift;
    const end = raw[k]![1];
    const next = raw[k + 1];
    if (next !== undefined) {
      let i = next[0];
      while (i < next[1] && isCloser(text.charCodeAt(i))) i++;
      const ends = i >= next[1] || isSpace(text.charCodeAt(i)) || (text.startsWith("--", i) && i + 2 <= next[1]);
      if (i > next[0] && ends) {
        spans.push([start, i]);
        while (i < next[1] && isSpace(text.charCodeAt(i))) i++;
        shift = i - next[0];
        continue;
      }
      shift = 0;
    }
    if (start < end) spans.push([start, end]);
  }
  return spans;
}

/** How many sentences an English text has; see `sentenceSpans`. */
export function countSentences(text: string): number {
  return sentenceSpans(text).length;
}
