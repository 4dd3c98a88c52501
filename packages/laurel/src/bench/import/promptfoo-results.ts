import { InputError } from "../../core/index.ts";
import { isRaw, type Raw } from "../../io/messages.ts";
import { type ImportedItem, type ImportedResults, type ResultFile, resultOfItems } from "./result-file.ts";

/**
 * promptfoo's results (version 3): the score, the pass rate and each named score of every provider (and prompt, where there are several), an
 * item a test. A test that failed by an error (failureReason 2) has no score, where promptfoo's own average counts 0.
 */
export function promptfooResults(results: Raw, { file, system }: ResultFile): ImportedResults {
  const rows = results["results"] as unknown[];
  const prompts = new Set(rows.map((row) => (isRaw(row) ? row["promptIdx"] : undefined)));
  const found = new Map<string, { system: string; metric: string; items: ImportedItem[] }>();
  let errors = 0;
  for (const [at, row] of rows.entries()) {
    const field = (name: string): string => `results[${at}].${name}`;
    if (!isRaw(row)) throw new InputError({ file, field: `results[${at}]` }, "expected an object");
    const { provider, promptIdx, testIdx, score, success, failureReason, namedScores } = row;
    const label = isRaw(provider) ? (provider["label"] ?? provider["id"]) : provider;
    if (typeof label !== "string")
      throw new InputError({ file, field: field("provider") }, "expected a provider with an id");
    if (typeof testIdx !== "number") throw new InputError({ file, field: field("testIdx") }, "expected a number");
    if (typeof score !== "number") throw new InputError({ file, field: field("score") }, "expected a number");
    const broken = failureReason === 2;
    if (broken) errors++;
    const name = `${system ?? label}${prompts.size > 1 ? `, prompt ${Number(promptIdx) + 1}` : ""}`;
    const put = (metric: string, value: number | null): void => {
      const key = `${name}\n${metric}`;
      const entry = found.get(key) ?? { system: name, metric, items: [] };
      found.set(key, entry);
      const before = entry.items.find(({ id }) => id === String(testIdx));
      if (before === undefined) entry.items.push({ id: String(testIdx), value });
      else
        throw new InputError(
          { file, field: field("testIdx") },
          `test ${testIdx} stands twice for ${name}`,
          "name the systems apart",
        );
    };
    put("score", broken ? null : score);
    put("pass", broken ? null : success === true ? 1 : 0);
    if (isRaw(namedScores))
      for (const [metric, value] of Object.entries(namedScores))
        if (typeof value === "number") put(metric, broken ? null : value);
  }
  const list = [...found.values()].flatMap(({ system: name, metric, items }) =>
    resultOfItems({ system: name, tool: "promptfoo", task: "promptfoo", metric, file }, items),
  );
  if (list.length === 0) throw new InputError({ file, field: "results" }, "it holds no scores");
  return {
    results: list,
    notes:
      errors === 0
        ? []
        : [`${file}: ${errors} results are errors; they are left out here, and count 0 in promptfoo's own average`],
  };
}
