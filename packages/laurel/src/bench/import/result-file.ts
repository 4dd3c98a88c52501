import { InputError, messageOf } from "../../core/index.ts";

/** The tools whose results are read. */
export type ResultTool = "lm-eval" | "inspect" | "reward-bench" | "promptfoo";

/** One item's result; of several tries the mean. Null where it was not scored. */
export interface ImportedItem {
  id: string;
  value: number | null;
}

/** One figure of one system, as another tool found it. */
export interface ImportedResult {
  system: string;
  tool: ResultTool;
  task: string;
  /** With lm-evaluation-harness's filter after a comma. */
  metric: string;
  /** As the tool states it; the items' mean where it states none. */
  value: number;
  /** As the tool states it. */
  standardError?: number | undefined;
  n?: number | undefined;
  /** Items without a score. */
  unscored: number;
  lowerIsBetter?: boolean | undefined;
  items?: readonly ImportedItem[] | undefined;
  file: string;
}

/** What a file of results holds. */
export interface ImportedResults {
  results: ImportedResult[];
  /** What a reader should know: a run that did not end, figures that the items do not give. */
  notes: string[];
}

/** What a reader of one format is given. */
export interface ResultFile {
  file: string;
  /** What the system is called, where the user says so. */
  system?: string | undefined;
}

/** JSON in which Python's writers may have left NaN and Infinity, which become null. */
export function parsePython(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (first) {
    try {
      return JSON.parse(text.replace(/(?<=[:[,]\s?)(?:NaN|-?Infinity)(?=\s?[,\]}\n])/g, "null"));
    } catch {
      throw new InputError({ file }, `it is no JSON: ${messageOf(first).slice(0, 120)}`, "is the file whole?");
    }
  }
}

/** Items' mean, with those without a score left out. */
export function meanOfItems(items: readonly ImportedItem[]): number | undefined {
  const scored = items.flatMap(({ value }) => (value === null ? [] : [value]));
  return scored.length === 0 ? undefined : scored.reduce((a, b) => a + b, 0) / scored.length;
}

/** One figure of a system as the mean of its items; none where no item has a score. */
export function resultOfItems(
  of: Pick<ImportedResult, "system" | "tool" | "task" | "metric" | "file">,
  items: readonly ImportedItem[],
): ImportedResult[] {
  const value = meanOfItems(items);
  if (value === undefined) return [];
  const unscored = items.filter((one) => one.value === null).length;
  return [{ ...of, value, n: items.length - unscored, unscored, items }];
}
