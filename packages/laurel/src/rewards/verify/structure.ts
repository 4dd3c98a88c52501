import { answerText, type JsonObject, pointwise, type Reward, UsageError, unscored } from "../../core/index.ts";
import { type FormCheck, readyFormCheck, runChecks, withUniqueNames } from "./checks.ts";
import { passagesOf } from "./citations.ts";

/** Options of `structure`. */
export interface StructureOptions {
  /** What is asked of the answer; at least one check. */
  checks: readonly FormCheck[];
  /** "all" (default): 1 if every check passes, else 0; "share": the share that passes. */
  credit?: "all" | "share" | undefined;
  /** Milliseconds that one answer may take in a worker; default 200. */
  timeLimit?: number | undefined;
}

/**
 * The reward `verify.structure`: JSON and JSON Schema, XML tags, length bounds, required and banned words, sections,
 * patterns, think/answer blocks and citations that resolve, in [0, 1] with one part a check.
 *
 * Citations need `context.passages`; a task without them is unscored (`missing-reference`).
 *
 * @throws UsageError for no checks, or a check that makes no sense
 * @example structure({ checks: [{ check: "json", schema: { type: "object", required: ["name"] } }] });
 */
export function structure(options: StructureOptions): Reward {
  if (options.checks.length === 0) throw new UsageError("verify.structure needs at least one check");
  const ready = withUniqueNames(options.checks.map(readyFormCheck));
  const credit = options.credit ?? "all";
  const needsPassages = ready.some((check) => check.needsPassages === true);
  return pointwise(
    "verify.structure",
    (candidate, task) => {
      if (needsPassages && passagesOf(task) === undefined)
        return unscored("missing-reference", `task ${task.id} has no context.passages to cite`);
      return runChecks(ready, answerText(candidate), task, credit);
    },
    {
      version: 1,
      spec: { kind: "verify.structure", checks: options.checks as unknown as JsonObject[], credit },
      work: "cpu",
      range: [0, 1],
      timeLimit: options.timeLimit ?? 200,
    },
  );
}
