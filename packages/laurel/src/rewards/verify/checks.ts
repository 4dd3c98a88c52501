import { type Task, UsageError } from "../../core/index.ts";
import { splitWords } from "../reference/words.ts";
import { hasThinkBlock, splitThinkAnswer } from "./think-answer.ts";

/** One yes-or-no question about an answer's form; plain data. */
export type FormCheck =
  /** The answer opens with one closed `<think>` block, or is exactly `<think>…</think><answer>…</answer>`. */
  | { check: "think"; form: "think" | "think-answer"; gap?: "nothing" | "space" | undefined }
  /** A regular expression (with the flags `u` unless others are given) is found in the answer, or is not (`absent`). */
  | { check: "pattern"; pattern: string; flags?: string | undefined; absent?: boolean | undefined }
  /** Each named section has a heading line (Markdown heading, bold line, or `Name:`), in this order if `ordered`. */
  | { check: "sections"; names: readonly string[]; ordered?: boolean | undefined };

/** A check made ready: its name in the score's parts, and the test itself. */
export interface ReadyCheck {
  name: string;
  passes(text: string, task: Task): boolean;
}

/**
 * A regular expression from options, without the `g` and `y` flags, which would keep a position between answers.
 *
 * @throws UsageError where the pattern does not compile
 */
export function compilePattern(pattern: string, flags = "u"): RegExp {
  if (/[gy]/.test(flags)) throw new UsageError(`pattern /${pattern}/${flags}: the flags g and y have no meaning here`);
  try {
    return new RegExp(pattern, flags);
  } catch (thrown) {
    throw new UsageError(`pattern /${pattern}/${flags} does not compile: ${(thrown as Error).message}`);
  }
}

/** The heading that a line is, in lower case: `## Name`, `**Name**`, `Name:` and mixtures of these; else undefined. */
function headingOf(line: string): string | undefined {
  let text = line.trim();
  let marked = false;
  let hashes = 0;
  while (hashes < 6 && text.charCodeAt(hashes) === 35) hashes++;
  if (hashes > 0) {
    marked = true;
    text = text.slice(hashes).trim();
  }
  if (text.length > 4 && text.startsWith("**")) {
    const end = text.indexOf("**", 2);
    if (end > 2) {
      const rest = text.slice(end + 2).trim();
      if (rest === "" || rest.startsWith(":") || text.charCodeAt(end - 1) === 58) {
        marked = true;
        text = text.slice(2, end).trim();
      }
    }
  }
  const colon = text.indexOf(":");
  if (colon > 0) return text.slice(0, colon).trim().toLowerCase();
  return marked ? text.toLowerCase() : undefined;
}

function hasSections(text: string, names: readonly string[], ordered: boolean): boolean {
  const headings = text.split("\n").map(headingOf);
  let from = 0;
  for (const name of names) {
    const at = headings.indexOf(name.toLowerCase(), ordered ? from : 0);
    if (at < 0) return false;
    from = at + 1;
  }
  return true;
}

/**
 * Makes a check ready to run: patterns are compiled once.
 *
 * @throws UsageError for an unusable pattern or an unknown check
 */
export function readyFormCheck(check: FormCheck): ReadyCheck {
  switch (check.check) {
    case "think": {
      const { form, gap } = check;
      if (form === "think") return { name: "think", passes: hasThinkBlock };
      if (form !== "think-answer") throw new UsageError(`unknown think form '${String(form)}'`);
      return { name: "think-answer", passes: (text) => splitThinkAnswer(text, gap ?? "space") !== undefined };
    }
    case "pattern": {
      const expression = compilePattern(check.pattern, check.flags);
      const wanted = check.absent !== true;
      return { name: "pattern", passes: (text) => expression.test(text) === wanted };
    }
    case "sections": {
      const names = check.names.map((name) => splitWords(name).join(" "));
      if (names.length === 0) throw new UsageError("a sections check needs at least one name");
      return { name: "sections", passes: (text) => hasSections(text, names, check.ordered === true) };
    }
    default:
      throw new UsageError(`unknown check '${String((check as { check?: unknown }).check)}'`);
  }
}

/** The outcome of several checks: parts by name (a repeated name gets `.2`, `.3` …) and the value. */
export function runChecks(
  checks: readonly ReadyCheck[],
  text: string,
  task: Task,
  credit: "all" | "share",
): { value: number; parts: Record<string, number> } {
  const parts: Record<string, number> = {};
  let passed = 0;
  for (const one of checks) {
    const ok = one.passes(text, task);
    parts[one.name] = ok ? 1 : 0;
    if (ok) passed++;
  }
  return { value: credit === "share" ? passed / checks.length : passed === checks.length ? 1 : 0, parts };
}

/** Checks with names that differ, so that each has its own part. */
export function withUniqueNames(checks: readonly ReadyCheck[]): ReadyCheck[] {
  const seen = new Map<string, number>();
  return checks.map((one) => {
    const count = (seen.get(one.name) ?? 0) + 1;
    seen.set(one.name, count);
    return count === 1 ? one : { ...one, name: `${one.name}.${count}` };
  });
}
