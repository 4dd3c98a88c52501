import { charactersOf } from "./length-rule.ts";

/** How a text looks: what a judge may pay for beside its content. */
export interface TextStyle {
  /** Characters (code points). */
  length: number;
  /** Markdown headers, items of ordered and unordered lists, bold spans. */
  headers: number;
  lists: number;
  bold: number;
}

// a line starts after a newline only, and indents by blanks within it
const headers = /(?<![^\n])#{1,6}\s/g;
const ordered = /(?<![^\n])[^\S\n]*\p{Nd}+\.\s/gu;
const unordered = /(?<![^\n])[^\S\n]*[-*+]\s/g;
const bold = [/\*\*[^*\n]+\*\*/g, /__[^_\n]+__/g];

/**
 * Counts of a text's markdown, as the Arena's style control counts them; fenced code is left out of the counts, not of the length.
 *
 * The Arena's length is in tokens of its own tokenizer; this one's is in characters.
 *
 * @source FastChat 0e6d3e4, serve/monitor/add_markdown_info.py
 * @example textStyle("# Plan\n- **one**\n- two").lists // 2
 */
export function textStyle(text: string): TextStyle {
  const prose = text.replace(/```[^`]*```/g, "");
  const count = (pattern: RegExp): number => prose.match(pattern)?.length ?? 0;
  return {
    length: charactersOf(text),
    headers: count(headers),
    lists: count(ordered) + count(unordered),
    bold: count(bold[0]!) + count(bold[1]!),
  };
}
