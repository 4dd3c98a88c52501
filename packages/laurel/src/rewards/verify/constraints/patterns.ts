import { SPACE, WORD } from "./text.ts";

const META = /[\\^$.|?*+()[\]{}]/;
const ESCAPABLE = /[\\^$.|?*+()[\]{}/]/g;
const SPACE_CLASS = `[${SPACE}]`;

/** `\b` by Unicode word characters. */
export const BOUNDARY = `(?:(?<=[${WORD}])(?![${WORD}])|(?<![${WORD}])(?=[${WORD}]))`;

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
