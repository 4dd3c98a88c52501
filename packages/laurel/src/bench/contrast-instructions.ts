import { type Estimate, InputError, isScored, type Reward, type Task, task, UsageError } from "../core/index.ts";
import { type ScoreAllOptions, scoreAll } from "../run/index.ts";
import { meanEstimate } from "../stats/index.ts";

/** Two similar instructions with the right answer of each. */
export type ContrastItem = {
  id: string;
  query: string;
  /** Right for the query. */
  queryAnswer: string;
  /** The similar instruction, and what is right for it. */
  retrieval: string;
  retrievalAnswer: string;
};

/**
 * Items of a file of Contrast Instructions: rows of `query`, `retrieval`, and `query_response_k`, `query_response_j`, `retrieval_response_k`,
 * `retrieval_response_j`.
 *
 * @param rows the parsed list
 * @param options `preferred`: which responses are right, "k" (default, as the authors say) or "j": in the README's translation example the j
 *   text looks like the better one
 * @returns the items, and how many rows were dropped because both instructions or both answers are the same
 * @throws InputError with the row's number and column
 * @source The Trickle-down Impact of Reward (In-)consistency on RLHF (2024), released data
 */
export function readContrast(
  rows: readonly unknown[],
  options: { preferred?: "k" | "j" | undefined } = {},
): { items: ContrastItem[]; dropped: number } {
  const { preferred = "k" } = options;
  const items: ContrastItem[] = [];
  for (const [n, row] of rows.entries()) {
    const text = (field: string): string => {
      const value = typeof row === "object" && row !== null ? (row as Record<string, unknown>)[field] : undefined;
      if (typeof value !== "string") throw new InputError({ line: n + 1, field }, "expected a text");
      return value;
    };
    const item: ContrastItem = {
      id: `#${n + 1}`,
      query: text("query"),
      retrieval: text("retrieval"),
      queryAnswer: text(`query_response_${preferred}`),
      retrievalAnswer: text(`retrieval_response_${preferred}`),
    };
    if (item.query !== item.retrieval && item.queryAnswer !== item.retrievalAnswer) items.push(item);
  }
  return { items, dropped: rows.length - items.length };
}

/** Options of `consistency`. */
export interface ConsistencyOptions extends ScoreAllOptions {
  /** "one" asks from the query's side only, as the released scripts do; "both" (default) also from the retrieved instruction's. */
  directions?: "one" | "both" | undefined;
  /** How an instruction and an answer are set, with `{instruction}` and `{answer}`; default as they are. */
  template?: { instruction?: string | undefined; answer?: string | undefined } | undefined;
}

/** What `consistency` finds. Each is a share with its interval over items, ties half; the two are of different kinds and are never averaged. */
export interface Consistency {
  /** C_res: the instruction's own answer is above the other's. Chance is ½. */
  cRes: Estimate;
  /** C_ins: an answer is above itself under the other instruction. It compares scores across prompts, which many rewards leave undefined. */
  cIns: Estimate;
  /** Items of which every comparison holds; a tie anywhere makes it half at most. */
  both: Estimate;
}

/**
 * Whether a reward notices that the instruction changed: contrast instructions.
 *
 *     C_res = share of r(I₁, A₁) > r(I₁, A₂), C_ins = share of r(I₁, A₁) > r(I₂, A₁)
 *
 * Two similar instructions may share a valid answer: then no reward can be consistent on the item, and people reach about 80 %, not 100 %.
 *
 * @param items from `readContrast`, or from any preference file by `contrastPairs`
 * @returns shares with intervals; items with an unscored candidate are left out and counted in each estimate
 * @throws UsageError for a template without its field, or with another; NotEnoughDataError for fewer than two scored items
 * @source The Trickle-down Impact of Reward (In-)consistency on RLHF (2024); formal definitions recalled, directions from the released scripts
 * @example const { cRes, cIns } = await consistency(reward, readContrast(JSON.parse(text)).items);
 */
export async function consistency(
  reward: Reward,
  items: readonly ContrastItem[],
  options: ConsistencyOptions = {},
): Promise<Consistency> {
  const { directions = "both", template = {}, ...run } = options;
  const instruction = filled(template.instruction, "instruction");
  const answer = filled(template.answer, "answer");
  const tasks: Task[] = items.flatMap(({ id, query, queryAnswer, retrieval, retrievalAnswer }) => {
    const answers = [answer(queryAnswer), answer(retrievalAnswer)];
    return [
      task(instruction(query), answers, undefined, { id: `${id} query` }),
      task(instruction(retrieval), answers, undefined, { id: `${id} retrieval` }),
    ];
  });
  const values: (number | undefined)[] = [];
  for await (const row of scoreAll(reward, tasks, { ...run, order: "input" }))
    for (const score of row.scores) values.push(isScored(score) ? score.value : undefined);
  const [res, ins, both]: [number[], number[], number[]] = [[], [], []];
  for (let i = 0; i < items.length; i++) {
    const four = values.slice(4 * i, 4 * i + 4);
    if (four.some((value) => value === undefined)) continue;
    // r(I₁, A₁), r(I₁, A₂), r(I₂, A₁), r(I₂, A₂)
    const [a, b, c, d] = four as [number, number, number, number];
    const own = directions === "one" ? [over(a, b)] : [over(a, b), over(d, c)];
    const across = directions === "one" ? [over(a, c)] : [over(a, c), over(d, b)];
    res.push(mean(own));
    ins.push(mean(across));
    both.push(Math.min(...own, ...across));
  }
  const unscored = items.length - res.length;
  return {
    cRes: meanEstimate(res, { unscored }),
    cIns: meanEstimate(ins, { unscored }),
    both: meanEstimate(both, { unscored }),
  };
}

/** 1 where a is above b, ½ for a tie. */
function over(a: number, b: number): number {
  return (1 + Math.sign(a - b)) / 2;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function filled(template: string | undefined, field: string): (text: string) => string {
  if (template === undefined) return (text) => text;
  const fields = [...template.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);
  const other = fields.find((name) => name !== field);
  if (other !== undefined) throw new UsageError(`template: there is no field {${other}}`, `use {${field}}`);
  if (fields.length === 0) throw new UsageError(`template: it has no {${field}}: ${template}`);
  return (text) => template.replaceAll(`{${field}}`, () => text);
}
