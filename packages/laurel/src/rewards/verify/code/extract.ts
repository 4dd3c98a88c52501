import { answerText, type Candidate } from "../../../core/index.ts";
import type { Language } from "./sandbox.ts";

/** Which fenced block of an answer is the program: the last, the first, or all of them joined. */
export type BlockRule = "last" | "first" | "all";

/** The program text of an answer and where it was found. */
export interface Found {
  code: string;
  from: "block" | "unnamed-block" | "text";
}

const tags: Readonly<Record<Language, readonly string[]>> = {
  python: ["python", "py", "python3"],
  javascript: ["javascript", "js", "node", "mjs", "cjs", "jsx"],
  typescript: ["typescript", "ts", "mts"],
};

const fence = /^[ \t]{0,12}(`{3,64}|~{3,64})[ \t]*([A-Za-z0-9_+.#-]{0,40})/;

/** The fenced code blocks of a text with their language tags in lower case; a block without its end runs to the end of the text. */
export function codeBlocks(text: string): { tag: string; code: string }[] {
  const blocks: { tag: string; code: string }[] = [];
  let open: { tag: string; mark: string; lines: string[] } | undefined;
  for (const line of text.split("\n")) {
    const match = fence.exec(line);
    if (open === undefined) {
      if (match !== null) open = { tag: match[2]!.toLowerCase(), mark: match[1]!, lines: [] };
    } else if (match !== null && match[2] === "" && match[1]!.startsWith(open.mark)) {
      blocks.push({ tag: open.tag, code: open.lines.join("\n") });
      open = undefined;
    } else open.lines.push(line.endsWith("\r") ? line.slice(0, -1) : line);
  }
  if (open !== undefined) blocks.push({ tag: open.tag, code: open.lines.join("\n") });
  return blocks;
}

/**
 * The program of an answer: the blocks of the language by the rule, else the blocks without a tag, else the whole text
 * (which then must compile). A TypeScript program may stand in a JavaScript block, because it may be one.
 *
 * @returns undefined where the answer is empty or has only blocks of other languages
 */
export function programText(candidate: Candidate, language: Language, rule: BlockRule = "last"): Found | undefined {
  const text = answerText(candidate);
  const every = codeBlocks(text);
  const blocks = every.filter((block) => block.code.trim() !== "");
  const named = language === "typescript" ? [...tags.typescript, ...tags.javascript] : tags[language];
  for (const [from, fits] of [
    ["block", (tag: string) => named.includes(tag)],
    ["unnamed-block", (tag: string) => tag === ""],
  ] as const) {
    const chosen = blocks.filter((block) => fits(block.tag));
    if (chosen.length === 0) continue;
    const code =
      rule === "all" ? chosen.map((block) => block.code).join("\n") : chosen.at(rule === "last" ? -1 : 0)!.code;
    return { code, from };
  }
  if (every.length > 0 || text.trim() === "") return undefined;
  return { code: text, from: "text" };
}

/**
 * A program behind a given beginning, as in HumanEval: a completion that goes on with the indented body is appended as it is;
 * a whole Python function follows on a new line and so takes the place of the beginning's, whose imports stay; a whole
 * program in another language stands alone.
 */
export function withPrefix(prefix: string, code: string, language: Language): string {
  const first = code.split("\n").find((line) => line.trim() !== "") ?? "";
  const start = prefix.endsWith("\n") ? prefix : `${prefix}\n`;
  if (/^[ \t]/.test(first)) return start + code;
  if (language !== "python") return code;
  // a function that so far is a header alone needs a body before anything else may follow
  return /:[ \t]*(#.*)?$/.test(start.trimEnd().split("\n").at(-1)!) ? `${start}    pass\n${code}` : start + code;
}
