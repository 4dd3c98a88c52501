import { answerText, type JsonObject, pointwise, type Reward, UsageError } from "../../core/index.ts";
import { type FormCheck, readyFormCheck, runChecks, withUniqueNames } from "./checks.ts";

/** Options of `format`; at least one of `tags`, `patterns` and `sections` must be given. */
export interface FormatOptions {
  /** "think": opens with one closed `<think>` block (TRL's rule); "think-answer": exactly `<think>…</think><answer>…</answer>`. */
  tags?: "think" | "think-answer" | undefined;
  /** What may stand around the two blocks of "think-answer"; default "space". */
  gap?: "nothing" | "space" | undefined;
  /** Regular expressions that must be found, or must not be (`absent`); a string stands for `{ pattern }`. */
  patterns?:
    | readonly (string | { pattern: string; flags?: string | undefined; absent?: boolean | undefined })[]
    | undefined;
  /** Sections that must have a heading line: `## Name`, `**Name**` or `Name:`; case does not matter. */
  sections?: readonly string[] | undefined;
  /** Must the sections come in the order given? Default false. */
  ordered?: boolean | undefined;
  /** "all" (default): 1 if every check passes, else 0; "share": the share that passes. */
  credit?: "all" | "share" | undefined;
  /** Milliseconds that one answer may take in a worker; default 100. Patterns come from users and may be slow on some texts. */
  timeLimit?: number | undefined;
}

/**
 * The reward `verify.format`: does the answer have the wanted form? In [0, 1], with one part a check.
 *
 * A format that is not met is this reward's lowest value, not a fault.
 *
 * @throws UsageError where nothing is checked or a pattern does not compile
 * Source: TRL 1.16 `think_format_reward`; R1-Reward's and BLEUBERI's `<think>…</think><answer>…</answer>`.
 * @example const reward = format({ tags: "think-answer" });
 */
export function format(options: FormatOptions): Reward {
  const checks: FormCheck[] = [];
  if (options.tags !== undefined) checks.push({ check: "think", form: options.tags, gap: options.gap });
  for (const entry of options.patterns ?? [])
    checks.push({ check: "pattern", ...(typeof entry === "string" ? { pattern: entry } : entry) });
  if (options.sections !== undefined)
    checks.push({ check: "sections", names: options.sections, ordered: options.ordered });
  if (checks.length === 0) throw new UsageError("verify.format checks nothing", "give tags, patterns or sections");
  const ready = withUniqueNames(checks.map(readyFormCheck));
  const credit = options.credit ?? "all";
  const spec = { kind: "verify.format", ...options, credit } as JsonObject;
  return pointwise("verify.format", (candidate, task) => runChecks(ready, answerText(candidate), task, credit), {
    version: 1,
    spec,
    work: "cpu",
    range: [0, 1],
    timeLimit: options.timeLimit ?? 100,
  });
}
