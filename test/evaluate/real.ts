import { readFileSync } from "node:fs";

/** The rows of a file of JSON lines. */
export function rowsOf<T>(path: string): T[] {
  return readFileSync(path, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as T);
}

export const lines = (rows: readonly object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join("");

export interface PandaRow {
  id: number;
  cmp_key: string;
  instruction: string;
  input: string;
  response1: unknown;
  response2: unknown;
  annotator1: number;
  annotator2: number;
  annotator3: number;
  pandalm_7b: number;
}

/** PandaLM's rows with the votes of three people; the prompt stands in as the reference text of token F1. */
export function pandaTask(row: PandaRow): object {
  const prompt = row.input === "" ? row.instruction : `${row.instruction}\n${row.input}`;
  const p = (vote: number): number => [0.5, 1, 0][vote]!;
  return {
    id: `p${row.id}`,
    prompt,
    candidates: [String(row.response1), String(row.response2)],
    reference: { texts: [prompt] },
    labels: {
      preferred: [row.annotator1, row.annotator2, row.annotator3].map((vote, k) => ({
        first: 0,
        second: 1,
        p: p(vote),
        rater: String(k + 1),
      })),
    },
    subsets: { models: row.cmp_key },
  };
}

export interface BarItem {
  id: number;
  subset: string;
  index: number;
  label: 1 | 2;
  input: string;
  output_1?: string | null;
  output_2?: string | null;
}

/** LLMBar's items, whose texts are given for most subsets. */
export function barTask(item: BarItem): object {
  return {
    id: `${item.subset}/${item.index}`,
    prompt: item.input,
    candidates: [item.output_1 ?? "1", item.output_2 ?? "2"],
    reference: { texts: [item.input] },
    labels: { preferred: [{ first: 0, second: 1, p: item.label === 1 ? 1 : 0 }] },
    subsets: { subset: item.subset },
  };
}

export interface BarVotes {
  subset: string;
  judge: string;
  strategy: string;
  winner: (1 | 2 | null)[];
  winner_swapped: (1 | 2 | null)[];
}
