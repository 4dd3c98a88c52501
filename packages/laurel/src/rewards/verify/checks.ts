import { type JsonObject, type Task, UsageError } from "../../core/index.ts";
import { countCodePoints, countWords, splitWords } from "../reference/words.ts";
import { citationsResolve, passagesOf } from "./citations.ts";
import { type JsonSchemaDraft, jsonOf, schemaTest } from "./json.ts";
import { hasThinkBlock, splitThinkAnswer } from "./think-answer.ts";
import { readTags } from "./xml.ts";

/** One yes-or-no question about an answer's form; plain data. */
export type FormCheck =
  /** The answer opens with one closed `<think>` block, or is exactly `<think>…</think><answer>…</answer>`. */
  | { check: "think"; form: "think" | "think-answer"; gap?: "nothing" | "space" | undefined }
  /** A regular expression (with the flags `u` unless others are given) is found in the answer, or is not (`absent`). */
  | { check: "pattern"; pattern: string; flags?: string | undefined; absent?: boolean | undefined }
  /** Each named section has a heading line (Markdown heading, bold line, or `Name:`), in this order if `ordered`. */
  | { check: "sections"; names: readonly string[]; ordered?: boolean | undefined }
  /** The answer, or its last code fence (`within: "fence"`), is JSON nested at most `maxDepth` (100) deep and fits the schema. */
  | {
      check: "json";
      schema?: JsonObject | boolean | undefined;
      draft?: JsonSchemaDraft | undefined;
      within?: "all" | "fence" | undefined;
      maxDepth?: number | undefined;
    }
  /** XML tags are well nested; the named ones, if any, are the only ones that count and each must be there; `single`: one element is all. */
  | { check: "xml"; tags?: readonly string[] | undefined; single?: boolean | undefined }
  /** The answer has at least `min` and at most `max` characters or words. */
  | { check: "length"; unit?: "characters" | "words" | undefined; min?: number | undefined; max?: number | undefined }
  /** All required phrases are there and no banned one, as whole words (`whole`, default true) and in any case unless `caseSensitive`. */
  | {
      check: "words";
      required?: readonly string[] | undefined;
      banned?: readonly string[] | undefined;
      caseSensitive?: boolean | undefined;
      whole?: boolean | undefined;
    }
  /** At least one citation, and each names one of the task's `context.passages`. */
  | { check: "citations" };

/** A check made ready: its name in the score's parts, and the test itself. */
export interface ReadyCheck {
  name: string;
  /** Does the check need the task's passages? */
  needsPassages?: true;
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

const letterOrDigit = /[\p{L}\p{N}_]/u;

/** Does a text contain a phrase, with no letter or digit beside it where whole words are asked for? Linear in the text. */
function containsPhrase(text: string, phrase: string, whole: boolean): boolean {
  for (let at = text.indexOf(phrase); at >= 0; at = text.indexOf(phrase, at + 1)) {
    if (!whole) return true;
    const before = at === 0 ? "" : String.fromCodePoint(text.codePointAt(at - 1)!);
    const end = at + phrase.length;
    const after = end >= text.length ? "" : String.fromCodePoint(text.codePointAt(end)!);
    const inside = letterOrDigit.test(phrase[0]!) && letterOrDigit.test(before);
    if (!inside && !(letterOrDigit.test(phrase.at(-1)!) && letterOrDigit.test(after))) return true;
  }
  return false;
}

function readyWords(check: Extract<FormCheck, { check: "words" }>): ReadyCheck {
  const fold = (text: string): string => (check.caseSensitive === true ? text : text.toLowerCase());
  const [required, banned] = [(check.required ?? []).map(fold), (check.banned ?? []).map(fold)];
  if (required.length + banned.length === 0) throw new UsageError("a words check needs required or banned phrases");
  if ([...required, ...banned].includes("")) throw new UsageError("a words check cannot look for an empty phrase");
  const whole = check.whole !== false;
  return {
    name: "words",
    passes(text) {
      const folded = fold(text);
      return (
        required.every((phrase) => containsPhrase(folded, phrase, whole)) &&
        !banned.some((phrase) => containsPhrase(folded, phrase, whole))
      );
    },
  };
}

/**
 * Makes a check ready to run: patterns and schemas are compiled once.
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
    case "json": {
      const fits = check.schema === undefined ? undefined : schemaTest(check.schema, check.draft);
      const { within, maxDepth } = check;
      return {
        name: "json",
        passes(text) {
          const parsed = jsonOf(text, within, maxDepth);
          return parsed !== undefined && (fits === undefined || fits(parsed.value));
        },
      };
    }
    case "xml": {
      const names = check.tags === undefined ? undefined : new Set(check.tags);
      return {
        name: "xml",
        passes(text) {
          const report = readTags(text, names);
          if (!report.nested || (check.single === true && !report.single)) return false;
          return check.tags === undefined || check.tags.every((tag) => report.counts.has(tag));
        },
      };
    }
    case "length": {
      const { unit = "characters", min = 0, max = Number.POSITIVE_INFINITY } = check;
      if (check.min === undefined && check.max === undefined) throw new UsageError("a length check needs min or max");
      const count = unit === "words" ? countWords : countCodePoints;
      return {
        name: "length",
        passes(text) {
          const n = count(text);
          return n >= min && n <= max;
        },
      };
    }
    case "words":
      return readyWords(check);
    case "citations":
      return {
        name: "citations",
        needsPassages: true,
        passes: (text, task) => citationsResolve(text, passagesOf(task) ?? []),
      };
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
