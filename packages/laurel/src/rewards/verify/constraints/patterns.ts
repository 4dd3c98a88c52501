import { countMatches, isWord, SPACE, WORD } from "./text.ts";

const META = /[\\^$.|?*+()[\]{}]/;
const ESCAPABLE = /[\\^$.|?*+()[\]{}/]/g;
const SPACE_CLASS = `[${SPACE}]`;

/** `\b` by Unicode word characters. */
const BOUNDARY = `(?:(?<=[${WORD}])(?![${WORD}])|(?<![${WORD}])(?=[${WORD}]))`;

/**
 * The source of a regular expression for a keyword. IFEval uses keywords as Python patterns, so that `.` in `U.S.` stands for any
 * character; one without special characters stands for itself, and one that is no pattern here is taken literally, as is one with a
 * quantified group, which could take exponential time.
 */
export function keywordSource(keyword: string): string {
  if (!META.test(keyword)) return keyword;
  const literal = keyword.replace(ESCAPABLE, "\\$&");
  if (/\)[*+{]/.test(keyword)) return literal;
  const source = keyword.replace(/\\.|\[[^\]]*\]|\./gu, (piece) =>
    piece === "."
      ? "[^\\n]"
      : piece === "\\s"
        ? SPACE_CLASS
        : piece === "\\w"
          ? `[${WORD}]`
          : piece === "\\b"
            ? BOUNDARY
            : piece,
  );
  try {
    new RegExp(source, "giu");
    return source;
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return literal;
    throw thrown;
  }
}

/** How a keyword is looked for in a response, without regard to case. */
export interface Keyword {
  /** How often it is there, without overlaps. */
  countIn(response: string): number;
  /** Is it there? */
  isIn(response: string): boolean;
  /** Is it there between word boundaries (`\b` on both sides)? */
  isWordIn(response: string): boolean;
}

const PLAIN = /^[A-Za-z0-9_ '-]+$/;
/** Characters other than A–Z whose other case is an ASCII letter, and surrogates, which a single unit does not show. */
const UNUSUAL = /[\u0130\u0131\u017f\u212a\ud800-\udfff]/;

function isBoundary(text: string, at: number): boolean {
  const before = at > 0 && isWord(text.charCodeAt(at - 1));
  return before !== (at < text.length && isWord(text.charCodeAt(at)));
}

/** Compiles a keyword: a plain one is looked for in lower case, any other and an unusual response by regular expression. */
export function keyword(word: string): Keyword {
  const lower = PLAIN.test(word) ? word.toLowerCase() : undefined;
  const fast = (response: string): string | undefined =>
    lower === undefined || UNUSUAL.test(response) ? undefined : response.toLowerCase();
  const compiled = new Map<string, RegExp>();
  // compiled when first needed, which for plain keywords is hardly ever
  const pattern = (edge: string, flags: string): RegExp => {
    const key = edge + flags;
    const known = compiled.get(key);
    if (known !== undefined) return known;
    // an alternative at the top splits the pattern, boundaries and all, as it does in the reference
    const made = new RegExp(`${edge}${keywordSource(word)}${edge}`, flags);
    compiled.set(key, made);
    return made;
  };
  return {
    countIn(response) {
      const text = fast(response);
      if (text === undefined) return countMatches(response, pattern("", "giu"));
      let count = 0;
      for (let at = text.indexOf(lower!); at >= 0; at = text.indexOf(lower!, at + lower!.length)) count++;
      return count;
    },
    isIn(response) {
      return fast(response)?.includes(lower!) ?? pattern("", "iu").test(response);
    },
    isWordIn(response) {
      const text = fast(response);
      if (text === undefined) return pattern(BOUNDARY, "iu").test(response);
      for (let at = text.indexOf(lower!); at >= 0; at = text.indexOf(lower!, at + 1))
        if (isBoundary(text, at) && isBoundary(text, at + lower!.length)) return true;
      return false;
    },
  };
}
