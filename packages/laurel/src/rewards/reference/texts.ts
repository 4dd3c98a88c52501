import { type Task, type Unscored, unscored } from "../../core/index.ts";

/**
 * The texts that a task's answers are held against: `reference.texts`, else `reference.answer` where it is a text, a
 * number or a truth value.
 *
 * @returns at least one text, or `unscored("missing-reference")` where there is none
 * @example referenceTexts(task("2 + 3?", ["5"], "5")) // ["5"]
 */
export function referenceTexts(task: Task): readonly string[] | Unscored {
  const texts = task.reference?.texts;
  if (texts !== undefined && texts.length > 0) return texts;
  const answer = task.reference?.answer;
  if (typeof answer === "string") return [answer];
  if (typeof answer === "number" || typeof answer === "boolean") return [String(answer)];
  return unscored("missing-reference", `task ${task.id} has neither reference.texts nor a plain reference.answer`);
}

/**
 * The reference texts of a task, prepared once for all of its candidates.
 * The prepared form is kept as long as the task's reference object is alive.
 *
 * @param prepare what is made of the texts, such as their n-gram counts
 */
export function preparedReferences<P extends object>(
  prepare: (texts: readonly string[]) => P,
): (task: Task) => P | Unscored {
  const kept = new WeakMap<object, P>();
  return (task) => {
    const key = task.reference;
    const before = key === undefined ? undefined : kept.get(key);
    if (before !== undefined) return before;
    const texts = referenceTexts(task);
    if ("unscored" in texts) return texts;
    const prepared = prepare(texts);
    if (key !== undefined) kept.set(key, prepared);
    return prepared;
  };
}
